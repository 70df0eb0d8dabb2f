"""`sekkei campaign rerun --verify`."""

import json

import pytest

from sekkei.lake import Lake


@pytest.fixture
def key(filled):
    return min(Lake.open(filled).keys("label"))


def test_a_label_of_a_campaign_is_computed_again(sekkei, filled, key):
    told = sekkei("campaign", "rerun", "--verify", key, "--lake", filled, "--json")

    (row,) = [json.loads(line) for line in told.out.splitlines()]
    assert told.code == 0
    assert told.err.splitlines()[-1] == f"label {key}: equal, bit for bit"
    assert row["difference"] == {
        "conductance_g0": 0.0,
        "transmission": 0.0,
        "energy_ev": 0.0,
        "eigenchannels": 0.0,
    }


def test_an_experiment_is_run_again(sekkei, filled):
    key = min(Lake.open(filled).keys("experiment"))

    told = sekkei("campaign", "rerun", "--verify", key, "--lake", filled)

    assert told.code == 0
    assert told.err.splitlines()[-1] == f"experiment {key}: equal, bit for bit"


def test_what_is_not_equal_ends_with_1(sekkei, filled, key, monkeypatch):
    from sekkei.transport.tight_binding import TightBindingLabeler

    honest = TightBindingLabeler.label

    def drifting(self, junction):
        from dataclasses import replace

        label = honest(self, junction)
        return replace(label, conductance=label.conductance + 0.25)

    monkeypatch.setattr(TightBindingLabeler, "label", drifting)
    told = sekkei("campaign", "rerun", "--verify", key, "--lake", filled)
    tolerant = sekkei("campaign", "rerun", "--verify", key, "--lake", filled, "--tolerance", "0.3")

    assert told.code == 1
    assert "conductance_g0 differs by 0.25, 0 allowed" in told.err
    assert tolerant.code == 0
    assert "equal within the tolerance" in tolerant.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "rerun only compares; say --verify"),
        (["--verify", "--option", "x=1"], "name it with --labeler"),
        (["--verify", "--labeler", "chain"], "must be computed again by its own recipe"),
        (["--verify", "--labeler", "chian"], "a labeler must be one of"),
    ],
    ids=["no-verify", "no-labeler", "another-recipe", "unknown"],
)
def test_what_cannot_be_compared_is_one_line(sekkei, filled, key, options, told):
    ended = sekkei("campaign", "rerun", key, "--lake", filled, *options)

    assert ended.code == 2
    (line,) = ended.errors
    assert told in line
