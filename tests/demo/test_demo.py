"""The demonstration as a user runs it: through the command line, to the end, and after a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import ase.io
import pytest

from sekkei.demo.scale import FULL, TINY
from sekkei.lake import Lake
from sekkei.structure.extxyz import read_junctions

COMMAND = [sys.executable, "-c", "from sekkei.cli.app import main; main()", "demo", "--tiny"]
# A model instead of DFT: the same stages in seconds. `make demo-tiny` runs the same with DFT.
CHEAP = ["--labeler", "tight-binding", "--workers", "2"]


def start_demo(out: Path) -> subprocess.Popen:
    with (out.parent / "progress.txt").open("w") as progress:
        return subprocess.Popen(
            [*COMMAND, *CHEAP, "--out", str(out)],
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
    campaign = FULL.campaign("gpaw", {})
    specs = list(campaign.members())

    assert len(specs) >= 12
    assert len(specs) * FULL.labels_each >= 60
    assert {spec.contact.electrode for spec in specs} == {"bcc100-5+4", "staggered-3"}
    assert any("Na" in spec.contact.composition for spec in specs)
    assert FULL.design().target_g0 == 3.0
    assert FULL.rounds >= 2
    assert FULL.finalists >= 2
    assert len(list(TINY.campaign("gpaw", {}).members())) >= 4


@pytest.mark.slow
@pytest.mark.ray
@pytest.mark.timeout(600)
def test_a_demo_that_was_killed_goes_on_where_it_was(tmp_path) -> None:
    out = tmp_path / "out"
    first = start_demo(out)
    wait_for_labels(out, 1, first)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    before = label_rows(out)

    second = start_demo(out)
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
    tested = [row for row in summary["spread"] if row["split"] == "test"]
    assert len(tested) == 7
    assert {row["n_split"] for row in tested} == {TINY.n_split}
    assert sum(row["n_best"] for row in tested) >= TINY.n_split
    for proposal in summary["design"]["proposals"]:
        assert sum(proposal["composition"].values()) == pytest.approx(1.0, abs=1e-12)
        assert read_junctions(out / proposal["structure"])
        assert len(ase.io.read(out / proposal["structure"])) > 20
    page = (out / "report.html").read_text()
    assert 'src="http' not in page
    assert summary["lake_state"] in page
