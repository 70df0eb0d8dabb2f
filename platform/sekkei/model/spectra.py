"""What a predictor says of T(E) and of eigenchannels, where it says more than a conductance."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.model.predictor import Predictor
from sekkei.shapes import Float
from sekkei.structure.junction import Junction


@runtime_checkable
class SpectralPredictor(Predictor, Protocol):
    """A predictor that knows T at other energies than the Fermi level."""

    def spectra(
        self, junctions: Sequence[Junction], energies: Float[np.ndarray, " energy"], /
    ) -> Float[np.ndarray, "junction energy"]:
        """Return T(E) of junctions at energies in eV against the Fermi level.

        Raises
        ------
        LabelError
            If one of them cannot be treated.
        """
        ...


@runtime_checkable
class ChannelPredictor(Predictor, Protocol):
    """A predictor that knows through which channels electrons go."""

    def eigenchannels(
        self, junction: Junction, energies: Float[np.ndarray, " energy"], /
    ) -> Float[np.ndarray, "energy channel"]:
        """Return eigenchannel transmissions at energies in eV against the Fermi level.

        They are descending; their sum is T(E).

        Raises
        ------
        LabelError
            If the junction cannot be treated.
        """
        ...


def with_spectra(predictor: Predictor) -> SpectralPredictor:
    """Return a predictor if it knows T at several energies.

    Raises
    ------
    InvalidInputError
        If it knows one energy only.
    """
    if not isinstance(predictor, SpectralPredictor):
        raise InvalidInputError(
            "T at several energies needs a model that knows them, but those of the family "
            f"{predictor.family} do not; take a direct model or a learned Hamiltonian",
            family=predictor.family,
        )
    return predictor


def with_channels(predictor: Predictor) -> ChannelPredictor:
    """Return a predictor if it knows eigenchannels.

    Raises
    ------
    InvalidInputError
        If it knows none.
    """
    if not isinstance(predictor, ChannelPredictor):
        raise InvalidInputError(
            "eigenchannels, of which a Fano factor is made, need a model that has matrices, but "
            f"those of the family {predictor.family} have none; take a learned Hamiltonian, such "
            "as data/models/alkali-hamiltonian",
            family=predictor.family,
        )
    return predictor
