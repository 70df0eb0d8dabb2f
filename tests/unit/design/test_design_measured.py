"""What a laboratory says: a CSV that is taken as a whole or refused by its line."""

import pytest

from sekkei.design.asking import ask
from sekkei.design.candidate import Failure, Observation
from sekkei.design.measured import Terms, read_outcomes
from sekkei.design.proposer import SobolProposer
from sekkei.design.ranking import rank_candidates, shares_made
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, abandon, best_per_structure, tell
from sekkei.errors import InvalidInputError

SPEC = DesignSpec(target_g0=1.0, initial=4, seed=1)
STATE, PROPOSALS = ask(DesignState(spec=SPEC), 3, SobolProposer(), is_held=True)
ONE, TWO, THREE = PROPOSALS
FREE = "composition,neck_length,neck_width,elongation_angstrom"


def read(tmp_path, text, state=STATE, **terms):
    file = tmp_path / "lab.csv"
    file.write_text(text)
    return read_outcomes(file, state, Terms(**terms))


def test_conductances_and_failures_are_read(tmp_path):
    text = (
        "id,conductance_g0,sigma_g0,failure,sample\n"
        f"{ONE.id},0.93,0.05,,A7\n\n"
        f"{TWO.id[:8]},,,broke while it was mounted,\n"
    )

    report = read(tmp_path, text)

    assert report.outcomes == (
        Observation(
            candidate=ONE.candidate,
            conductance_g0=0.93,
            sigma_g0=0.05,
            source="measured",
            structure=f"sample A7 {ONE.candidate.key[:12]}",
        ),
        Failure(
            candidate=TWO.candidate,
            step="measure",
            kind="Measurement",
            message="broke while it was mounted",
        ),
    )
    assert report.n_repeated == 0


def test_a_candidate_that_nobody_proposed_is_named_by_what_it_is(tmp_path):
    text = f"{FREE},conductance_g0\nNa 0.25 K 0.75,3,2,1.5,1.2\n"

    (seen,) = read(tmp_path, text, sigma_g0=0.1).outcomes

    assert seen.candidate.composition == {"Na": 0.25, "K": 0.75}
    assert (seen.candidate.neck_width, seen.sigma_g0) == (2, 0.1)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("nan", "line 3: conductance_g0 must be a finite number, but is 'nan'"),
        ("inf", "line 3: conductance_g0 must be a finite number, but is 'inf'"),
        ("-1e999", "line 3: conductance_g0 must be a finite number"),
        ("0,9", "line 3: a row must have 3 cells as the first line, but has 4"),
        ("about 1", "line 3: conductance_g0 must be a finite number, but is 'about 1'"),
        ("-0.02", r"line 3: conductance_g0 must not be below zero .* noise of 0\.01 G0, but is -0"),
        ("", "line 3: a row must have a conductance_g0, or say in failure .*, but has neither"),
    ],
)
def test_what_is_no_conductance_is_refused_with_its_line(tmp_path, cell, message):
    text = f"id,conductance_g0,sigma_g0\n{ONE.id},1.0,0.1\n{TWO.id},{cell},0.1\n"

    with pytest.raises(InvalidInputError, match=rf"lab\.csv, {message}"):
        read(tmp_path, text, noise_g0=0.01)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the columns must be of id, composition.*, but there is none"),
        ("id,conductance\n", "line 1: the columns must be of .*, but found 'conductance'"),
        ("id,conductance_g0\n\n", "must have a row below its line of names, but has none"),
        ("id,id\n", "line 1: the columns must be of .*, but one is named twice"),
        ("id,conductance_g0\nffffffff,1.0\n", "line 2: id must be that of one .* is that of 0"),
        ("id,conductance_g0\na,1.0\n", "line 2: id must be that of one proposal .*, but 'a' has 1"),
        ("id;conductance_g0\n", "line 1: .* found 'id;conductance_g0'; separate them by commas"),
        (f"id,conductance_g0\n{ONE.id},1.0\n", "line 2: a conductance must have a standard"),
        (f"id,conductance_g0\n{ONE.id},abc\n", "line 2: conductance_g0 must be a finite number"),
        (f"id,conductance_g0,sigma_g0\n{ONE.id},1.0,-1\n", "line 2: sigma_g0 must not be below"),
        (f"id,conductance_g0,failure\n{ONE.id},1.0,broke\n", "line 2: .* but has both"),
        ("conductance_g0\n1.0\n", "line 2: a row must have the id of a proposal, or composition"),
        (f"{FREE},failure\nK 1,x,2,1.5,broke\n", "line 2: neck_length: .*found 'x'"),
        (f"{FREE},failure\nK 0.5,3,2,1.5,broke\n", "line 2: composition: the fractions must sum"),
        (f"{FREE},failure\nK 1,3,9,1.5,broke\n", "line 2: neck_width must be within 1 to 5"),
        (f"{FREE},failure\nLi 1,3,2,1.5,broke\n", "line 2: the elements must be among Na, K"),
    ],
)
def test_a_file_that_is_not_of_the_form_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(InvalidInputError, match=message):
        read(tmp_path, text)


def test_what_a_row_says_of_its_proposal_beside_the_id_is_let_pass_where_it_agrees(tmp_path):
    one = ONE.candidate
    parts = " ".join(f"{symbol} {x:.2f}" for symbol, x in one.composition.items())
    cells = f"{parts},{one.neck_length},{one.neck_width},{one.elongation_angstrom:.2f}"
    text = (
        f"id,{FREE},electrode,temperature_k,conductance_g0\n"
        f"{ONE.id},{cells},bcc100-5+4,4.2,1.2\n{TWO.id},,,,,,,1.3\n"
    )

    first, second = read(tmp_path, text, sigma_g0=0.1).outcomes

    assert (first.candidate, second.candidate) == (ONE.candidate, TWO.candidate)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("composition", "Na 0.123 Cs 0.877"),
        ("neck_width", str(ONE.candidate.neck_width + 1)),
        ("elongation_angstrom", f"{ONE.candidate.elongation_angstrom + 0.5:.3f}"),
        ("neck_length", f"{ONE.candidate.neck_length + 0.005}"),
        ("electrode", "bcc111-2+2+2"),
        ("electrode_element", "Li"),
        ("temperature_k", "77"),
    ],
)
def test_a_row_that_contradicts_the_proposal_it_names_is_refused(tmp_path, column, cell):
    text = f"id,{column},conductance_g0\n{ONE.id},{cell},1.0\n"

    with pytest.raises(InvalidInputError, match=f"line 2: a row with an id .*, but {column} is"):
        read(tmp_path, text, sigma_g0=0.1)


def test_of_one_element_any_placement_is_its_own(tmp_path):
    pure = DesignSpec(target_g0=1.0, elements=("K",), initial=4)
    state, (one,) = ask(DesignState(spec=pure), 1, SobolProposer(), is_held=True)

    (seen,) = read(
        tmp_path, f"id,placement,conductance_g0\n{one.id},neck,1.0\n", state, sigma_g0=0.1
    ).outcomes

    assert seen.candidate == one.candidate


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(InvalidInputError, match=r"must be in a file, but .*none is not one"):
        read_outcomes(tmp_path / "none", STATE, Terms())
    with pytest.raises(InvalidInputError, match="binary must be CSV, but"):
        read_outcomes(tmp_path / "binary", STATE, Terms())


def test_within_the_noise_a_conductance_below_zero_is_zero(tmp_path):
    text = f"id,conductance_g0,sigma_g0\n{ONE.id},-0.004,0.01\n"

    (seen,) = read(tmp_path, text, noise_g0=0.01).outcomes

    assert seen.conductance_g0 == 0.0


def test_a_file_that_is_told_twice_counts_once(tmp_path):
    text = f"id,conductance_g0,sigma_g0\n{ONE.id},1.0,0.1\n{ONE.id},1.0,0.1\n{ONE.id},1.2,0.1\n"
    first = read(tmp_path, text)
    state = tell(STATE, first.outcomes)

    again = read(tmp_path, text, state)

    assert [o.conductance_g0 for o in first.outcomes] == [1.0, 1.2]
    assert (first.n_repeated, again.outcomes, again.n_repeated) == (1, (), 3)


def test_equal_results_of_different_samples_all_count(tmp_path):
    rows = "".join(f"{ONE.id},1.0,0.1,s{i}\n" for i in range(20))

    report = read(tmp_path, "id,conductance_g0,sigma_g0,sample\n" + rows)
    state = tell(STATE, report.outcomes)

    assert len(state.observations) == 20
    # Nothing is flat or singular: the next proposal comes, and is another candidate.
    assert len(best_per_structure(state)) == 20
    alone = report.outcomes[0].model_copy(update={"structure": ""})
    others = SobolProposer().propose(state, 4)
    more = [alone.model_copy(update={"candidate": p.candidate}) for p in others]
    _, (proposal,) = ask(tell(state, more), 1)
    assert proposal.acquisition.startswith("qLogNEI")
    assert proposal.candidate not in [ONE.candidate, *(o.candidate for o in more)]


def test_late_and_contradicting_results_are_kept_side_by_side(tmp_path):
    gone = abandon(STATE, [ONE.id])
    text = "id,conductance_g0,sigma_g0,failure\n"
    text += f"{ONE.id},1.0,0.1,\n{ONE.id},3.0,0.1,\n{ONE.id},,,broke\n"

    report = read(tmp_path, text, gone)
    state = tell(gone, report.outcomes)

    assert [o.conductance_g0 for o in state.observations] == [1.0, 3.0]
    assert len(state.failures) == 1
    assert [p.id for p in state.pending] == [TWO.id, THREE.id]
    _, (proposal,) = ask(state, 1)
    assert proposal.candidate not in [p.candidate for p in PROPOSALS]


@pytest.mark.parametrize(
    ("cells", "name"), [("1e300,0.1", "conductance_g0"), ("1.0,1e9", "sigma_g0")]
)
def test_a_number_that_no_contact_can_have_is_refused_with_its_line(tmp_path, cells, name):
    text = f"id,conductance_g0,sigma_g0\n{ONE.id},{cells}\n"

    with pytest.raises(InvalidInputError, match=f"line 2: {name} must be at most 100 G0"):
        read(tmp_path, text)


def test_a_contact_that_broke_once_does_not_hide_that_its_candidate_hits(tmp_path):
    text = "id,conductance_g0,sigma_g0,failure,sample\n"
    text += f"{ONE.id},1.0,0.01,,A\n{ONE.id},1.01,0.01,,B\n{ONE.id},,,broke,C\n"
    text += f"{TWO.id},3.0,0.01,,\n{THREE.id},,,broke,\n"

    state = tell(STATE, read(tmp_path, text).outcomes)
    ranked = rank_candidates(state)

    assert [one.candidate for one in ranked] == [ONE.candidate, TWO.candidate]
    assert shares_made(state) == {
        ONE.candidate.key: pytest.approx(2 / 3),
        THREE.candidate.key: 0.0,
    }


def test_what_may_be_chosen_is_said_in_a_row_and_what_may_not_is_let_pass(tmp_path):
    fixed = DesignState(spec=SPEC.model_copy(update={"taper": (1, 1)}))
    several = SPEC.model_copy(
        update={
            "electrode": ("bcc100-5+4", "bcc111-2+2+2"),
            "taper": (0, 1),
            "temperature_k": (4.2, 77.0),
        }
    )
    names = f"{FREE},electrode,taper,temperature_k,conductance_g0\n"
    known = f"{names}K 1,3,2,1.5,bcc100-5+4,1,4.2,1.2\n"
    terms = {"sigma_g0": 0.1}

    (here,) = read(tmp_path, known, fixed, **terms).outcomes
    (there,) = read(tmp_path, known, DesignState(spec=several), **terms).outcomes

    assert (here.candidate.electrode, here.candidate.taper) == (None, 1)
    assert (there.candidate.electrode, there.candidate.temperature_k) == ("bcc100-5+4", 4.2)
    (short,) = read(tmp_path, f"{FREE},conductance_g0\nK 1,3,2,1.5,1.2\n", fixed, **terms).outcomes
    assert short == here
    missing = f"{FREE},electrode,temperature_k,conductance_g0\nK 1,3,2,1.5,bcc100-5+4,9,1.2\n"
    with pytest.raises(InvalidInputError, match="line 2: a candidate must say its taper, because"):
        read(tmp_path, missing, DesignState(spec=several), **terms)
    with pytest.raises(InvalidInputError, match="electrode must be left out where the spec"):
        read(tmp_path, known.replace("5+4", "9+12"), fixed, **terms)
