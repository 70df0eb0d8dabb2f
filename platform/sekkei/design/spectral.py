"""A quantity of T(E), as labels and models say it of structures."""

from collections.abc import Callable, Sequence

import numpy as np

from sekkei.design.specification import DesignSpec
from sekkei.design.spectrum import OPEN_G0, SHIFTS_EV, Spectrum, fano_of
from sekkei.errors import InvalidInputError, LabelError
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

    A value is NaN where nothing conducts. Of a junction that the model cannot treat, as between an
    electrode that it does not know, anything may be.

    Raises
    ------
    InvalidInputError
        If the model does not say enough of T(E).
    """
    values_of = _reader(spectrum, predictor)
    means, sigmas = np.zeros(len(junctions)), np.zeros(len(junctions))
    for i, junction in enumerate(junctions):
        try:
            means[i], sigmas[i] = _middle_and_spread(spectrum, values_of(junction))
        except LabelError:
            means[i], sigmas[i] = spectrum.unknown
    return means, sigmas


def _reader(spectrum: Spectrum, predictor: Predictor) -> Callable[[Junction], list[float | None]]:
    """Return what reads the values of a junction at the shifts of levels."""
    grid = spectrum.grid()
    if spectrum.quantity == "fano":
        of_channels = with_channels(predictor)
        return lambda one: [fano_of(row) for row in of_channels.eigenchannels(one, grid)]
    of_curves = with_spectra(predictor)
    of_curves.spectra([], grid)  # Some say only when they are asked that they know one energy.

    def of_curve(junction: Junction) -> list[float | None]:
        (curve,) = of_curves.spectra([junction], grid)
        return [spectrum.of_curve(grid, curve, at) for at in SHIFTS_EV]

    return of_curve


def _middle_and_spread(spectrum: Spectrum, each: list[float | None]) -> tuple[float, float]:
    found = np.array(each, dtype=np.float64)
    middle = float(found[len(SHIFTS_EV) // 2])
    # At another level nothing may conduct: that says no more than the least.
    known = found[~np.isnan(found)]
    spread = 0.0 if np.isnan(middle) else float(known.std())
    return middle, max(spread, spectrum.least_sigma)
