"""What a lake knows already is where a design begins."""

from dataclasses import dataclass

import numpy as np
import pytest

from sekkei.campaign.source import structure_row
from sekkei.design.candidate import Candidate
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, realisation_seed
from sekkei.design.state_lake import keep_state
from sekkei.design.step import LABEL_SIGMA_G0
from sekkei.design.warm_start import Known, known_labels
from sekkei.lake import (
    UNRECORDED,
    Batch,
    ExperimentRow,
    LabelRow,
    Lake,
    ProposalRow,
    SnapshotRow,
    label_key,
)
from sekkei.structure.experiment import (
    ContactSpec,
    ExperimentSpec,
    Snapshot,
    experiment_key,
    snapshot_key,
)
from sekkei.structure.junction import Junction
from sekkei.testing.point_label import point_label

SPEC = DesignSpec(target_g0=2.0, elements=("Na", "K"), max_species=2)
OTHER = SPEC.model_copy(update={"target_g0": 1.0})
CANDIDATE = Candidate(
    composition={"Na": 0.25, "K": 0.75}, neck_length=3, neck_width=2, elongation_angstrom=1.5
)


@dataclass(frozen=True)
class Frame:
    """One labelled frame."""

    displacement: float
    stage: str = "pull"
    recipe: str = "smooth"


def pulled(frames, *, potential="gupta", **contact):
    asked = ContactSpec(composition={"K": 1.0}, neck_width=3, **contact)
    spec = ExperimentSpec(contact=asked, potential=potential)
    key = experiment_key(spec, "test")
    rows = [snapshot_of(i, frame, key) for i, frame in enumerate(frames)]
    return Batch(
        experiments=(ExperimentRow(key, spec.model_dump_json(), "test", UNRECORDED),),
        snapshots=tuple(rows),
        labels=tuple(
            labelled(row.key, 2.0 + frame.displacement, frame.recipe)
            for row, frame in zip(rows, frames, strict=True)
        ),
    )


def snapshot_of(i, frame, experiment):
    junction = pair(4.0 + frame.displacement)
    found = Snapshot(junction, i, 0, frame.stage, frame.displacement, 10.0)
    return SnapshotRow(snapshot_key(experiment, i, junction), experiment, found)


def pair(distance):
    positions = [[0.0, 0.0, 0.0], [0.0, 0.0, distance]]
    return Junction.from_sequences([19, 19], positions, [-1, 1], 5.0)


def labelled(snapshot, conductance, recipe="smooth"):
    label = point_label(conductance, recipe, n_channel=40)
    return LabelRow(label_key(snapshot, recipe), snapshot, label, UNRECORDED)


def proposed(design):
    row = structure_row(pair(4.0))
    return Batch(
        snapshots=(row,),
        labels=(labelled(row.key, 1.7),),
        proposals=(
            ProposalRow(
                key="ab" * 16,
                design=design,
                round=0,
                target_g0=1.0,
                composition=CANDIDATE.composition,
                parameters='{"neck_length": 3, "neck_width": 2, "elongation_angstrom": 1.5}',
                snapshot=row.key,
                predicted_g0=np.nan,
                interval_low_g0=np.nan,
                interval_high_g0=np.nan,
                surrogate_g0=np.nan,
                verified_g0=1.7,
                label=label_key(row.key, "smooth"),
                recipe="smooth",
                status="verified",
            ),
        ),
    )


@pytest.fixture
def lake(tmp_path):
    return Lake.create(tmp_path / "lake")


def filled(lake, *batches, design=None):
    with lake.committer() as committer:
        for batch in batches:
            committer.commit(batch, "fill")
        if design is not None:
            keep_state(committer, DesignState(spec=design))
    return lake.refreshed()


def elongations(found):
    return [seen.candidate.elongation_angstrom for seen in found.of_pullings]


def test_frames_of_a_first_pulling_are_candidates_one_angstrom_apart(lake):
    frames = [Frame(x) for x in (0.0, 0.5, 1.0, 1.2, 2.5)]

    found = known_labels(filled(lake, pulled(frames)), SPEC, "smooth")

    assert elongations(found) == [0.0, 1.0, 2.5]
    assert [seen.conductance_g0 for seen in found.of_pullings] == [2.0, 3.0, 4.5]
    assert {seen.source for seen in found.of_pullings} == {"dft"}
    assert {seen.sigma_g0 for seen in found.of_pullings} == {LABEL_SIGMA_G0}
    assert found.of_pullings[0].candidate.composition == {"K": 1.0}


def test_what_is_no_candidate_of_the_design_is_left_out(lake):
    full = filled(
        lake,
        pulled([Frame(1.0, stage="push"), Frame(30.0), Frame(-0.4), Frame(2.0, recipe="other")]),
        pulled([Frame(1.0)], device_periods=7),
        pulled([Frame(1.0)], electrode="staggered-3"),
        pulled([Frame(1.0)], electrode_element="Na"),
        pulled([Frame(1.0)], potential="meam"),
        pulled([Frame(1.0)], neck_length=8),
    )

    found = known_labels(full, SPEC, "smooth")

    assert found.of_pullings == found.of_designs == ()


def test_labels_of_another_design_between_equal_leads_are_known(lake):
    full = filled(lake, proposed(OTHER.key), design=OTHER)

    (seen,) = known_labels(full, SPEC, "smooth").of_designs

    assert seen.candidate == CANDIDATE
    assert (seen.conductance_g0, seen.source) == (1.7, "dft")


def test_labels_of_a_design_under_another_potential_are_not(lake):
    other = OTHER.model_copy(update={"potential": "nichol-ackland"})

    found = known_labels(filled(lake, proposed(other.key), design=other), SPEC, "smooth")

    assert found.of_designs == ()


def test_labels_of_a_design_that_the_lake_does_not_keep_are_not(lake):
    found = known_labels(filled(lake, proposed("a design of before")), SPEC, "smooth")

    assert found.of_designs == ()
    assert str(found) == "0 labels of earlier proposals and 0 of experiments"


def test_a_label_at_another_temperature_or_after_holding_is_left_out(lake):
    full = filled(lake, pulled([Frame(1.0)]), proposed(OTHER.key), design=OTHER)
    warmer = SPEC.model_copy(update={"temperature_k": (77.0, 77.0)})
    held = SPEC.model_copy(update={"hold_ps": 2.0})
    ranged = SPEC.model_copy(update={"temperature_k": (4.2, 77.0)})

    assert known_labels(full, warmer, "smooth") == Known((), ())
    assert known_labels(full, held, "smooth") == Known((), ())
    found = known_labels(full, ranged, "smooth")
    assert [o.candidate.temperature_k for o in (*found.of_designs, *found.of_pullings)] == [4.2] * 2


def test_labels_between_wider_leads_are_known_to_designs_between_the_same(lake):
    wide = OTHER.model_copy(update={"leads": "bcc100-9+12"})
    full = filled(lake, pulled([Frame(1.0)]), proposed(wide.key), design=wide)

    (found,) = known_labels(full, wide, "smooth").of_designs
    thin = known_labels(full, SPEC, "smooth")

    assert found.candidate == CANDIDATE
    assert known_labels(full, wide, "smooth").of_pullings == ()
    assert thin.of_designs == ()
    assert len(thin.of_pullings) == 1


def test_labels_between_another_wire_are_taken_where_it_may_be_chosen(lake):
    full = filled(lake, pulled([Frame(1.0)], electrode="bcc111-2+2+2", taper=1))
    wires = ("bcc100-5+4", "bcc111-2+2+2")
    several = SPEC.model_copy(update={"electrode": wires, "taper": (0, 1)})

    assert known_labels(full, SPEC, "smooth") == Known((), ())
    (found,) = known_labels(full, several, "smooth").of_pullings
    assert (found.candidate.electrode, found.candidate.taper) == ("bcc111-2+2+2", 1)


def test_fresh_structures_of_a_design_that_begins_with_labels_are_its_own():
    warm = SPEC.model_copy(update={"warm_start": True})
    other = warm.model_copy(update={"tolerance_g0": 0.2})

    def seed(spec):
        return realisation_seed(spec, CANDIDATE, "finalist 0")

    assert seed(SPEC) == seed(OTHER)
    assert len({seed(SPEC), seed(warm), seed(other)}) == 3
