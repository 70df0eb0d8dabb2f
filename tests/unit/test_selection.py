import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec, Snapshot
from sekkei.structure.selection import select_spread, sharvin_conductance


def make_snapshots(narrowest: list[float]) -> list[Snapshot]:
    contact = build_contact(ContactSpec())
    return [
        Snapshot(contact, frame, 0, "pull", 0.3 * frame, area)
        for frame, area in enumerate(narrowest)
    ]


def test_the_choice_covers_the_range_of_cross_sections() -> None:
    snapshots = make_snapshots(np.linspace(120.0, 10.0, 60).tolist())

    chosen = select_spread(snapshots, 12)

    areas = np.array([snapshot.narrowest for snapshot in chosen])
    assert areas.max() == 120.0
    assert areas.min() == 10.0
    # Evenly spread would be 10 apart; farthest-point sampling is within a factor of two.
    assert np.diff(np.sort(areas)).max() < 20.0


def test_few_broken_contacts_are_chosen() -> None:
    snapshots = make_snapshots([60.0, 50.0, 40.0, 30.0, 20.0] * 8 + [0.0] * 40)

    chosen = select_spread(snapshots, 20)

    assert len(chosen) == 20
    assert sum(snapshot.narrowest == 0.0 for snapshot in chosen) == 2


def test_thick_contacts_are_chosen_only_when_others_run_out() -> None:
    # 300 square angstrom of potassium conduct 13 G0.
    snapshots = make_snapshots([300.0] * 10 + [50.0, 40.0, 30.0])

    chosen = select_spread(snapshots, 4)

    assert sum(sharvin_conductance(snapshot) > 6.0 for snapshot in chosen) == 1


def test_the_same_snapshots_are_chosen_again_in_order() -> None:
    areas = np.random.default_rng(0).uniform(0.0, 130.0, 50).tolist()
    snapshots = make_snapshots(areas)

    first, second = select_spread(snapshots, 10), select_spread(snapshots, 10)

    frames = [snapshot.frame for snapshot in first]
    assert frames == [snapshot.frame for snapshot in second]
    assert frames == sorted(set(frames))


def test_all_are_chosen_where_there_are_few() -> None:
    snapshots = make_snapshots([50.0, 0.0])

    assert len(select_spread(snapshots, 5)) == 2
    assert select_spread([], 5) == ()
    assert select_spread(snapshots, 0) == ()


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="must not be negative, but is -1"):
        select_spread([], -1)


def test_one_atom_conducts_about_one_quantum() -> None:
    (snapshot,) = make_snapshots([22.0])

    # k_F²/4π = 0.0443 per square angstrom for potassium.
    assert sharvin_conductance(snapshot) == pytest.approx(0.974, abs=1e-3)
