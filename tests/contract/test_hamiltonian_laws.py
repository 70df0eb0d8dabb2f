"""A learned Hamiltonian keeps the laws of predictors, with a teacher in closed form."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from typing_extensions import override

from sekkei.errors import InvalidInputError
from sekkei.model import Predictor, Training, load_predictor
from sekkei.model.dataset import Dataset
from sekkei.model.hamiltonian import (
    ConsistencyOptions,
    HamiltonianExample,
    HamiltonianModel,
    HamiltonianOptions,
    train_hamiltonian,
)
from sekkei.model.spectra import with_channels, with_spectra
from sekkei.structure.electrode import build_electrode
from sekkei.structure.junction import DEVICE, Junction
from sekkei.testing.gaussian_teacher import GaussianTeacher
from sekkei.testing.predictor_laws import PredictorLaws
from sekkei.tracking import MlflowRegistry
from sekkei.tracking.production import register_training, training_figures

TEACHER = GaussianTeacher(shells=(0, 1))
OPTIONS = HamiltonianOptions(n_validation=4, consistency=ConsistencyOptions(n_step=0))
N_CHANNEL = 3


def contact(
    element: str = "Li", electrode: str = "bcc111-1+1+1", *, shake: float = 0.1, seed: int = 0
) -> Junction:
    one = build_electrode(electrode, element)
    many, n = one.repeated(9), 3 * one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    moves = np.random.default_rng(seed).normal(0.0, shake, many.positions.shape)
    positions = many.positions + moves * (regions == DEVICE)[:, None]
    return Junction.from_sequences(many.numbers, positions, regions, one.period)


def with_device_of(number: int) -> Junction:
    known = contact()
    numbers = np.where(known.regions == DEVICE, number, known.numbers)
    return Junction.from_sequences(numbers, known.positions, known.regions, known.electrode_period)


def squeezed() -> Junction:
    known = contact(shake=0.0)
    positions, middle = np.array(known.positions), known.positions[:, 2].mean()
    device = known.regions == DEVICE
    positions[device, 2] = middle + 0.8 * (positions[device, 2] - middle)
    return Junction.from_sequences(known.numbers, positions, known.regions, known.electrode_period)


class TestHamiltonianModel(PredictorLaws):
    @override
    def make_predictor(self) -> Predictor:
        return trained().predictor

    @override
    def make_junction(self) -> Junction:
        return contact(seed=1)

    @override
    def make_others(self) -> Mapping[str, tuple[Junction, int]]:
        return {
            "inside": (contact(seed=2), N_CHANNEL),
            "perfect": (contact(shake=0.0), N_CHANNEL),
            "K between 5+4 wires": (contact("K", "bcc100-5+4"), 6),
            "Na between 8+8 wires": (contact("Na", "bcc100-8+8"), 11),
        }

    @override
    def make_outside(self) -> Mapping[str, Junction]:
        return {
            "another element": contact("Na"),
            "another element in the device": with_device_of(11),
            "another electrode": contact(electrode="bcc100-5+4"),
            "other surroundings": squeezed(),
        }

    @override
    def make_hopeless(self) -> Junction:
        known = self.make_junction()
        return Junction.from_sequences(
            np.full(known.n_atom, 79), known.positions, known.regions, known.electrode_period
        )


def test_a_prediction_is_the_transmission_at_the_fermi_level() -> None:
    model, junction = trained().predictor, contact(seed=3)
    assert isinstance(model, HamiltonianModel)

    spectrum = model.spectrum(junction, np.array([-0.1, 0.0, 0.1]))

    assert model.predict([junction]).mean[0] == pytest.approx(spectrum[1], abs=1e-6)


def test_it_is_near_the_teacher_on_experiments_left_out() -> None:
    report = trained().report

    rows = {(row.model, row.split): row for row in report.rows}
    mine = rows["hamiltonian", "test"]
    assert mine.mae < 0.05
    assert mine.mae < min(row.mae for key, row in rows.items() if key[0] != "hamiltonian")


def test_the_same_seed_gives_the_same_model() -> None:
    again = make_training()

    assert again.predictor.identity == trained().predictor.identity


def test_arrays_that_were_changed_are_noticed(tmp_path) -> None:
    trained().predictor.save(tmp_path)
    with np.load(tmp_path / "weights.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    name = next(name for name in arrays if name.startswith("local.pair"))
    arrays[name] = arrays[name] * np.float32(1.001)
    np.savez_compressed(tmp_path / "weights.npz", **arrays)

    with pytest.raises(InvalidInputError, match="one of its files was changed"):
        load_predictor(tmp_path)


def test_a_model_without_labels_of_other_experiments_is_refused() -> None:
    examples, data = make_data()
    same = [HamiltonianExample(one.junction, one.matrices, "experiment 1") for one in examples]

    with pytest.raises(InvalidInputError, match="at least 2 experiments without matrices"):
        train_hamiltonian(same, data.rows(np.arange(2)), TEACHER, OPTIONS, 0)


def test_labels_of_what_it_does_not_know_neither_calibrate_nor_test_it() -> None:
    examples, data = make_data()
    strangers = (with_device_of(11), contact("Na"))
    mixed = replace(
        data,
        junctions=(*data.junctions[:2], *strangers, *data.junctions[2:]),
        conductance_g0=np.insert(data.conductance_g0, 2, [3.0, 3.0]),
        groups=(*data.groups[:2], "stranger 1", "stranger 2", *data.groups[2:]),
        electrodes=("bcc111-1+1+1",) * 6,
        narrowest=np.full(6, 12.0),
        n_channel=np.full(6, N_CHANNEL),
        snapshot_keys=tuple(f"{i:032x}" for i in range(6)),
    )
    options = OPTIONS.model_copy(update={"n_validation": 6})

    report = train_hamiltonian(examples, mixed, TEACHER, options, 0).report

    judged = {*report.test.snapshot_keys, *report.out_of_fold.snapshot_keys}
    assert judged == {f"{i:032x}" for i in (0, 1, 4, 5)}


def test_a_wire_that_was_learned_without_junctions_is_known() -> None:
    examples, data = make_data()
    options = OPTIONS.model_copy(update={"electrodes": ("staggered-3",)})
    junction = contact(electrode="staggered-3", shake=0.0)

    training = train_hamiltonian(examples, data, TEACHER, options, 0)
    found = training.predictor.predict([junction])

    assert training.learned is not None
    assert training.learned.n_experiment == len(examples)
    assert "staggered-3 (the perfect wire alone)" in training.learned.electrodes
    assert found.reasons == ("",)
    assert found.is_bound_known[0]
    # A perfect wire conducts all that it can, which the half of it would not be.
    assert found.mean[0] == pytest.approx(found.n_channel[0], abs=0.05)


def test_a_training_without_epochs_is_registered_with_its_parity_alone(tmp_path) -> None:
    _, data = make_data()
    store = MlflowRegistry(f"sqlite:///{tmp_path}/mlflow.db")

    kept = register_training(trained(), data, "STATE", store, "gaussian")

    assert set(training_figures(trained(), data)) == {"parity"}
    found = store.load("gaussian", kept.version)
    assert found.identity == trained().predictor.identity


def make_data() -> tuple[list[HamiltonianExample], Dataset]:
    taught = [contact(seed=seed) for seed in (11, 12)]
    examples = [
        HamiltonianExample(junction, TEACHER.matrices(junction), f"taught {i}")
        for i, junction in enumerate(taught)
    ]
    judged = tuple(contact(seed=seed) for seed in (21, 22, 23, 24))
    return examples, Dataset(
        junctions=judged,
        conductance_g0=np.array([TEACHER.conductance(junction) for junction in judged]),
        groups=tuple(f"experiment {i // 2 + 1}" for i in range(len(judged))),
        electrodes=("bcc111-1+1+1",) * len(judged),
        narrowest=np.full(len(judged), 12.0),
        n_channel=np.full(len(judged), N_CHANNEL),
        snapshot_keys=tuple(f"{i:032x}" for i in range(len(judged))),
        label_recipe=TEACHER.recipe,
    )


def make_training() -> Training:
    examples, data = make_data()
    return train_hamiltonian(examples, data, TEACHER, OPTIONS, 0)


@cache
def trained() -> Training:
    return make_training()


def test_eigenchannels_add_up_to_the_transmission() -> None:
    model, junctions = trained().predictor, [contact(seed=3), contact(seed=4)]
    energies = np.array([-0.2, 0.0, 0.1])

    spectra = with_spectra(model).spectra(junctions, energies)

    for junction, spectrum in zip(junctions, spectra, strict=True):
        channels = with_channels(model).eigenchannels(junction, energies)
        assert channels.sum(axis=1) == pytest.approx(spectrum, abs=1e-9)
        assert (np.diff(channels, axis=1) <= 0.0).all()
        assert channels.min() >= 0.0
        assert channels.max() <= 1.0 + 1e-9
