"""A design by hand and by rounds: what is held, given up, late, and where it stands."""

import json

import ase.io
import pytest

from sekkei.design.asking import ask
from sekkei.design.candidate import Observation
from sekkei.design.export import export_proposals
from sekkei.design.loop import design_round, run_design
from sekkei.design.overview import pending_rows, reach_warning, round_rows, summary
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, abandon, tell, unheld
from sekkei.design.state_file import one_writer, read_state, write_state
from sekkei.errors import AtomOverlapError, ExperimentError, InvalidInputError, LakeConflictError
from sekkei.structure.files import read_junctions
from sekkei.testing.proposer_laws import SmoothProblem

SPEC = DesignSpec(
    target_g0=2.0, rounds=2, initial=4, batch=2, finalists=1, seed=3, proposer="sobol"
)
PROBLEM = SmoothProblem()


def measured(proposal, conductance=1.0):
    return Observation(
        candidate=proposal.candidate,
        conductance_g0=conductance,
        sigma_g0=0.05,
        source="measured",
    )


def test_rounds_leave_what_somebody_holds_and_go_on_beside_it():
    state, (mine, other) = ask(DesignState(spec=SPEC), 2, is_held=True)

    result = run_design(SPEC, PROBLEM, state)

    assert result.state.pending == (mine, other)
    assert result.state.held == (mine.id, other.id)
    realised = [t.proposal for done in result.rounds for t in done.trials]
    assert len(realised) == 6
    assert mine not in realised
    told = tell(result.state, [measured(mine)])
    assert told.pending == (other,)
    assert told.held == (other.id,)
    assert told.answered[-1] == mine


def test_what_nobody_holds_is_taken_up_by_the_next_round():
    state, proposals = ask(DesignState(spec=SPEC), 2)

    state, done = design_round(state, PROBLEM)

    assert [t.proposal for t in done.trials] == list(proposals)
    assert state.pending == ()
    assert state.answered == proposals


def test_what_is_given_up_can_still_be_told_but_not_given_up_again():
    state, (one, two) = ask(DesignState(spec=SPEC), 2, is_held=True)

    gone = abandon(state, [one.id])

    assert (gone.pending, gone.held, gone.answered) == ((two,), (two.id,), (one,))
    assert tell(gone, [measured(one)]).observations == (measured(one),)
    with pytest.raises(InvalidInputError, match=r"must be pending, but .* is not; it may have"):
        abandon(gone, [one.id])


def test_a_worker_gets_a_point_while_eight_are_pending():
    state, _ = ask(DesignState(spec=SPEC.model_copy(update={"proposer": "botorch"})), 12)
    state = tell(state, [measured(p, 0.3 * i) for i, p in enumerate(state.pending[:4])])

    after, (proposal,) = ask(state, 1, is_held=True)

    assert len(state.pending) == 8
    assert proposal.candidate not in [p.candidate for p in state.pending]
    assert unheld(after) == state.pending


def test_a_space_smaller_than_a_round_gives_what_it_has():
    spec = SPEC.model_copy(
        update={"elements": ("K",), "max_species": 1, "neck_length": (3, 3), "neck_width": (2, 3),
                "elongation_angstrom": (1.0, 1.0)}
    )  # fmt: skip

    result = run_design(spec, PROBLEM)

    assert [len(done.trials) for done in result.rounds] == [2, 2]
    assert result.state.n_told == 2


def test_where_a_design_stands_is_told_round_by_round():
    state, _ = design_round(DesignState(spec=SPEC), PROBLEM)
    state, (held,) = ask(state, 1, is_held=True)
    state, (free,) = ask(tell(state, [measured(held, 2.1)]), 1)

    rows = list(round_rows(state))

    assert [row["round"] for row in rows] == [0, None]
    assert [row["observations"] for row in rows] == [5, 1]
    assert (rows[1]["hits"], rows[1]["nearest_g0"]) == (1, 2.1)
    assert [(row["id"], row["is_held"]) for row in pending_rows(state)] == [(free.id, False)]
    found = summary(state)
    assert (found["rounds"], found["asked"], found["pending"], found["held"]) == (1, 6, 1, 0)
    assert found["target"] == "2 G0 within 0.15"


def test_a_target_outside_all_that_was_seen_is_warned_of_with_the_range():
    asked = ({"target_g0": 9.0}, {"target_g0": None, "at_least_g0": 9.0})

    for change in asked:
        spec = DesignSpec(**{"initial": 4, "proposer": "sobol"} | change)
        state, _ = design_round(DesignState(spec=spec), PROBLEM)
        warning = reach_warning(state)
        assert warning is not None
        assert f"the target, {spec.target}, is outside all that was seen so far, " in warning

    inside, _ = design_round(DesignState(spec=SPEC), PROBLEM)
    assert reach_warning(inside) is None
    assert reach_warning(DesignState(spec=SPEC)) is None


@pytest.mark.parametrize("kind", [ExperimentError, AtomOverlapError])
def test_proposals_are_exported_with_where_they_come_from(tmp_path, kind):
    state, _ = design_round(DesignState(spec=SPEC), PROBLEM)
    state, (whole, broken) = ask(state, 2)

    def realise(candidate, seed):
        if candidate == broken.candidate:
            raise kind("the contact must hold, but broke")
        return PROBLEM.realise(candidate, seed)

    rows = export_proposals(state, state.pending, tmp_path / "out", realise)

    document = json.loads((tmp_path / "out" / "proposals.json").read_text())
    assert document["specification"]["target_g0"] == 2.0
    assert [row["id"] for row in document["proposals"]] == [whole.id, broken.id]
    assert [row["frame"] for row in rows] == [0, None]
    assert rows[1]["failure"] == "the contact must hold, but broke"
    distances = [near["distance"] for near in rows[0]["near"]]
    assert len(distances) == 3
    assert distances == sorted(distances)
    assert len(read_junctions(tmp_path / "out" / "proposals.extxyz")) == 1
    assert len(ase.io.read(tmp_path / "out" / "proposals.extxyz")) == 2


def test_one_command_at_a_time_changes_a_design(tmp_path):
    file = tmp_path / "mine.design.json"

    with (
        one_writer(file),
        pytest.raises(LakeConflictError, match="one command at a time, but another one is at"),
        one_writer(file),
    ):
        pass

    with one_writer(file):
        write_state(file, DesignState(spec=SPEC))
    assert read_state(file, SPEC, is_resumed=True) == DesignState(spec=SPEC)


def test_a_design_in_a_folder_that_is_not_there_is_refused(tmp_path):
    with (
        pytest.raises(InvalidInputError, match=r"kept in a folder, but .*none is none; make it"),
        one_writer(tmp_path / "none" / "mine.design.json"),
    ):
        pass
