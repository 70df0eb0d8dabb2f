import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec, Snapshot
from sekkei.structure.selection import estimate_conductance, select_spread


def make_snapshots(narrowest: list[float]) -> list[Snapshot]:
    contact = build_contact(ContactSpec())
    return [
        Snapshot(contact, frame, 0, "pull", 0.3 * frame, area)
        for frame, area in enumerate(narrowest)
    ]


def test_the_choice_covers_the_range_of_cross_sections() -> None:
    snapshots = make_snapshots(np.linspace(120.0, 10.0, 60).tolist())

    chosen = select_spread(snapshots, 12)

    # One in each of twelve strata of 110/12 square angstrom: no gap wider than two of them.
    areas = np.sort([snapshot.narrowest for snapshot in chosen])
    assert np.diff(areas).max() < 2 * 110.0 / 12
    assert areas[0] < 10.0 + 110.0 / 12
    assert areas[-1] > 120.0 - 110.0 / 12 - 2.0


def test_single_snapshots_of_many_experiments_cover_the_range_together() -> None:
    areas = np.linspace(120.0, 5.0, 40)
    chosen = []
    for seed in range(60):
        first = build_contact(ContactSpec(seed=seed, composition={"K": 0.5, "Na": 0.5}))
        snapshots = [
            Snapshot(first, frame, 0, "pull", 0.3 * frame, float(area))
            for frame, area in enumerate(areas)
        ]
        chosen.append(select_spread(snapshots, 1)[0].narrowest)

    thirds = np.histogram(chosen, bins=[0.0, 43.0, 82.0, 121.0])[0]

    # Twenty each on average; fewer than eight would be three standard deviations off.
    assert thirds.min() >= 8


def test_few_broken_contacts_are_chosen() -> None:
    snapshots = make_snapshots([60.0, 50.0, 40.0, 30.0, 20.0] * 8 + [0.0] * 40)

    chosen = select_spread(snapshots, 20)

    assert len(chosen) == 20
    assert sum(snapshot.narrowest == 0.0 for snapshot in chosen) == 2


def test_thick_contacts_are_chosen_only_when_others_run_out() -> None:
    # 300 square angstrom of potassium conduct 13 G0.
    snapshots = make_snapshots([300.0] * 10 + [50.0, 40.0, 30.0])

    chosen = select_spread(snapshots, 4)

    assert sum(estimate_conductance(snapshot) > 6.0 for snapshot in chosen) == 1


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
    assert estimate_conductance(snapshot) == pytest.approx(0.974, abs=1e-3)
