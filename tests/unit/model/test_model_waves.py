"""An effective Hamiltonian: its slopes, its limits, its fit."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.errors import InvalidInputError, LabelError
from sekkei.model import Dataset, TrainingOptions, WaveOptions, train_direct, with_distilled
from sekkei.model.direct.waves.bands import shipped_bands, start_parameters
from sekkei.model.direct.waves.elimination import eliminate
from sekkei.model.direct.waves.fitting import fit_waves, readout, wave_targets
from sekkei.model.direct.waves.levenberg import (
    Descent,
    Prior,
    Surfaces,
    conductances,
    transmissions,
)
from sekkei.model.direct.waves.survey import Survey, Wires, survey_junctions, survey_together
from sekkei.structure.contact import build_contact
from sekkei.structure.electrode import build_electrode
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import Junction
from sekkei.structure.lead import extend_leads
from sekkei.testing.registry_laws import shaken, small_dataset

ENERGIES = np.array([0.0, 0.02])
FEW = WaveOptions(batches=((30, 2),), without_wires=("bcc100-8+8", "bcc100-9+4", "bcc111-4+4+4"))


def contact(width: int = 2, electrode: str = "bcc111-2+2+2", element: str = "K") -> Junction:
    return build_contact(
        ContactSpec(
            electrode=electrode,
            electrode_element=element,
            composition={element: 1.0},
            device_periods=3,
            neck_length=1,
            neck_width=width,
        )
    )


def conductance(*junctions: Junction) -> np.ndarray:
    energies, weights = readout("conductance_g0")
    surfaces = [Surfaces(start_parameters(), energies)]
    found = np.zeros(len(junctions))
    for rows, survey in survey_together(junctions, Wires()):
        (found[rows],) = conductances(survey, surfaces, weights)
    return found


@pytest.fixture(scope="module")
def survey() -> Survey:
    (found,) = survey_junctions([shaken(contact(), np.random.default_rng(1))], Wires())
    return found


def test_slopes_are_those_of_finite_differences(survey: Survey) -> None:
    rng = np.random.default_rng(2)
    parameters = start_parameters()
    surfaces = Surfaces(parameters, ENERGIES)
    done = eliminate(survey, [surfaces.leads(survey)], parameters[None])
    assert done is not None

    slopes = done.slopes(surfaces.slopes(survey))

    for i in rng.permutation(parameters.size)[:8]:
        step = np.zeros(parameters.size)
        step[i] = 1e-3
        ends = [
            eliminate(survey, [Surfaces(moved, ENERGIES).leads(survey)], moved[None])
            for moved in (parameters + step, parameters - step)
        ]
        difference = (ends[0].transmission - ends[1].transmission)[:, 0, 0] / 2e-3
        np.testing.assert_allclose(slopes[:, i], difference, atol=0.02, rtol=0.02)


def test_a_longer_lead_adds_exactly_nothing() -> None:
    junction = shaken(contact(), np.random.default_rng(3))
    longer = extend_leads(junction, 6 * junction.electrode_period)

    short, long = conductance(junction, longer)

    assert longer.n_atom > junction.n_atom
    assert long == pytest.approx(short, abs=1e-5)


def test_junctions_of_one_shape_are_described_together_as_each_alone() -> None:
    junctions = [shaken(contact(), np.random.default_rng(i)) for i in range(3)]

    ((rows, together),) = survey_together(junctions, Wires())

    alone = [survey_junctions([junctions[i]], Wires())[0] for i in rows]
    invariants = np.concatenate([one.atoms.invariants for one in alone])
    np.testing.assert_allclose(together.atoms.invariants, invariants, atol=1e-6)
    assert len(together.inside.first) == sum(len(one.inside.first) for one in alone)
    radial = np.concatenate([one.to_left.radial for one in alone])
    np.testing.assert_allclose(together.to_left.radial, radial, atol=1e-6)


def test_members_that_see_different_numbers_of_channels_are_eliminated_together() -> None:
    start = start_parameters()
    moved = start.copy()
    moved[0] += 0.3
    surfaces = [Surfaces(row, np.zeros(1)) for row in (start, moved)]
    ((_, survey),) = survey_together([contact(width=2)], Wires())

    both = conductances(survey, surfaces, np.ones(1))

    each = [conductances(survey, [one], np.ones(1))[0] for one in surfaces]
    np.testing.assert_allclose(both, each, atol=1e-9)


@pytest.mark.physics
def test_a_perfect_wire_conducts_as_many_quanta_as_it_has_channels() -> None:
    # Six channels by the electrode's own bands; 1 meV of broadening takes a little.
    (found,) = conductance(contact(width=6))

    assert found == pytest.approx(6.0, abs=0.05)


def test_a_contact_conducts_no_more_than_its_leads() -> None:
    # Six channels by the electrode's own bands.
    found = conductance(*(contact(width=width) for width in (1, 2, 4)))

    assert (found > 0.0).all()
    assert (found <= 6.01).all()


def test_a_wide_gap_conducts_nothing() -> None:
    junction = contact()
    positions = np.array(junction.positions)
    upper = positions[:, 2] > np.median(positions[:, 2])
    positions[upper, 2] += 12.0
    broken = Junction.from_sequences(
        junction.numbers, positions, junction.regions, junction.electrode_period
    )

    assert conductance(broken).tolist() == [0.0]


def test_all_alkali_metals_are_nearly_one_metal() -> None:
    # Lengths are reduced, so that wires of equal shape differ by rounding of lattice constants.
    potassium, sodium = conductance(contact(width=1), contact(width=1, element="Na"))

    assert sodium == pytest.approx(potassium, abs=0.01)


def test_a_junction_between_surfaces_is_refused() -> None:
    wire = contact()
    surface = Junction.from_sequences(
        wire.numbers, wire.positions, wire.regions, wire.electrode_period, (20.0, 20.0)
    )

    with pytest.raises(LabelError, match="between wires, but found lateral periods"):
        conductance(surface)


def test_the_bands_of_perfect_wires_are_right_before_any_label() -> None:
    parameters = start_parameters()

    for wire in shipped_bands():
        misfits, _ = wire.misfits(parameters)
        # In units of 10 meV.
        assert np.sqrt((misfits**2).mean()) < 1.5


def test_a_fit_comes_nearer_to_labels_and_is_repeatable() -> None:
    # The truth is the same model with one parameter moved: it can be found.
    junctions = [shaken(contact(w), np.random.default_rng(i)) for i in range(6) for w in (1, 2)]
    surveys = survey_junctions(junctions, Wires())
    moved = start_parameters()
    moved[0] += 0.15
    surfaces = [Surfaces(moved, np.zeros(1))]
    truth = np.array([conductances(each, surfaces, np.ones(1))[0, 0] for each in surveys])
    data = _dataset(junctions, truth)
    targets = wave_targets(data, surveys, FEW)
    before, _ = transmissions(targets, start_parameters())

    found, curve = fit_waves(targets, targets.rows(np.arange(0)), FEW, seed=0)
    again, _ = fit_waves(targets, targets.rows(np.arange(0)), FEW, seed=0)

    after, _ = transmissions(targets, found)
    assert np.abs(after[:, 0] - truth).mean() < 0.5 * np.abs(before[:, 0] - truth).mean()
    np.testing.assert_array_equal(found, again)
    assert [point.epoch for point in curve] == [1, 2]


def test_what_earlier_batches_fixed_holds_against_the_next_one() -> None:
    junctions = [shaken(contact(w), np.random.default_rng(i)) for i in range(3) for w in (1, 2)]
    surveys = survey_junctions(junctions, Wires())
    start = start_parameters()
    before = np.concatenate(
        [conductances(s, [Surfaces(start, np.zeros(1))], np.ones(1))[0] for s in surveys]
    )
    many, other = (
        wave_targets(_dataset(junctions, np.maximum(before + by, 0.0)), surveys, FEW)
        for by in (-0.1, 0.3)
    )
    moved = []

    for memory in (0.0, 0.8):
        descent = Descent(start, memory=memory)
        for batch in (many, many, many, other):
            descent.step(batch, Prior((), start, 1.0), share=0.1)
        found, _ = transmissions(many, descent.parameters)
        moved.append(np.abs(found - many.transmission).mean())

    assert moved[1] < 0.8 * moved[0]


def test_transmissions_around_the_fermi_level_are_targets_where_labels_have_them() -> None:
    data = small_dataset(n_experiment=3).rows(np.arange(2))
    surveys = survey_junctions(data.junctions, Wires())
    grid = np.array([-0.05, 0.0, 0.05])
    curves = np.array([[0.0, 1.0, 2.0], [1.0, 3.0, 3.0]])
    rich = replace(data, energies_ev=grid, transmission=curves, error_g0=np.array([0.0, 0.05]))

    plain = wave_targets(data, surveys, WaveOptions())
    found = wave_targets(rich, surveys, WaveOptions(offsets_ev=(-0.025, 0.2)))

    assert plain.energies.tolist() == [0.0]
    np.testing.assert_array_equal(plain.transmission[:, 0], data.conductance_g0)
    assert found.energies.tolist() == [0.0, -0.025]
    np.testing.assert_allclose(found.transmission, [[1.0, 0.5], [3.0, 2.0]])
    # An error as large as what is tolerated halves the weight of the square.
    np.testing.assert_allclose(found.weights, [[20.0, 10.0], [20.0 / 2**0.5, 10.0 / 2**0.5]])


def test_what_another_model_labelled_is_trained_on_but_never_tested_on() -> None:
    data = small_dataset(n_experiment=5)
    taught = replace(data, snapshot_keys=tuple(f"taught {i}" for i in range(len(data))))

    both = with_distilled(data, taught, weight=0.3)
    options = TrainingOptions(assembly="series", epochs=2, n_member=2)
    report = train_direct(both, options, seed=0).report

    assert len(both) == 2 * len(data)
    assert both.weights.tolist() == [1.0] * len(data) + [0.3] * len(data)
    tested = {*report.test.snapshot_keys, *report.out_of_fold.snapshot_keys}
    assert tested == set(data.snapshot_keys)


def test_a_second_teacher_does_not_make_labels_of_what_the_first_one_said() -> None:
    data = small_dataset(n_experiment=3)

    once = with_distilled(data, data, weight=0.3)
    twice = with_distilled(once, data, weight=0.1)

    n = len(data)
    assert twice.is_testable.tolist() == [True] * n + [False] * 2 * n
    assert twice.weights.tolist() == [1.0] * n + [0.3] * n + [0.1] * n


def test_a_teacher_that_knows_one_energy_leaves_the_others_to_the_labels() -> None:
    data = small_dataset(n_experiment=3).rows(np.arange(1))
    surveys = survey_junctions(data.junctions * 2, Wires())
    grid = np.array([-0.05, 0.0, 0.05])
    rich = replace(data, energies_ev=grid, transmission=np.array([[0.0, 1.0, 2.0]]))
    taught = replace(data, conductance_g0=np.array([2.5]))

    both = with_distilled(rich, taught, weight=1.0)
    found = wave_targets(both, surveys, WaveOptions(offsets_ev=(-0.025,)))

    assert found.transmission.tolist() == [[1.0, 0.5], [2.5, 0.0]]
    assert (found.weights > 0.0).tolist() == [[True, True], [True, False]]


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_a_teacher_has_a_weight_above_zero(weight: float) -> None:
    data = small_dataset(n_experiment=3)

    with pytest.raises(InvalidInputError, match="must be a number above 0"):
        with_distilled(data, data, weight)


def test_a_teacher_of_another_quantity_is_refused() -> None:
    data = small_dataset(n_experiment=3)
    other = replace(data, quantity="window_conductance_g0")

    with pytest.raises(InvalidInputError, match="conductance_g0, but is of window_conductance_g0"):
        with_distilled(data, other, 1.0)


def _dataset(junctions: list[Junction], truth: np.ndarray) -> Dataset:
    n = len(junctions)
    return Dataset(
        junctions=tuple(junctions),
        conductance_g0=truth,
        groups=tuple(f"experiment {i // 2}" for i in range(n)),
        electrodes=("bcc111-2+2+2",) * n,
        narrowest=np.ones(n),
        n_channel=np.full(n, 6),
        snapshot_keys=tuple(map(str, range(n))),
    )


def test_shipped_wires_are_those_of_their_names() -> None:
    five_four = shipped_bands()[0].wire

    cell = build_electrode("bcc100-5+4", "K")

    assert five_four.n_period == 2
    assert len(five_four.numbers) == 2 * cell.numbers.size
