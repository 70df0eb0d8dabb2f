"""Measured constants of the elements that Sekkei treats."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from ase.data import chemical_symbols

from sekkei.errors import InvalidInputError, LabelError
from sekkei.shapes import Int


@dataclass(frozen=True, slots=True)
class Element:
    """Measured constants of one bcc metal."""

    lattice_constant: float
    """Cubic lattice constant in angstrom."""

    cohesive_energy: float
    """Cohesive energy in eV per atom."""

    fermi_wavevector: float
    """Free-electron Fermi wavevector in 1/angstrom."""


def element(symbol: str) -> Element:
    """Look up an element.

    Raises
    ------
    InvalidInputError
        If Sekkei has no constants for it.
    """
    table = _table()
    if symbol not in table:
        raise InvalidInputError(
            f"the element must be one of {', '.join(table)}, but found {symbol!r}",
            symbol=symbol,
        )
    return table[symbol]


def known_elements() -> tuple[str, ...]:
    """Return the symbols that `element` knows, lightest first."""
    return tuple(_table())


def symbols_of(numbers: Int[np.ndarray, " atom"]) -> list[str]:
    """Return the symbols of atomic numbers, all of which must be known.

    Raises
    ------
    LabelError
        Naming the others.
    """
    symbols = [chemical_symbols[number] for number in numbers]
    strangers = sorted(set(symbols) - set(known_elements()))
    if strangers:
        raise LabelError(
            f"every atom must be one of {', '.join(known_elements())}, but found "
            f"{', '.join(strangers)}; replace or remove such atoms",
            elements=strangers,
        )
    return symbols


def lattice_constant(symbol: str) -> float:
    """Return the measured lattice constant in angstrom."""
    return element(symbol).lattice_constant


@cache
def _table() -> dict[str, Element]:
    raw = json.loads((files("sekkei.structure") / "data" / "elements.json").read_text("utf-8"))
    return {
        symbol: Element(
            lattice_constant=row["lattice_constant_angstrom"],
            cohesive_energy=row["cohesive_energy_ev"],
            fermi_wavevector=row["fermi_wavevector_inverse_angstrom"],
        )
        for symbol, row in raw["elements"].items()
    }
