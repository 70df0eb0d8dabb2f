"""The learned Hamiltonian that is shipped predicts at once, without DFT."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sekkei.lake import Lake
from sekkei.model import HamiltonianModel, load_predictor
from sekkei.model.hamiltonian.potential_map import PotentialMap
from sekkei.structure.electrode import build_electrode
from sekkei.structure.files import read_frames, read_junctions
from sekkei.structure.junction import Junction

DATA = Path(__file__).parents[3] / "data"


@cache
def model() -> HamiltonianModel:
    found = load_predictor(DATA / "models" / "potassium")
    assert isinstance(found, HamiltonianModel)
    return found


def perfect(name: str) -> Junction:
    wire = build_electrode(name, "K")
    many, n = wire.repeated(6), 2 * wire.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    return Junction.from_sequences(many.numbers, many.positions, regions, wire.period)


@pytest.mark.parametrize(("wire", "n_channel"), [("bcc111-2+2+2", 6), ("bcc100-9+12", 14)])
def test_a_perfect_wire_conducts_its_channels(wire, n_channel) -> None:
    found = model().predict([perfect(wire)])

    assert found.reasons == ("",)
    assert found.n_channel[0] == n_channel
    assert found.mean[0] == pytest.approx(n_channel, abs=0.02)


@cache
def single_atom() -> tuple[Junction, float]:
    """Return a contact of the shipped labels, and its conductance in G0."""
    lake = Lake.open(DATA / "contacts")
    wanted = (
        'electrode = "bcc111-2+2+2" AND electrode_element = "K" AND elements HAS ONLY "K" '
        "AND conductance_g0 > 0.9 AND conductance_g0 < 1.0"
    )
    row = lake.query("label", [wanted], ["snapshot", "conductance_g0"]).sort_values("snapshot")
    (junction,) = lake.junctions([row["snapshot"].iloc[0]])
    return junction, float(row["conductance_g0"].iloc[0])


def test_a_single_atom_contact_of_the_shipped_labels_is_predicted_within_its_interval() -> None:
    junction, conductance = single_atom()

    found = model().predict([junction])

    assert found.n_channel[0] == 6
    assert found.reasons == ("",)
    assert found.mean[0] == pytest.approx(conductance, abs=0.1)


@pytest.mark.parametrize("name", ["pair.19.19.0", "atom.19.0"])
def test_a_potential_that_binds_states_below_all_bands_is_not_believed(name) -> None:
    # Half as deep again, between two atoms or on each: as where it never learned.
    solver = model().solver
    deeper = {**solver.local.coefficients, name: solver.local.coefficients[name] * np.float32(1.5)}
    local = PotentialMap(is_weighted=True, coefficients=deeper)
    wrong = replace(model(), solver=replace(solver, local=local))

    found = wrong.predict([single_atom()[0]])

    assert found.reasons == ("states far below all bands, as a wrong potential binds",)
    assert found.sigma[0] > 3.0


@pytest.mark.slow
def test_a_contact_between_wide_wires_of_an_experiment_without_matrices_is_inside_and_right() -> (
    None
):
    wanted = "51e7a0c09832e8d67132543532f49ff8"  # the only label of its experiment
    frames = read_frames(DATA / "wide-contacts" / "potassium.extxyz")
    at = next(i for i, frame in enumerate(frames) if frame.info["snapshot"] == wanted)
    junction = read_junctions(DATA / "wide-contacts" / "potassium.extxyz")[at]

    found = model().predict([junction])

    assert found.reasons == ("",)
    assert found.mean[0] == pytest.approx(frames[at].info["conductance_g0"], abs=0.05)


def test_it_says_that_it_does_not_know_sodium() -> None:
    sodium = Junction.from_sequences(
        np.full(36, 11), perfect("bcc111-2+2+2").positions, perfect("bcc111-2+2+2").regions, 4.6159
    )

    found = model().predict([sodium])

    assert "Na, which it was not trained on" in found.reasons[0]
    assert found.sigma[0] >= found.n_channel[0] / 2.0


@pytest.mark.slow
def test_an_alloy_of_an_experiment_without_matrices_is_predicted_by_the_model_of_all_metals() -> (
    None
):
    lake = Lake.open(DATA / "contacts")
    wanted = 'elements HAS ALL "K","Rb" AND elements HAS ONLY "K","Rb"'
    rows = lake.query("label", [wanted], ["snapshot", "conductance_g0"]).sort_values("snapshot")
    alloy = load_predictor(DATA / "models" / "alkali-hamiltonian")

    found = alloy.predict(list(lake.junctions(rows["snapshot"].tolist()[:3])))

    assert found.reasons == ("", "", "")
    np.testing.assert_allclose(found.mean, rows["conductance_g0"][:3], atol=0.1)
