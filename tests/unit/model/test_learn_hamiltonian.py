"""Learning a Hamiltonian from a method in closed form: what it must say of what it has seen."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sekkei.errors import ElectrodeError, InvalidInputError, LabelError
from sekkei.model.hamiltonian import (
    ConsistencyOptions,
    HamiltonianExample,
    HamiltonianOptions,
    HamiltonianSolver,
    learn_hamiltonian,
)
from sekkei.structure.electrode import build_electrode
from sekkei.structure.junction import DEVICE, Junction
from sekkei.structure.lead import check_overlap
from sekkei.testing.gaussian_teacher import GaussianTeacher
from sekkei.testing.labeler_laws import moved_junction

TEACHER = GaussianTeacher(shells=(0, 1))
OPTIONS = HamiltonianOptions(consistency=ConsistencyOptions(n_step=0))
ENERGIES = np.array([-0.2, 0.0, 0.2])
N_CHANNEL = 3.0


def wire(n_period: int = 9, *, shake: float = 0.0, seed: int = 0, metals=("Li",)) -> Junction:
    """Give a wire with three periods of lead at each end; elements are drawn in the device."""
    rng = np.random.default_rng(seed)
    one = build_electrode("bcc111-1+1+1", "Li")
    many, n = one.repeated(n_period), 3 * one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    is_device = regions == DEVICE
    drawn = rng.choice([{"Li": 3, "Na": 11}[metal] for metal in metals], len(regions))
    positions = many.positions + rng.normal(0.0, shake, many.positions.shape) * is_device[:, None]
    numbers = np.where(is_device, drawn, many.numbers)
    return Junction.from_sequences(numbers, positions, regions, one.period)


def examples(junctions) -> list[HamiltonianExample]:
    return [
        HamiltonianExample(junction, TEACHER.matrices(junction), f"experiment {i}")
        for i, junction in enumerate(junctions)
    ]


@cache
def learned() -> HamiltonianSolver:
    some = examples([wire(shake=0.12, seed=seed) for seed in (1, 2)])
    return learn_hamiltonian(some, TEACHER.two_centre_tables([3]), TEACHER, OPTIONS)


@pytest.mark.parametrize(("n_step", "tolerance"), [(0, 1e-3), (2, 1e-2)])
def test_a_perfect_wire_conducts_all_its_channels(n_step, tolerance) -> None:
    solver = replace(learned(), options=ConsistencyOptions(n_step=n_step))

    found = solver.device(wire(), ENERGIES).transmission()

    np.testing.assert_allclose(found, N_CHANNEL, atol=tolerance)


def test_a_longer_wire_is_as_perfect() -> None:
    found = learned().device(wire(13), ENERGIES).transmission()

    np.testing.assert_allclose(found, N_CHANNEL, atol=1e-3)


def test_a_junction_that_it_was_taught_has_the_hamiltonian_of_the_teacher() -> None:
    seen = wire(shake=0.12, seed=1)
    wanted = TEACHER.matrices(seen)

    found = learned().device(seen, ENERGIES)

    np.testing.assert_allclose(found.overlap, wanted.overlap[0], atol=1e-5)
    np.testing.assert_allclose(found.hamiltonian, wanted.hamiltonian[0], atol=0.02)
    assert found.transmission()[1] == pytest.approx(TEACHER.conductance(seen), abs=0.02)


def test_a_new_junction_conducts_as_the_teacher_says() -> None:
    new = wire(shake=0.12, seed=77)

    found = learned().device(new, ENERGIES).transmission()[1]

    assert TEACHER.conductance(new) < N_CHANNEL - 0.1
    assert found == pytest.approx(TEACHER.conductance(new), abs=0.05)


@pytest.mark.parametrize("motion", ["turn", "shift", "reorder"])
@pytest.mark.parametrize("n_step", [0, 2])
def test_rigid_motions_change_nothing(motion, n_step) -> None:
    solver = replace(learned(), options=ConsistencyOptions(n_step=n_step))
    junction = wire(shake=0.12, seed=3)

    still = solver.device(junction, ENERGIES).transmission()
    found = solver.device(moved_junction(junction, motion), ENERGIES).transmission()

    # Electrons that agree with their potential see a grid, which does not turn with them.
    np.testing.assert_allclose(found, still, atol=1e-5 if n_step == 0 else 2e-2)


def test_more_of_a_perfect_lead_changes_nothing() -> None:
    short = wire(9, shake=0.12, seed=4)
    period = short.electrode_period
    n = 3
    first, last = (np.flatnonzero(short.regions == side) for side in (-1, 1))
    longer = Junction.from_sequences(
        np.concatenate([short.numbers[:n], short.numbers, short.numbers[-n:]]),
        np.concatenate(
            [
                short.positions[first[:n]] - np.array([0.0, 0.0, period]),
                short.positions,
                short.positions[last[-n:]] + np.array([0.0, 0.0, period]),
            ]
        ),
        np.concatenate([[-1] * n, short.regions, [1] * n]),
        period,
    )

    one, other = (learned().device(junction, ENERGIES) for junction in (short, longer))

    # A label keeps all periods of the left lead, and as many of the right one as it needs.
    more = len(other.hamiltonian) - len(one.hamiltonian)
    assert more == n * 4
    inside = other.hamiltonian[more:, more:]
    # Ends of three short periods still see the device across the boundary of the cell.
    np.testing.assert_allclose(inside, one.hamiltonian, atol=5e-3)
    np.testing.assert_allclose(other.transmission(), one.transmission(), atol=2e-2)


def test_the_same_examples_give_the_same_arrays() -> None:
    some = examples([wire(shake=0.12, seed=seed) for seed in (1, 2)])

    again = learn_hamiltonian(some, TEACHER.two_centre_tables([3]), TEACHER, OPTIONS)

    arrays = learned().to_arrays()
    for name, values in again.to_arrays().items():
        np.testing.assert_array_equal(values, arrays[name], err_msg=name)


def test_alloys_are_learned_and_their_pure_limit_has_the_overlaps_of_the_metal() -> None:
    metals = ("Li", "Na")
    some = examples([wire(shake=0.08, seed=seed, metals=metals) for seed in (5, 6)])
    tables = TEACHER.two_centre_tables([3, 11])
    pure = wire(shake=0.08, seed=7)

    solver = learn_hamiltonian(some, tables, TEACHER, OPTIONS)
    found = solver.device(pure, ENERGIES)

    assert solver.elements == (3, 11)
    np.testing.assert_array_equal(found.overlap, learned().device(pure, ENERGIES).overlap)
    perfect = solver.device(wire(), ENERGIES).transmission()
    np.testing.assert_allclose(perfect, N_CHANNEL, atol=1e-2)
    seen = solver.device(some[0].junction, ENERGIES)
    np.testing.assert_allclose(seen.hamiltonian, some[0].matrices.hamiltonian[0], atol=0.05)


def test_an_element_never_seen_is_refused_by_name() -> None:
    alloy = wire(metals=("Na",))

    with pytest.raises(LabelError, match=r"atomic numbers \[3\] and the junction holds \[11\]"):
        learned().device(alloy, ENERGIES)


def test_a_pair_of_elements_never_seen_is_refused_by_name() -> None:
    def with_sodium(*atoms: int) -> Junction:
        pure = wire(shake=0.08, seed=5)
        numbers = np.array(pure.numbers)
        numbers[list(atoms)] = 11
        return Junction.from_sequences(numbers, pure.positions, pure.regions, pure.electrode_period)

    dilute = examples([with_sodium(13)])
    solver = learn_hamiltonian(dilute, TEACHER.two_centre_tables([3, 11]), TEACHER, OPTIONS)

    with pytest.raises(LabelError, match="but never met Na-Na; train it with"):
        solver.device(with_sodium(12, 13), ENERGIES)


def test_an_electrode_never_seen_is_refused() -> None:
    one = build_electrode("bcc100-4+1", "Li")
    many = one.repeated(7)
    regions = np.repeat([-1, 0, 1], [15, 5, 15])
    other = Junction.from_sequences(many.numbers, many.positions, regions, one.period)

    with pytest.raises(ElectrodeError, match="must know the electrode, but this one of 5 atoms"):
        learned().device(other, ENERGIES)


def test_a_surface_cannot_be_learned() -> None:
    class Surfaces(GaussianTeacher):
        def lateral_electrode(self, electrode, /):
            found = super().lateral_electrode(electrode)
            return replace(found, parts=found.parts * 2)

    with pytest.raises(ElectrodeError, match="treats wires, but the electrode is a surface with 2"):
        learn_hamiltonian(
            examples([wire()]), TEACHER.two_centre_tables([3]), Surfaces((0, 1)), OPTIONS
        )


def test_atoms_on_top_of_each_other_are_refused() -> None:
    junction = wire()
    positions = np.array(junction.positions)
    positions[12] = positions[13] + 0.1
    close = Junction.from_sequences(
        junction.numbers, positions, junction.regions, junction.electrode_period
    )

    with pytest.raises(LabelError, match="at least") as wanted:
        check_overlap(close)

    with pytest.raises(LabelError, match="at least") as found:
        learned().device(close, ENERGIES)
    assert found.value.facts == wanted.value.facts


def test_nothing_is_learned_from_nothing() -> None:
    with pytest.raises(InvalidInputError, match="learned from matrices, but there are none"):
        learn_hamiltonian([], TEACHER.two_centre_tables([3]), TEACHER, OPTIONS)


def test_matrices_of_another_basis_are_refused() -> None:
    (one,) = examples([wire()])
    other = replace(one.matrices, overlap=1.01 * one.matrices.overlap)

    with pytest.raises(InvalidInputError, match="basis of the tables, but have other overlaps"):
        learn_hamiltonian(
            [replace(one, matrices=other)], TEACHER.two_centre_tables([3]), TEACHER, OPTIONS
        )


def test_electrodes_asked_for_are_learned_besides_those_met() -> None:
    options = HamiltonianOptions(electrodes=("bcc111-1+1+1", "bcc100-2+2"))

    solver = learn_hamiltonian(examples([wire()]), TEACHER.two_centre_tables([3]), TEACHER, options)

    # The first is that of the junction.
    assert [lead.wire.numbers.size for lead in solver.leads.known] == [3, 4]
    one = build_electrode("bcc100-2+2", "Li").repeated(7)
    regions = np.repeat([-1, 0, 1], [12, 4, 12])
    other = Junction.from_sequences(one.numbers, one.positions, regions, one.period / 7)
    electrode = TEACHER.lateral_electrode(build_electrode("bcc100-2+2", "Li"))
    solver = replace(solver, options=ConsistencyOptions(n_step=0))
    found = solver.device(other, np.zeros(1)).transmission()
    np.testing.assert_allclose(found, electrode.n_channel, atol=1e-2)


def test_progress_counts_wires_and_junctions() -> None:
    seen = []

    learn_hamiltonian(
        examples([wire()]),
        TEACHER.two_centre_tables([3]),
        TEACHER,
        OPTIONS,
        lambda done, total: seen.append((done, total)),
    )

    assert seen == [(1, 2), (2, 2)]
