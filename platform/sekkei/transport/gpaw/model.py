"""Which electrons are computed, in which functional: the recipe's model, and what checks it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from ase.data import chemical_symbols
from gpaw.basis_data import Basis

from sekkei.errors import InvalidInputError
from sekkei.shapes import Int
from sekkei.transport.gpaw.basis import grid_spacing_angstrom, make_basis
from sekkei.transport.gpaw.builder import ManyElectronMode, OneElectronMode
from sekkei.transport.gpaw.many_electron import (
    MANY_ELECTRON_BASIS_VERSION,
    many_electron_basis,
    many_electron_spacing,
)
from sekkei.transport.gpaw.mixer import AtomicScreeningMixer, ScreeningMixer
from sekkei.transport.gpaw.numerics import BasisName, DftNumerics
from sekkei.units import BOHR_ANGSTROM


@dataclass(frozen=True, slots=True)
class ElectronModel:
    """What stands for the atoms in a calculation."""

    name: str
    """As the engine of a label shows it."""

    functional: str
    """Of exchange and correlation, in GPAW's word."""

    setups: str
    """GPAW's word for the potentials of the cores."""

    mode: type[ManyElectronMode]
    """How a calculation is put together."""

    mixer: type[ScreeningMixer]
    """How densities are mixed."""

    basis: Callable[[str, BasisName], Basis]
    """Functions on an atom of an element."""

    spacing: Callable[[str], float]
    """Coarsest grid that an element allows, in angstrom."""

    identity: tuple[str | int, ...] = ()
    """What a recipe holds of it; nothing for the model that was there first."""

    def grid_spacing(self, numbers: Int[np.ndarray, " atom"], numerics: DftNumerics) -> float:
        """Return the spacing of the real-space grid for some elements, in angstrom."""
        needed = [self.spacing(chemical_symbols[number]) for number in np.unique(numbers)]
        return numerics.grid_spacing_angstrom or min(needed)

    def orbital_reach(self, numbers: Int[np.ndarray, " atom"], numerics: DftNumerics) -> float:
        """Return the largest cut-off radius of the basis functions, in angstrom."""
        functions = [
            function
            for number in np.unique(numbers)
            for function in self.basis(chemical_symbols[number], numerics.basis).bf_j
        ]
        return max(function.rc or 0.0 for function in functions) * BOHR_ANGSTROM

    def orbital_atoms(
        self, numbers: Int[np.ndarray, " atom"], numerics: DftNumerics
    ) -> Int[np.ndarray, " orbital"]:
        """Return the atom of each orbital."""
        counts = [self.basis(chemical_symbols[number], numerics.basis).nao for number in numbers]
        return np.repeat(np.arange(len(numbers)), counts)


ONE_ELECTRON = ElectronModel(
    "hgh-1e",
    "LDA",
    "hgh",
    OneElectronMode,
    ScreeningMixer,
    make_basis,
    grid_spacing_angstrom,
)
"""One electron an atom in HGH pseudopotentials: what labels are made with."""


def _many_electrons(functional: str) -> ElectronModel:
    name = "paw"
    return ElectronModel(
        name,
        functional,
        "paw",
        ManyElectronMode,
        AtomicScreeningMixer,
        many_electron_basis,
        many_electron_spacing,
        (name, functional, MANY_ELECTRON_BASIS_VERSION),
    )


MODELS: Mapping[str, ElectronModel] = MappingProxyType(
    {
        "one-electron": ONE_ELECTRON,
        "many-electron-lda": _many_electrons("LDA"),
        "many-electron-pbe": _many_electrons("PBE"),
    }
)
"""By the name that options give."""


def find_electron_model(name: object) -> ElectronModel:
    """Return a model by its name, whatever was given for one.

    Raises
    ------
    InvalidInputError
        If there is no such model.
    """
    if not isinstance(name, str) or name not in MODELS:
        raise InvalidInputError(f"model must be one of {', '.join(MODELS)}, but found {name!r}")
    return MODELS[name]
