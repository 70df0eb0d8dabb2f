"""The direct model of all alkali metals that is shipped predicts at once, without training."""

from functools import cache
from pathlib import Path

import ase.io
import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.model import DirectModel, load_predictor
from sekkei.model.spectra import with_channels, with_spectra
from sekkei.structure.electrode import build_electrode
from sekkei.structure.junction import Junction

DATA = Path(__file__).parents[3] / "data"


@cache
def model() -> DirectModel:
    found = load_predictor(DATA / "models" / "alkali-direct")
    assert isinstance(found, DirectModel)
    return found


@pytest.mark.parametrize(
    ("elements", "atoms"), [('"K"', "< 82"), ('"K"', "> 110"), ('"Na"', "< 82"), ('"Cs"', "< 82")]
)
def test_shipped_contacts_are_predicted_near_their_labels(elements: str, atoms: str) -> None:
    lake = Lake.open(DATA / "contacts")
    wanted = f"elements HAS ONLY {elements} AND nsites {atoms}"
    rows = lake.query("label", [wanted], ["snapshot", "conductance_g0"]).sort_values("snapshot")
    rows = rows.iloc[:: max(1, len(rows) // 8)]

    found = model().predict(list(lake.junctions(rows["snapshot"].tolist())))

    # Cross-validation errs by 0.10 (K, small) to 0.15 G0 (Na) on average.
    assert set(found.reasons) == {""}
    assert np.abs(found.mean - rows["conductance_g0"].to_numpy()).mean() < 0.25


@pytest.mark.parametrize("name", ["sodium", "sodium-potassium", "potassium"])
def test_intervals_hold_contacts_drawn_at_random(name: str) -> None:
    frames = ase.io.read(DATA / "drawn-contacts" / f"{name}.extxyz", index=":")
    labels = np.array([atoms.info["conductance_g0"] for atoms in frames])

    found = model().predict([Junction.from_atoms(atoms) for atoms in frames])

    # 16 or 20 labels measure a share to about 0.12.
    error = np.abs(found.mean - labels)
    assert set(found.reasons) == {""}
    assert error.mean() < 0.25
    assert (error <= found.sigma).mean() > 0.55
    assert found.sigma.max() < 0.6


def test_a_perfect_wire_that_no_label_has_conducts_about_its_channels() -> None:
    # Ten by its own bands from first principles.
    wire = build_electrode("bcc111-4+4+4", "K")
    many, n = wire.repeated(8), 2 * wire.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1

    found = model().predict(
        [Junction.from_sequences(many.numbers, many.positions, regions, wire.period)]
    )

    assert found.mean[0] == pytest.approx(10.0, abs=1.0)
    assert "an electrode that it was not trained on" in found.reasons[0]


def test_contacts_between_wide_wires_are_predicted_without_a_label_of_first_principles() -> None:
    # It learned from what the shipped Hamiltonian says of other experiments between such wires.
    found = load_predictor(DATA / "models" / "potassium-direct")
    frames = ase.io.read(DATA / "wide-contacts" / "potassium.extxyz", index="::4")
    labels = np.array([atoms.info["conductance_g0"] for atoms in frames])

    predicted = found.predict([Junction.from_atoms(atoms) for atoms in frames])

    assert set(predicted.reasons) == {""}
    assert np.abs(predicted.mean - labels).mean() < 0.2
    assert (np.abs(predicted.mean - labels) < 1.645 * predicted.sigma).mean() > 0.7


def test_the_spectrum_of_a_contact_is_its_prediction_at_the_fermi_level() -> None:
    frames = ase.io.read(DATA / "drawn-contacts" / "potassium.extxyz", index=":2")
    junctions = [Junction.from_atoms(atoms) for atoms in frames]

    spectra = with_spectra(model()).spectra(junctions, np.array([-0.03, 0.0, 0.03]))

    assert spectra[:, 1] == pytest.approx(model().predict(junctions).mean, abs=1e-9)
    alone = with_spectra(model()).spectra(junctions[1:], np.array([-0.03, 0.0, 0.03]))
    assert alone[0] == pytest.approx(spectra[1], abs=1e-9)


def test_a_model_with_matrices_is_needed_for_channels() -> None:
    with pytest.raises(InvalidInputError, match="family direct have none; take a learned"):
        with_channels(model())
