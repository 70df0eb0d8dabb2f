"""Refusals of the circumstances are tried again, each once a run; those of the input stay."""

import errno
import inspect
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sekkei.campaign.context import Dynamics
from sekkei.campaign.forecast import plan_campaign
from sekkei.campaign.rerun import rerun_row
from sekkei.campaign.retry import Retries, RetryChoice
from sekkei.campaign.run import CampaignSummary, run_campaign
from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan
from sekkei.errors import ConvergenceError, InvalidInputError, SekkeiError
from sekkei.fleet import port
from sekkei.fleet.event import Event
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.structure.junction import Junction
from sekkei.structure.shared_memory import SharedMemoryError
from sekkei.testing.chain_dynamics import chain_dynamics
from sekkei.transport.chain import ChainLabeler
from sekkei.transport.circumstances import CIRCUMSTANCES
from sekkei.transport.labeler import Label

SPEC = CampaignSpec(
    name="chains",
    experiments=[Family(count=2)],
    labels=LabelPlan(labeler="chain", options={"onsite": 0.7}, per_experiment=3),
)
Weather = Callable[[str], None]


@pytest.fixture
def weather(monkeypatch: pytest.MonkeyPatch) -> Weather:
    """Let every label and experiment from now on meet what is named: fair, full, stubborn."""
    honest = ChainLabeler.label
    now = {"is": "fair"}

    def label(self: ChainLabeler, junction: Junction) -> Label:
        if now["is"] == "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if now["is"] == "stubborn":
            raise ConvergenceError("a density must converge, but did not")
        return honest(self, junction)

    monkeypatch.setattr(ChainLabeler, "label", label)
    return lambda what: now.update({"is": what})


def _run(lake: Lake, choice: RetryChoice | None = None, **options: Any) -> CampaignSummary:
    return run_campaign(
        SPEC, lake.refreshed(), SerialPool(), dynamics=chain_dynamics(), retry=choice, **options
    )


def _tried(lake: Lake, choice: RetryChoice | None = None) -> dict[str, int]:
    plan = plan_campaign(SPEC, lake.refreshed(), dynamics=chain_dynamics(), retry=choice)
    (labels,) = (stage for stage in plan.stages if stage.kind == "labels")
    return dict(labels.tried_again)


def test_what_a_full_disk_refused_is_labelled_by_the_next_run(
    tmp_path: Path, weather: Weather
) -> None:
    lake = Lake.create(tmp_path / "lake")
    weather("full")
    first = _run(lake)
    planned = _tried(lake)
    weather("fair")

    second = _run(lake)
    third = _run(lake)

    filled = lake.refreshed()
    assert (first.done, first.refused) == (2, 6)
    assert planned == {"DiskFullError": 6}
    assert (second.done, second.refused) == (6, 0)
    assert (third.done, third.refused) == (0, 0)
    assert filled.keys("label") == filled.keys("refusal")
    assert filled.info()["refusals_by_kind"] == {}
    assert all(isinstance(found, Label) for found in filled.outcomes(sorted(filled.keys("label"))))
    assert filled.verify() == []


def test_each_is_tried_once_a_run(tmp_path: Path, weather: Weather) -> None:
    lake = Lake.create(tmp_path / "lake")
    weather("full")
    _run(lake)
    given: Counter[str] = Counter()

    def count(event: Event) -> None:
        given.update([event.key] if event.name == "given" else [])

    again = _run(lake, watch=count)

    assert (again.done, again.refused) == (0, 6)
    assert set(given.values()) == {1}
    assert len(lake.refreshed().keys("refusal")) == 6
    assert lake.refreshed().verify() == []


def test_what_is_to_be_left_is_left(tmp_path: Path, weather: Weather) -> None:
    lake = Lake.create(tmp_path / "lake")
    weather("full")
    _run(lake)
    weather("fair")

    kept = _run(lake, RetryChoice(keeps_circumstances=True))

    assert (kept.done, kept.refused) == (0, 0)
    assert _tried(lake, RetryChoice(keeps_circumstances=True)) == {}


def test_a_refusal_of_the_input_stays_until_somebody_asks(tmp_path: Path, weather: Weather) -> None:
    lake = Lake.create(tmp_path / "lake")
    weather("stubborn")
    _run(lake)
    weather("fair")

    stays = _run(lake)
    asked = _run(lake, RetryChoice(kinds=frozenset({"ConvergenceError"})))

    assert (stays.done, stays.refused) == (0, 0)
    assert (asked.done, asked.refused) == (6, 0)


def test_all_kinds_may_be_asked_for(tmp_path: Path, weather: Weather) -> None:
    lake = Lake.create(tmp_path / "lake")
    weather("stubborn")
    _run(lake)

    assert _tried(lake, RetryChoice(kinds=None)) == {"ConvergenceError": 6}


def test_a_kind_that_nothing_was_refused_with_is_named(tmp_path: Path, weather: Weather) -> None:
    lake = Lake.create(tmp_path / "lake")
    weather("stubborn")
    _run(lake)

    with pytest.raises(InvalidInputError, match="'Cloudy'; there: ConvergenceError 6"):
        _run(lake, RetryChoice(kinds=frozenset({"Cloudy"})))


def test_an_experiment_that_found_no_shared_memory_is_run_later(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    honest = chain_dynamics()

    class Crowded:
        def work(self, spec: Any, /) -> Any:
            raise SharedMemoryError("too little is free")

    crowded = Dynamics(make_worker=Crowded, engine_of=honest.engine_of)
    first = run_campaign(SPEC, lake, SerialPool(), dynamics=crowded)

    second = _run(lake)

    assert (first.done, first.refused) == (0, 2)
    assert (second.done, second.refused) == (8, 0)
    assert lake.refreshed().info()["refusals_by_kind"] == {}
    assert len(Retries.of(lake.refreshed(), RetryChoice(kinds=None)).counted([])) == 0


def test_every_error_of_the_fleet_is_told_from_the_input() -> None:
    errors = {
        name
        for name, found in inspect.getmembers(port, inspect.isclass)
        if issubclass(found, SekkeiError) and found.__module__ == port.__name__
    }

    assert errors - {"WorkerExitError"} == CIRCUMSTANCES.keys() - {"SharedMemoryError"}


def test_a_refusal_of_the_circumstances_is_not_compared_but_its_label_is(
    tmp_path: Path, weather: Weather
) -> None:
    lake = Lake.create(tmp_path / "lake")
    weather("full")
    _run(lake)
    key = min(lake.refreshed().keys("refusal"))

    with pytest.raises(InvalidInputError, match="is a DiskFullError: a disk was full; sekkei"):
        rerun_row(lake.refreshed(), key)
    weather("fair")
    _run(lake)
    (compared,) = rerun_row(lake.refreshed(), key)

    assert compared.table == "label"
    assert compared.is_bitwise
