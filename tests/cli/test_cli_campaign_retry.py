"""Campaigns on a machine that is full, with labelers that misbehave."""

import errno
import json
import os
import sys
from pathlib import Path

import pytest

from sekkei.lake import Lake
from sekkei.transport.tight_binding import TightBindingLabeler


@pytest.fixture
def label_as(monkeypatch):
    """Let every label from now on begin with a call."""
    honest = TightBindingLabeler.label

    def set_(first):
        def label(self, junction):
            first()
            return honest(self, junction)

        monkeypatch.setattr(TightBindingLabeler, "label", label)

    return set_


def _find_a_full_disk():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_the_circumstances_refused_is_told_and_tried_again(sekkei, campaign_file, label_as):
    command = ("campaign", "run", campaign_file, "--lake", "lake", "--serial")
    label_as(_find_a_full_disk)
    refused = sekkei(*command)
    label_as(lambda: None)
    planned = sekkei(*command[:-1], "--dry-run", "--json")
    kept = sekkei(*command, "--keep-refusals")
    done = sekkei(*command, "--json")

    n = len(Lake.open(Path("lake")).keys("label"))
    (plan,) = [json.loads(line) for line in planned.out.splitlines()]
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert n > 0
    assert refused.code == 3
    assert plan["stages"][1]["tried_again"] == {"DiskFullError": n}
    assert f"labels: {n} refused with DiskFullError (a disk was full) would be" in planned.err
    assert kept.code == 3
    assert f"{n} refusals of the circumstances were left; go without --keep-refusals" in kept.err
    assert done.code == 0
    assert [(row["stage"], row["done"], row["refused"]) for row in rows] == [
        ("experiments", 0, 0),
        ("labels", n, 0),
    ]


def test_what_is_refused_again_does_not_end_with_0(sekkei, campaign_file, label_as):
    label_as(_find_a_full_disk)
    command = ("campaign", "run", campaign_file, "--lake", "lake", "--serial")

    codes = [sekkei(*command).code for _ in range(2)]

    assert codes == [3, 3]


def test_a_labeler_that_exits_with_0_does_not_end_the_campaign_so(sekkei, campaign_file, label_as):
    label_as(lambda: sys.exit(0))

    ended = sekkei("campaign", "run", campaign_file, "--lake", "lake", "--serial")
    retried = sekkei(
        "campaign",
        "retry",
        campaign_file,
        "--lake",
        "lake",
        "--kind",
        "WorkerExitError",
        "--dry-run",
    )

    assert ended.code == 3
    assert set(Lake.open(Path("lake")).info()["refusals_by_kind"]) == {"WorkerExitError"}
    assert "refused with WorkerExitError (asked for) would be tried again" in retried.err


def test_a_program_that_a_plug_in_ends_is_no_success(sekkei, campaign_file, monkeypatch):
    monkeypatch.setattr(TightBindingLabeler, "__init__", lambda *_, **__: sys.exit(0))

    ended = sekkei("campaign", "run", campaign_file, "--lake", "lake", "--serial")

    assert ended.code == 1
    assert "a plug-in must raise, but one ended the program with sys.exit(0)" in ended.err


def test_what_a_labeler_prints_is_not_among_the_results(sekkei, campaign_file, label_as):
    label_as(lambda: sys.stdout.write("look at me\n"))

    ended = sekkei("campaign", "run", campaign_file, "--lake", "lake", "--serial", "--json")

    assert [json.loads(line)["stage"] for line in ended.out.splitlines()] == [
        "experiments",
        "labels",
    ]
    assert "look at me" in ended.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_a_log_that_takes_no_more_does_not_end_a_campaign(sekkei, campaign_file):
    ended = sekkei(
        "campaign", "run", campaign_file, "--lake", "lake", "--serial", "--log", "/dev/full"
    )

    assert ended.code == 0
    (line,) = ended.errors
    assert line == (
        "sekkei: the log /dev/full takes no more: No space left on device; the campaign goes on "
        "without it"
    )


def test_full_shared_memory_is_told_before_a_campaign_begins(sekkei, campaign_file, monkeypatch):
    monkeypatch.setattr("sekkei.structure.shared_memory.free_shared_memory", lambda _folder: 1000)

    ended = sekkei("campaign", "run", campaign_file, "--lake", "lake", "--serial")

    assert ended.code == 1
    assert "dynamics in 1 process needs 2.1 MB of shared memory" in ended.err
    assert not Path("lake").exists()
