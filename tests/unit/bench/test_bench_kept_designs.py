"""Designs that a benchmark has done are not done again."""

import math
from pathlib import Path
from typing import Any

import pytest

from sekkei.bench.design import measure
from sekkei.bench.design_searches import RANDOM, DesignBenchPlan
from sekkei.bench.kept_designs import KeptDesigns
from sekkei.bench.result import Row
from sekkei.testing.proposer_laws import SmoothProblem


class StoppedError(Exception):
    pass


def test_a_finished_design_is_found_again_and_an_infinite_miss_with_it(tmp_path: Path) -> None:
    calls = []

    def made() -> list[Any]:
        calls.append(1)
        return [[math.inf, False], [0.03, True]]

    first = KeptDesigns(tmp_path, "0.1.0+g1").get(("a", 1), made)
    again = KeptDesigns(tmp_path, "0.1.0+g1").get(("a", 1), made)

    assert first == again == [[math.inf, False], [0.03, True]]
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("code", "parts"), [("0.1.0+g2", ("a",)), ("0.1.0+g1", ("b",)), ("0.1.0+g1-dirty", ("a",))]
)
def test_other_code_another_design_or_edited_code_is_done_anew(
    tmp_path: Path, code: str, parts: tuple[str, ...]
) -> None:
    KeptDesigns(tmp_path, "0.1.0+g1").get(("a",), lambda: 1)

    found = KeptDesigns(tmp_path, code).get(parts, lambda: 2)

    assert found == 2


def test_a_stopped_benchmark_goes_on_and_ends_as_one_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sekkei.bench.kept_designs.code_version", lambda: "0.1.0+g1")
    whole = _measured(tmp_path / "whole", limit=100)
    with pytest.raises(StoppedError):
        _measured(tmp_path / "stopped", limit=2)
    n_kept = len(list((tmp_path / "stopped" / "design-kept").iterdir()))

    gone_on = _measured(tmp_path / "stopped", limit=100)

    assert n_kept == 2
    times = {"cpu_s", "cpu_s_dft", "think_cpu_s"}
    assert [_without(row, times) for row in gone_on] == [_without(row, times) for row in whole]


def _measured(folder: Path, limit: int) -> list[Row]:
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if len(said) == limit:
            raise StoppedError

    plan = DesignBenchPlan(
        targets_g0=(1.0,),
        wide_targets_g0=(),
        tolerance_g0=0.2,
        seeds={"sobol": 2, RANDOM: 2},
        limit=9,
        dft_targets_g0=(),
    )
    result = measure(
        is_quick=True, say=say, plan=plan, problem_of=lambda *_: SmoothProblem(), folder=folder
    )
    return list(result.rows)


def _without(row: Row, names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
