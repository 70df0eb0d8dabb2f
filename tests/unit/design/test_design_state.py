"""Asking and telling: a pure state machine."""

import pytest
from pydantic import ValidationError

from sekkei.design.asking import ask
from sekkei.design.candidate import Candidate, Failure, Observation
from sekkei.design.proposer import SobolProposer
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, best_per_structure, realisation_seed, tell
from sekkei.errors import InvalidInputError
from sekkei.structure.experiment import ContactSpec

SPEC = DesignSpec(target_g0=1.0, max_species=2, initial=4)


def candidate(**change):
    fields = {
        "composition": {"K": 0.75, "Na": 0.25},
        "neck_length": 3,
        "neck_width": 2,
        "elongation_angstrom": 1.5,
    }
    return Candidate.model_validate(fields | change)


def seen(conductance=1.0, **change):
    fields = {"candidate": candidate(), "sigma_g0": 0.1, "source": "surrogate"}
    return Observation.model_validate(fields | {"conductance_g0": conductance} | change)


def test_asking_makes_pending_and_leaves_the_old_state_alone():
    before = DesignState(spec=SPEC)

    after, proposals = ask(before, 3)

    assert before == DesignState(spec=SPEC)
    assert after.pending == proposals
    assert after.n_asked == 3


def test_a_state_survives_json_and_goes_on_alike():
    state, proposals = ask(DesignState(spec=SPEC), 6)
    told = [
        Observation(candidate=p.candidate, conductance_g0=0.3 * i, sigma_g0=0.1, source="dft")
        for i, p in enumerate(proposals[:5])
    ]
    state = tell(state, told)

    restored = DesignState.from_json(state.to_json())

    assert restored == state
    assert ask(restored, 2) == ask(state, 2)


def test_asking_by_ones_or_at_once_walks_the_same_sobol_sequence():
    _, at_once = ask(DesignState(spec=SPEC), 4, SobolProposer())

    walked = DesignState(spec=SPEC)
    for _ in range(4):
        walked, _ = ask(walked, 1, SobolProposer())

    assert [p.candidate for p in walked.pending] == [p.candidate for p in at_once]


def test_other_seeds_give_other_proposals():
    _, one = ask(DesignState(spec=SPEC), 2)
    _, other = ask(DesignState(spec=SPEC.model_copy(update={"seed": 1})), 2)

    assert {p.candidate.key for p in one}.isdisjoint(p.candidate.key for p in other)


def test_telling_takes_from_pending_what_was_told():
    state, proposals = ask(DesignState(spec=SPEC), 3)
    failure = Failure(
        candidate=proposals[0].candidate, step="realise", kind="ExperimentError", message="broke"
    )

    state = tell(state, [failure, seen(candidate=proposals[1].candidate)])

    assert state.pending == proposals[2:]
    assert state.failures == (failure,)
    assert len(state.observations) == 1
    assert state.n_told == 2


def test_a_laboratory_can_tell_what_nobody_proposed():
    state = tell(DesignState(spec=SPEC), [seen(0.97, sigma_g0=0.05, source="measured")])

    assert state.observations[0].source == "measured"


def test_telling_of_something_outside_the_space_is_refused():
    with pytest.raises(InvalidInputError, match="neck_width must be within 1 to 5, but is 8"):
        tell(DesignState(spec=SPEC), [seen(candidate=candidate(neck_width=8))])


def test_a_conductance_that_is_no_number_cannot_be_told():
    with pytest.raises(ValidationError, match="finite number"):
        seen(float("nan"))


def test_a_label_replaces_the_estimate_of_the_same_structure_only():
    state = tell(
        DesignState(spec=SPEC),
        [
            seen(1.2, structure="a"),
            seen(1.0, structure="b"),
            seen(0.9, structure="a", source="dft", sigma_g0=0.02),
            seen(0.8, source="measured"),
            seen(0.8, source="measured"),
        ],
    )

    chosen = [(o.structure, o.conductance_g0) for o in best_per_structure(state)]

    assert chosen == [("a", 0.9), ("b", 1.0), ("", 0.8), ("", 0.8)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "must be as to_json wrote it, but the text: invalid json"),
        ('{"spec": {"target_g0": 1}, "observed": []}', "but observed: extra inputs are not"),
    ],
)
def test_text_that_is_no_state_is_refused(text, message):
    with pytest.raises(InvalidInputError, match=message):
        DesignState.from_json(text)


def test_a_state_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match=r"the design state must be a file, but .*none"):
        DesignState.from_file(tmp_path / "none.json")


def test_asking_for_nothing_is_refused():
    with pytest.raises(InvalidInputError, match="must be at least 1, but is 0"):
        ask(DesignState(spec=SPEC), 0)


def test_a_space_that_is_too_small_says_so():
    spec = DesignSpec(
        target_g0=1.0,
        elements=("K",),
        neck_length=(3, 3),
        neck_width=(2, 2),
        elongation_angstrom=(0.0, 0.001),
    )

    with pytest.raises(InvalidInputError, match=r"must hold 5 candidates .*, but 2 were found"):
        ask(DesignState(spec=spec), 5, SobolProposer())


def test_seeds_differ_by_candidate_and_purpose_and_are_repeatable():
    seeds = {
        realisation_seed(SPEC, which, purpose)
        for which in (candidate(), candidate(neck_width=3))
        for purpose in ("round 0", "round 1", "fresh 0")
    }

    assert len(seeds) == 6
    assert max(seeds) < 2**29
    assert realisation_seed(SPEC, candidate(), "round 0") in seeds


def test_a_candidate_names_the_contact_that_realises_it():
    contact = candidate().contact(SPEC, seed=7)

    assert contact == ContactSpec(
        composition={"Na": 0.25, "K": 0.75}, neck_length=3, neck_width=2, seed=7
    )
