"""A quantity of T(E), as labels and models say it of structures."""

from collections.abc import Sequence

import numpy as np

from sekkei.design.specification import DesignSpec
from sekkei.design.spectrum import OPEN_G0, SHIFTS_EV, Spectrum, fano_of
from sekkei.errors import InvalidInputError
from sekkei.model.predictor import Predictor
from sekkei.model.spectra import with_channels, with_spectra
from sekkei.shapes import Float
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Label


def value_of_label(spectrum: Spectrum, label: Label) -> float | None:
    """Return the value by a label; ``None`` if nothing conducts.

    Raises
    ------
    InvalidInputError
        If the labeler gives no eigenchannels, or T(E) is not known far enough.
    """
    if spectrum.quantity != "fano":
        return spectrum.of_curve(label.energies, label.transmission)
    if not label.eigenchannels.size and label.conductance >= OPEN_G0:
        raise InvalidInputError(
            f"a Fano factor needs eigenchannels, but labels by {label.engine} have none; take a "
            "wire as electrode and a labeler that has matrices, such as gpaw"
        )
    return fano_of(label.eigenchannels)


def values_by_model(
    spec: DesignSpec, predictor: Predictor, junctions: Sequence[Junction]
) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
    """Return what a design asks for beside the conductance, by a model; see `estimated_values`.

    Raises
    ------
    InvalidInputError
        If it asks for nothing else.
    """
    if spec.spectrum is None:
        raise InvalidInputError(
            "a design must ask for a spectrum before one is estimated, but asks for a conductance "
            "alone; name a quantity in spectrum"
        )
    return estimated_values(spec.spectrum, predictor, junctions)


def estimated_values(
    spectrum: Spectrum, predictor: Predictor, junctions: Sequence[Junction]
) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
    """Return values by a model, and how far a shift of its levels moves each.

    A value is NaN where nothing conducts.

    Raises
    ------
    InvalidInputError
        If the model does not say enough of T(E).
    LabelError
        If it cannot treat one of the junctions.
    """
    grid = spectrum.grid()
    each: list[list[float | None]]
    if spectrum.quantity == "fano":
        known = with_channels(predictor)
        each = [
            [fano_of(row) for row in known.eigenchannels(junction, grid)] for junction in junctions
        ]
    else:
        curves = with_spectra(predictor).spectra(junctions, grid)
        each = [[spectrum.of_curve(grid, curve, at) for at in SHIFTS_EV] for curve in curves]
    found = np.array(each, dtype=np.float64).reshape(len(junctions), len(SHIFTS_EV))
    middle = found[:, len(SHIFTS_EV) // 2]
    # At another level nothing may conduct: that says no more than the least.
    shifted = np.where(np.isnan(found), middle[:, None], found)
    sigma = np.where(np.isnan(middle), 0.0, shifted.std(axis=1))
    return middle, np.maximum(sigma, spectrum.least_sigma)
