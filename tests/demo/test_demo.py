"""The demonstration as a user runs it: through the command line, to the end, and after a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import ase.io
import pytest

from sekkei.campaign.context import Dynamics, open_context
from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import LabelPlan
from sekkei.cli.app import run
from sekkei.demo.check import check_model, told
from sekkei.demo.scale import FULL, TINY
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.model import train_direct
from sekkei.model.domain import TrainingDomain
from sekkei.model.electrode_channels import ChannelTable
from sekkei.structure.files import read_junctions
from sekkei.testing.area_predictor import AreaPredictor
from sekkei.testing.chain_dynamics import chain_dynamics
from sekkei.testing.registry_laws import QUICK, small_dataset

COMMAND = [sys.executable, "-c", "from sekkei.cli.app import main; main()", "demo", "--tiny"]
# A model instead of DFT: the same stages in seconds. `make demo-tiny` runs the same with DFT.
CHEAP = ["--labeler", "tight-binding", "--workers", "2"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "quick"
    train_direct(small_dataset(n_experiment=5), QUICK, seed=0).predictor.save(folder)
    return folder


def start_demo(out: Path, model: Path) -> subprocess.Popen:
    with (out.parent / "progress.txt").open("w") as progress:
        return subprocess.Popen(
            [*COMMAND, *CHEAP, "--model", str(model), "--out", str(out)],
            stdout=subprocess.DEVNULL,
            stderr=progress,
            start_new_session=True,
        )


def label_rows(out: Path) -> dict[str, float]:
    """Map each label to the time at which it was finished: a repeated one has another."""
    if not (out / "lake").exists():
        return {}
    table = Lake.open(out / "lake").table("label")
    return dict(zip(table["key"], table["finished_unix_s"], strict=True))


def wait_for_labels(out: Path, n_label: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 240.0
    while len(label_rows(out)) < n_label:
        assert process.poll() is None, (out.parent / "progress.txt").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_full_scale_keeps_the_promise_of_the_readme() -> None:
    specs = list(FULL.campaign().members())

    assert sum(FULL.experiments[:2]) == 28
    assert sum(FULL.checked) == 12
    assert len(set(FULL.checked_experiments(Dynamics()))) == 12
    assert {spec.contact.electrode for spec in specs} == {"bcc100-5+4"}
    assert {spec.potential for spec in specs} == {"gupta", "nichol-ackland"}
    assert {"Na", "Rb", "Cs"} <= {symbol for spec in specs for symbol in spec.contact.composition}
    assert FULL.design().target_g0 == 3.0
    assert FULL.rounds >= 2
    assert FULL.finalists >= 2
    assert all(some <= of for some, of in zip(TINY.checked, TINY.experiments, strict=True))


def test_a_demo_without_a_model_says_what_to_pass(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["demo", "--tiny", "--labeler", "tight-binding"])

    (line,) = capsys.readouterr().err.splitlines()
    assert code == 2
    assert "try --model with data/models/alkali-direct of a checkout" in line


def test_a_check_labels_one_snapshot_of_each_chosen_experiment_and_tells_the_errors(
    tmp_path: Path,
) -> None:
    scale = replace(TINY, experiments=(3, 0, 0), checked=(3, 0, 0))
    lake, pool = Lake.create(tmp_path / "lake"), SerialPool()
    run_campaign(scale.campaign(), lake, pool, dynamics=chain_dynamics())
    model = AreaPredictor(TrainingDomain((19,), ChannelTable((), ())), quantity="conductance_g0")
    plan = LabelPlan(labeler="chain", options={"onsite": 0.7})

    with open_context(lake.refreshed(), pool, dynamics=chain_dynamics()) as context:
        check = check_model(context, scale, plan, model)
        again = check_model(context, scale, plan, model)

    assert len(set(check.dataset.groups)) == len(check.dataset) == 3
    assert check.dataset.snapshot_keys == again.dataset.snapshot_keys
    assert check.n_outside == 3  # it knows no electrode
    first, second, third = told(check)
    assert "on 3 contacts that it never saw: MAE" in first
    assert "3 flagged as outside" in first
    assert "sharvin-scaled" in second
    assert third.startswith("    corrected by them: MAE")


@pytest.mark.slow
@pytest.mark.ray
@pytest.mark.timeout(600)
def test_a_demo_that_was_killed_goes_on_where_it_was(tmp_path: Path, model: Path) -> None:
    out = tmp_path / "out"
    first = start_demo(out, model)
    wait_for_labels(out, 1, first)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    before = label_rows(out)
    assert (out / "figures" / "histogram.png").is_file()  # to look at while labels are made

    second = start_demo(out, model)
    assert second.wait(timeout=400) == 0, (tmp_path / "progress.txt").read_text()

    after = label_rows(out)
    assert Lake.open(out / "lake").verify() == []
    assert before.items() <= after.items()
    check_results(out)


def check_results(out: Path) -> None:
    summary = json.loads((out / "summary.json").read_text())
    assert summary["counts"]["labels"] == len(label_rows(out))
    assert summary["counts"]["predictions"] > 0
    assert summary["design"]["is_first_principles"] is False
    assert "tight-binding" in next(iter(summary["labels_by_engine"]))
    check = summary["check"]
    assert check["n"] == len(check["contacts"]) == sum(TINY.checked)
    assert 0.0 <= check["mae_g0"] <= check["max_error_g0"]
    assert {"sharvin", "bessel"} <= check["baselines_mae_g0"].keys()
    tested = {row["model"]: row["is_baseline"] for row in summary["metrics"]}
    assert (tested["direct"], tested["corrected"], tested["sharvin"]) == (False, False, True)
    for proposal in summary["design"]["proposals"]:
        assert sum(proposal["composition"].values()) == pytest.approx(1.0, abs=1e-12)
        assert read_junctions(out / proposal["structure"])
        assert len(ase.io.read(out / proposal["structure"])) > 20
    page = (out / "report.html").read_text()
    assert 'src="http' not in page
    assert summary["lake_state"] in page
