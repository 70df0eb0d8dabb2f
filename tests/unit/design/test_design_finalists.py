"""What was said of finalists is kept, shown, and exported with what was labelled."""

import json
from dataclasses import replace

import ase.io
import numpy as np
import pytest

from sekkei.campaign.source import structure_row
from sekkei.design.candidate import Candidate, Observation, Proposal
from sekkei.design.export import export_proposals
from sekkei.design.labelled import labelled_structures
from sekkei.design.loop import run_design
from sekkei.design.overview import best_proposals, best_rows, finalist_rows
from sekkei.design.problem import structure_key
from sekkei.design.ranking import rank_candidates
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.errors import ExperimentError
from sekkei.lake import UNRECORDED, Batch, LabelRow, Lake, ProposalRow, label_key
from sekkei.structure.files import read_junctions
from sekkei.testing.point_label import point_label
from sekkei.testing.proposer_laws import SmoothProblem

SPEC = DesignSpec(
    target_g0=2.0, elements=("K",), max_species=1, rounds=1, initial=8, finalists=2, fresh_seeds=4,
    seed=3, proposer="sobol",
)  # fmt: skip
PROBLEM = SmoothProblem(scatter_g0=0.05, surrogate_sigma_g0=0.02)


@pytest.fixture(scope="module")
def ended():
    return run_design(SPEC, PROBLEM)


def test_the_state_keeps_the_chance_by_which_a_finalist_is_declared(ended):
    kept = DesignState.from_json(ended.state.to_json()).finalists

    assert [f.proposal for f in kept] == [found.proposal for found in ended.verifications]
    assert [f.verified_g0 for f in kept] == [f.trial.verified_g0 for f in ended.verifications]
    assert [f.n_hit for f in kept] == [found.proof.n_hit for found in ended.verifications]


def test_a_design_that_goes_on_where_its_search_ended_proves_the_same_finalists(ended):
    assert ended.searched is not None

    again = run_design(SPEC, PROBLEM, ended.searched)

    assert again.state == ended.state
    assert again.rounds == ()


def test_a_finalist_is_shown_with_the_chance_of_its_proof(ended):
    shown = {row["neck_width"]: row["chance"] for row in finalist_rows(ended.searched)}
    best = {p.candidate.key: p.chance for p in best_proposals(ended.searched, 8)}
    searched = {p.candidate.key: p.chance for p in rank_candidates(ended.searched)}

    proved = {f.proposal.candidate.key: f.proposal.chance for f in ended.searched.finalists}
    assert list(shown.values()) == list(proved.values())
    assert proved.items() <= best.items()
    assert not proved.items() <= searched.items()
    rows = best_rows(ended.searched, 8)
    chances = [row["chance"] for row in rows if row["is_verified"] is not False]
    assert chances == sorted(chances, reverse=True)


def test_a_candidate_whose_proof_failed_is_the_last_to_be_recommended(ended):
    def proved(*verdicts: bool) -> DesignState:
        finalists = [
            one.model_copy(update={"is_verified": verdict})
            for one, verdict in zip(ended.searched.finalists, verdicts, strict=True)
        ]
        return ended.searched.model_copy(update={"finalists": tuple(finalists)})

    bad = ended.searched.finalists[0].proposal
    better = [one for one in best_proposals(proved(True, True), 8) if one != bad]

    assert best_proposals(proved(False, True), 8) == (*better, bad)
    rows = best_rows(proved(False, True), 8)
    assert [row["is_verified"] for row in rows].count(True) == 1
    assert rows[-1]["is_verified"] is False


def test_what_is_told_later_counts_more_than_an_old_proof(ended):
    seen = Observation(
        candidate=ended.searched.finalists[0].proposal.candidate,
        conductance_g0=0.5,
        sigma_g0=0.01,
        source="measured",
    )

    later = tell(ended.searched, [seen])

    assert best_proposals(later, 8) == rank_candidates(later)[:8]


def in_lake(path, result):
    lake = Lake.create(path)
    trials = [trial for found in result.verifications for trial in found.labelled]
    rows = [(trial, structure_row(trial.junction)) for trial in trials]
    labels = {
        row.key: LabelRow(
            key=label_key(row.key, "smooth"),
            snapshot=row.key,
            label=point_label(trial.verified_g0, "smooth", n_channel=20),
            provenance=UNRECORDED,
        )
        for trial, row in rows
    }
    batch = Batch(
        snapshots=tuple(row for _, row in rows),
        labels=tuple(labels.values()),
        proposals=tuple(
            proposal(i, trial, row.key, labels[row.key].key) for i, (trial, row) in enumerate(rows)
        ),
    )
    with lake.committer() as committer:
        committer.commit(batch, "finalists")
    return lake.refreshed()


def proposal(i, trial, snapshot, label):
    candidate = trial.proposal.candidate
    return ProposalRow(
        key=f"{i:032x}",
        design=SPEC.key,
        round=1,
        target_g0=2.0,
        composition=candidate.composition,
        parameters=json.dumps(candidate.model_dump(mode="json", exclude={"composition"})),
        snapshot=snapshot,
        predicted_g0=2.0,
        interval_low_g0=1.9,
        interval_high_g0=2.1,
        surrogate_g0=2.0,
        verified_g0=trial.verified_g0,
        label=label,
        recipe="smooth",
        status="hit",
        seed=trial.seed,
        provenance=UNRECORDED,
    )


def test_the_structure_that_was_labelled_is_exported_with_its_label(ended, tmp_path):
    lake = in_lake(tmp_path / "lake", ended)
    proposals = best_proposals(ended.searched, 3)
    known = labelled_structures(lake, ended.searched, [p.candidate for p in proposals])

    rows = export_proposals(ended.searched, proposals, tmp_path / "out", PROBLEM.realise, known)

    reported = {f.proposal.candidate.key: f.trial for f in ended.verifications}
    frames = ase.io.read(tmp_path / "out" / "proposals.extxyz", ":")
    assert [row["frame"] for row in rows] == [0, 1, 2]
    for one, row, frame in zip(proposals, rows, frames, strict=True):
        trial = reported.get(one.candidate.key)
        assert not row["is_made_anew"]
        assert (row["estimated_g0"] is None) == (trial is not None)
        if trial is not None:
            assert row["verified_g0"] == frame.info["conductance_g0"] == trial.verified_g0
            assert row["seed"] == trial.seed
            assert frame.positions[1, 2] == pytest.approx(trial.junction.positions[1, 2], abs=1e-6)
    assert len(read_junctions(tmp_path / "out" / "proposals.extxyz")) == 3


@pytest.fixture
def thrice_made():
    """Return a state with three estimates of a candidate, and that candidate."""
    candidate = Candidate(
        composition={"K": 1.0}, neck_length=3, neck_width=2, elongation_angstrom=1.0
    )
    estimates = [
        Observation(
            candidate=candidate,
            conductance_g0=g,
            sigma_g0=0.05,
            source="surrogate",
            structure=structure_key(PROBLEM.realise(candidate, seed)),
            seed=seed,
        )
        for seed, g in ((7, 1.4), (8, 2.1), (9, 2.6))
    ]
    return tell(DesignState(spec=SPEC), estimates), rank_of(candidate)


def rank_of(candidate):
    return Proposal(id="0" * 32, candidate=candidate, acquisition="sobol")


def labelled_as(state, at, conductance):
    seen = state.observations[at]
    label = {"source": "dft", "conductance_g0": conductance, "sigma_g0": 0.005}
    return tell(state, [seen.model_copy(update=label)])


def test_of_a_candidate_without_a_label_the_nearest_estimated_structure_is_exported(
    thrice_made, tmp_path
):
    state, proposal = thrice_made

    (row,) = export_proposals(state, [proposal], tmp_path, PROBLEM.realise)

    again = PROBLEM.realise(proposal.candidate, 8)
    assert (row["seed"], row["structure"]) == (8, structure_key(again))
    assert row["estimated_g0"] == pytest.approx(2.1)
    assert (row["is_made_anew"], row["verified_g0"]) == (False, None)
    (frame,) = read_junctions(tmp_path / "proposals.extxyz")
    assert frame.positions == pytest.approx(again.positions, abs=1e-6)


def test_a_label_says_more_of_a_structure_than_its_estimate(thrice_made, tmp_path):
    state, proposal = thrice_made

    # What was estimated nearest is far, and what was farthest hits.
    far = labelled_as(labelled_as(state, 1, 3.2), 0, 2.01)
    (row,) = export_proposals(far, [proposal], tmp_path, PROBLEM.realise)

    assert (row["seed"], row["verified_g0"], row["estimated_g0"]) == (7, 2.01, None)


def test_what_is_written_is_between_the_leads_where_it_would_be_labelled(thrice_made, tmp_path):
    state, proposal = thrice_made

    def placed(junction):
        return replace(junction, positions=junction.positions + np.array([0.0, 0.0, 1.0]))

    (row,) = export_proposals(state, [proposal], tmp_path, PROBLEM.realise, {}, placed)

    expected = placed(PROBLEM.realise(proposal.candidate, 8))
    assert row["structure"] == structure_key(expected)
    assert not row["is_made_anew"]
    (frame,) = read_junctions(tmp_path / "proposals.extxyz")
    assert frame.positions == pytest.approx(expected.positions, abs=1e-6)


def test_a_structure_that_is_not_made_again_is_replaced_by_another(thrice_made, tmp_path):
    state, proposal = thrice_made

    def broken(candidate, seed):
        if seed in {7, 8, 9}:
            raise ExperimentError("the dynamics must hold, but an atom flew away; try another seed")
        return PROBLEM.realise(candidate, seed)

    (row,) = export_proposals(state, [proposal], tmp_path, broken)

    assert (row["is_made_anew"], row["estimated_g0"], row["failure"]) == (True, None, None)
    assert row["frame"] == 0


def test_where_nobody_estimated_it_a_structure_is_made_anew_and_said_so(ended, tmp_path):
    # States of before say no seeds; a measurement has no structure.
    unseeded = tuple(one.model_copy(update={"seed": None}) for one in ended.searched.observations)
    before = ended.searched.model_copy(update={"observations": unseeded})

    (row,) = export_proposals(before, best_proposals(before, 1), tmp_path, PROBLEM.realise)

    assert row["is_made_anew"]
    assert (row["verified_g0"], row["estimated_g0"]) == (None, None)


def test_a_structure_that_comes_out_otherwise_is_not_called_the_estimated_one(ended, tmp_path):
    def elsewhere(candidate, seed):
        return PROBLEM.realise(candidate, seed + 1)

    (row,) = export_proposals(
        ended.searched, best_proposals(ended.searched, 1), tmp_path, elsewhere
    )

    assert row["is_made_anew"]
    assert row["estimated_g0"] is None
