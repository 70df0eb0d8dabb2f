"""Electrodes: perfect wires, known by one period."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from sekkei.errors import InvalidInputError
from sekkei.structure.element import lattice_constant
from sekkei.structure.junction import parse_element


@dataclass(frozen=True, slots=True, eq=False)
class Electrode:
    """A wire that repeats along z for ever. Its arrays are read-only."""

    numbers: Int[np.ndarray, " atom"]
    """Atomic numbers of one period."""

    positions: Float[np.ndarray, "atom 3"]
    """Positions of one period in angstrom, ``0 <= z < period``, the axis at x = y = 0."""

    period: float
    """Length of one period along z, in angstrom."""

    lateral_period: tuple[float, float] | None = None
    """Lengths along x and y after which a surface repeats, in angstrom; None for a wire."""

    def repeated(self, n_period: int) -> "Electrode":
        """Return the same wire, described by ``n_period`` periods as one."""
        shifts = np.repeat(np.arange(n_period), self.numbers.size)[:, None] * [0, 0, self.period]
        return _frozen(
            np.tile(self.numbers, n_period),
            np.tile(self.positions, (n_period, 1)) + shifts,
            self.period * n_period,
            self.lateral_period,
        )


def build_electrode(name: str, element: str) -> Electrode:
    """Build one of the known wires, ideal lattice sites at the measured lattice constant.

    Parameters
    ----------
    name
        ``staggered-3`` (three-atom triangles, each turned by 60° against the one before);
        ``bcc100-4+1``, ``bcc100-5+4``, ``bcc100-9+4`` (bcc along [100], atoms in the two layers
        of a period).
    element
        Chemical symbol.

    Raises
    ------
    InvalidInputError
        If there is no such wire or no lattice constant for the element.

    Examples
    --------
    >>> build_electrode("bcc100-5+4", "K").numbers.size
    9
    """
    if name not in _WIRES:
        raise InvalidInputError(
            f"an electrode must be one of {', '.join(_WIRES)}, but found {name!r}", name=name
        )
    number = parse_element(element)
    fractional, period = _WIRES[name]()
    a = lattice_constant(element)
    return _frozen(np.full(len(fractional), number), fractional * a, period * a)


def electrode_names() -> tuple[str, ...]:
    """Return the names that `build_electrode` knows."""
    return tuple(_WIRES)


def _frozen(
    numbers: np.ndarray,
    positions: np.ndarray,
    period: float,
    lateral_period: tuple[float, float] | None = None,
) -> Electrode:
    numbers, positions = numbers.astype(np.int64), positions.astype(np.float64)
    numbers.setflags(write=False)
    positions.setflags(write=False)
    return Electrode(numbers, positions, float(period), lateral_period)


def _bcc100(first: list[tuple[float, float]], second: list[tuple[float, float]]) -> np.ndarray:
    rows = [(x, y, 0.0) for x, y in first] + [(x, y, 0.5) for x, y in second]
    return np.array(rows)


_SQUARE = [(-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)]
_CROSS = [(0.0, 0.0), (-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)]
_BLOCK = [(float(x), float(y)) for x in (-1, 0, 1) for y in (-1, 0, 1)]


def _staggered() -> tuple[np.ndarray, float]:
    # Faces of octahedra stacked along z, every edge a nearest-neighbour distance of the crystal.
    edge = np.sqrt(3.0) / 2.0
    radius, spacing = edge / np.sqrt(3.0), edge * np.sqrt(2.0 / 3.0)
    angles = np.deg2rad([90.0, 210.0, 330.0])
    layers = [
        np.column_stack([radius * np.cos(angles + turn), radius * np.sin(angles + turn), [z] * 3])
        for turn, z in ((0.0, 0.0), (np.pi, spacing))
    ]
    return np.vstack(layers), 2.0 * spacing


_WIRES: dict[str, Callable[[], tuple[np.ndarray, float]]] = {
    "staggered-3": _staggered,
    "bcc100-4+1": lambda: (_bcc100(_SQUARE, [(0.0, 0.0)]), 1.0),
    "bcc100-5+4": lambda: (_bcc100(_CROSS, _SQUARE), 1.0),
    "bcc100-9+4": lambda: (_bcc100(_BLOCK, _SQUARE), 1.0),
}
