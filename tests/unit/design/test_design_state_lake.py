"""A design that is kept in its lake goes on wherever the lake is."""

import json
import shutil

import pytest

from sekkei.design.asking import ask
from sekkei.design.candidate import Observation
from sekkei.design.proposer import SobolProposer
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, end_round, tell
from sekkei.design.state_file import state_path, write_state
from sekkei.design.state_lake import (
    begun_or_fresh,
    begun_state,
    designs_in_lake,
    keep_state,
    state_in_lake,
)
from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.lake.document import document_names

SPEC = DesignSpec(target_g0=1.0, seed=3)
BEGUN, PROPOSED = ask(DesignState(spec=SPEC), 2, SobolProposer())
TOLD = tell(
    BEGUN,
    [
        Observation(
            candidate=PROPOSED[0].candidate, conductance_g0=0.9, sigma_g0=0.02, source="measured"
        )
    ],
)


@pytest.fixture
def lake(tmp_path):
    return Lake.create(tmp_path / "lake")


def kept(lake, state):
    with lake.committer() as committer:
        return keep_state(committer, state)


def test_a_design_goes_on_from_a_copy_of_the_lake_alone(lake, tmp_path):
    kept(lake, TOLD)

    lake.refreshed().copy(tmp_path / "copy")
    shutil.move(tmp_path / "copy", tmp_path / "elsewhere")
    resumed = begun_state(tmp_path / "no file", tmp_path / "elsewhere", SPEC)

    assert resumed == TOLD
    assert ask(resumed, 3)[1] == ask(TOLD, 3)[1]


def test_every_state_of_the_lake_has_the_design_as_it_stood_then(lake):
    first = kept(lake, BEGUN)
    second = kept(lake, TOLD)

    assert first != second
    assert kept(lake, TOLD) == second
    assert state_in_lake(lake.at(first), SPEC) == BEGUN
    assert state_in_lake(lake.at(second), SPEC) == TOLD
    assert lake.refreshed().verify() == []


def test_file_and_lake_may_differ_and_the_further_one_counts(lake, tmp_path):
    file = tmp_path / "a.design.json"
    kept(lake, BEGUN)
    write_state(file, TOLD)

    assert begun_state(file, lake.path, SPEC) == TOLD

    kept(lake, TOLD)
    write_state(file, BEGUN)

    assert begun_state(file, lake.path, SPEC) == TOLD


def test_a_design_that_nobody_knows_begins_or_is_refused(lake, tmp_path):
    assert begun_or_fresh(tmp_path / "none", lake.path, SPEC) == DesignState(spec=SPEC)
    assert begun_or_fresh(tmp_path / "none", tmp_path / "no lake", SPEC) == DesignState(spec=SPEC)
    with pytest.raises(InvalidInputError, match="a design must have begun to go on"):
        begun_state(tmp_path / "none", lake.path, SPEC)


def test_several_designs_live_in_one_lake(lake):
    other = SPEC.model_copy(update={"target_g0": 2.0})
    kept(lake, BEGUN)
    kept(lake, DesignState(spec=other))

    assert designs_in_lake(lake.refreshed()) == {SPEC.key: SPEC, other.key: other}


def test_an_import_brings_designs_along_and_overwrites_none(lake, tmp_path):
    target = Lake.create(tmp_path / "target")
    kept(lake, TOLD)
    kept(target, BEGUN)
    other = DesignState(spec=SPEC.model_copy(update={"seed": 4}))
    kept(lake, other)

    plain = tmp_path / "plain.zarr"
    lake.refreshed().export_zarr(plain)

    assert (plain / "document" / f"design-{SPEC.key}").is_dir()
    with target.committer() as committer:
        committer.append(lake.refreshed().root, "import")
    assert state_in_lake(target.refreshed(), SPEC) == BEGUN
    assert state_in_lake(target.refreshed(), other.spec) == other


def test_a_document_needs_a_plain_name(lake):
    with (
        lake.committer() as committer,
        pytest.raises(InvalidInputError, match="small letters, digits and dashes, but found 'A/b'"),
    ):
        committer.keep_document("A/b", json.dumps({}), "note")

    assert document_names(lake.refreshed().root) == ()


@pytest.mark.parametrize("place", ["file", "lake"])
def test_a_design_that_ends_later_is_the_same_design(lake, tmp_path, place):
    longer = SPEC.model_copy(update={"rounds": 9, "stop_at_chance": 0.9})
    if place == "lake":
        kept(lake, TOLD)
    else:
        write_state(state_path(SPEC, lake.path, "mine"), TOLD)

    gone_on = begun_state(state_path(longer, lake.path, "mine"), lake.path, longer)

    assert gone_on.spec == longer
    assert gone_on.observations == TOLD.observations


def test_rounds_that_are_done_cannot_be_taken_back(lake):
    ended = TOLD.model_copy(update={"spec": SPEC.model_copy(update={"rounds": 4})})
    for _ in range(3):
        ended = end_round(ended)
    kept(lake, ended)
    shorter = SPEC.model_copy(update={"rounds": 2})

    with pytest.raises(InvalidInputError, match="is 2 where 3 are; write rounds: 3 or more"):
        begun_state(state_path(shorter, lake.path, "mine"), lake.path, shorter)


def test_another_target_or_a_broken_neighbour_is_no_design_to_go_on_with(lake, tmp_path):
    write_state(state_path(SPEC, lake.path, "mine"), TOLD)
    (tmp_path / "mine-00000000.design.json").write_text("{")
    other = SPEC.model_copy(update={"target_g0": 2.0})

    with pytest.raises(InvalidInputError, match="a design must have begun to go on"):
        begun_state(state_path(other, lake.path, "mine"), lake.path, other)


def test_what_is_no_lake_is_said_to_be_none(tmp_path):
    with pytest.raises(InvalidInputError, match="nolake is no lake, and no file beside it knows"):
        begun_state(tmp_path / "none", tmp_path / "nolake", SPEC)
