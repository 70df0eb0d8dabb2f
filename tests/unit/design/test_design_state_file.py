"""The file of a design's state: begun once, gone on with as it was."""

import pytest

from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
from sekkei.design.state_file import read_state, state_path, write_state
from sekkei.errors import InvalidInputError

SPEC = DesignSpec(target_g0=1.0)
STATE = DesignState(spec=SPEC, n_round=2)


def test_a_state_comes_back_as_it_was_written(tmp_path):
    file = state_path(SPEC, tmp_path / "lake", "mine")

    write_state(file, DesignState(spec=SPEC))
    write_state(file, STATE)

    assert read_state(file, SPEC, is_resumed=True) == STATE
    assert list(tmp_path.iterdir()) == [file]


def test_a_design_that_was_never_begun_stands_at_its_beginning(tmp_path):
    assert read_state(tmp_path / "none", SPEC, is_resumed=False) == DesignState(spec=SPEC)


def test_a_write_that_fails_leaves_the_old_state(tmp_path):
    file = state_path(SPEC, tmp_path / "lake", "mine")
    write_state(file, STATE)
    file.with_suffix(".part").mkdir()

    with pytest.raises(IsADirectoryError):
        write_state(file, DesignState(spec=SPEC))

    assert read_state(file, SPEC, is_resumed=True) == STATE


def test_designs_of_one_name_share_no_file(tmp_path):
    other = SPEC.model_copy(update={"target_g0": 2.0})
    lakes = [tmp_path / "one", tmp_path / "two"]

    files = {state_path(spec, lake, "mine") for spec in (SPEC, other) for lake in lakes}

    assert len(files) == 4
    assert {file.parent for file in files} == {tmp_path}
    assert all(file.name.startswith("mine-") for file in files)


def test_a_design_begins_once(tmp_path):
    write_state(tmp_path / "mine", STATE)

    with pytest.raises(InvalidInputError, match=r"begins once, but .*mine says that it has; go on"):
        read_state(tmp_path / "mine", SPEC, is_resumed=False)


def test_a_design_that_never_began_cannot_go_on(tmp_path):
    with pytest.raises(InvalidInputError, match=r"must have begun to go on, but .*none is not a"):
        read_state(tmp_path / "none", SPEC, is_resumed=True)


def test_a_design_goes_on_with_its_own_specification_only(tmp_path):
    write_state(tmp_path / "mine", STATE)

    with pytest.raises(InvalidInputError, match="mine holds another specification"):
        read_state(tmp_path / "mine", DesignSpec(target_g0=2.0), is_resumed=True)


@pytest.mark.parametrize("content", [b"", b'{"spec": 1}', b"\xff"])
def test_a_broken_file_is_named_with_a_way_out(tmp_path, content):
    (tmp_path / "mine").write_bytes(content)

    with pytest.raises(
        InvalidInputError, match=r"mine is broken: .*go on with --resume from what the lake keeps"
    ):
        read_state(tmp_path / "mine", SPEC, is_resumed=True)
