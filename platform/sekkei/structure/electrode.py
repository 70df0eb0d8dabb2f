"""Electrodes: perfect wires and surfaces, known by one period."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.errors import InvalidInputError
from sekkei.shapes import Float, Int
from sekkei.structure.bcc_wire import DIRECTIONS, Direction, cut_slab, cut_wire
from sekkei.structure.element import lattice_constant
from sekkei.structure.junction import parse_element


@dataclass(frozen=True, slots=True, eq=False)
class Electrode(ReadOnlyArrays):
    """A wire, or a crystal with a surface, that repeats along z. Its arrays are read-only."""

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


@dataclass(frozen=True, slots=True)
class WireKind:
    """How one of the known wires is cut, before an element gives it a size."""

    positions: Callable[[], Float[np.ndarray, "atom 3"]]
    """One period in lattice constants, the axis at x = y = 0."""

    period: float
    """Length of one period in lattice constants."""


def build_electrode(name: str, element: str) -> Electrode:
    """Build a known wire or a surface: ideal lattice sites at the measured lattice constant.

    Parameters
    ----------
    name
        A name of `electrode_names`, or a surface. ``bcc100-5+4`` is a wire along [100] with five
        and four atoms in the two layers of a period; ``bcc110`` has two layers, too, ``bcc111``
        three. ``staggered-3`` is made of three-atom triangles, each turned by 60° against the
        one before. ``surface-bcc100-3x3`` is no wire but the whole crystal, with a lateral period
        of three by three cells of its surface.
    element
        Chemical symbol.

    Raises
    ------
    InvalidInputError
        If there is no such electrode or no lattice constant for the element.

    Examples
    --------
    >>> build_electrode("bcc100-5+4", "K").numbers.size
    9
    >>> build_electrode("surface-bcc110-2x3", "K").numbers.size
    24
    """
    number = parse_element(element)
    a = lattice_constant(element)
    surface = _SURFACE.fullmatch(name)
    if surface:
        return _surface(
            DIRECTIONS[surface["crystal"]], (int(surface["x"]), int(surface["y"])), number, a
        )
    if name not in _WIRES:
        raise InvalidInputError(
            f"an electrode must be one of {', '.join(_WIRES)} or a surface such as "
            f"surface-bcc100-3x3, but found {name!r}",
            name=name,
        )
    fractional = _WIRES[name].positions()
    return _frozen(np.full(len(fractional), number), fractional * a, _WIRES[name].period * a)


def electrode_names() -> tuple[str, ...]:
    """Return the names of the wires that `build_electrode` knows."""
    return tuple(_WIRES)


def _surface(direction: Direction, cells: tuple[int, int], number: int, a: float) -> Electrode:
    slab = cut_slab(direction, *cells)
    across = (float(cells[0] * direction.cell[0] * a), float(cells[1] * direction.cell[1] * a))
    return _frozen(np.full(len(slab), number), slab * a, direction.period * a, across)


def _frozen(
    numbers: np.ndarray,
    positions: np.ndarray,
    period: float,
    lateral_period: tuple[float, float] | None = None,
) -> Electrode:
    return Electrode(
        freeze(numbers, np.int64), freeze(positions, np.float64), float(period), lateral_period
    )


def _bcc100(first: list[tuple[float, float]], second: list[tuple[float, float]]) -> np.ndarray:
    rows = [(x, y, 0.0) for x, y in first] + [(x, y, 0.5) for x, y in second]
    return np.array(rows)


_SQUARE = [(-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)]
_CROSS = [(0.0, 0.0), (-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)]
_BLOCK = [(float(x), float(y)) for x in (-1, 0, 1) for y in (-1, 0, 1)]


# Faces of octahedra stacked along z, every edge a nearest-neighbour distance of the crystal.
_EDGE = np.sqrt(3.0) / 2.0
_SPACING = _EDGE * np.sqrt(2.0 / 3.0)


def _staggered() -> Float[np.ndarray, "atom 3"]:
    radius = _EDGE / np.sqrt(3.0)
    angles = np.deg2rad([90.0, 210.0, 330.0])
    layers = [
        np.column_stack([radius * np.cos(angles + turn), radius * np.sin(angles + turn), [z] * 3])
        for turn, z in ((0.0, 0.0), (np.pi, _SPACING))
    ]
    return np.vstack(layers)


def _cut(name: str, axis: tuple[float, float]) -> WireKind:
    crystal, _, layers = name.partition("-")
    direction = DIRECTIONS[crystal]
    counts = tuple(int(count) for count in layers.split("+"))
    return WireKind(lambda: cut_wire(direction, axis, counts), direction.period)


_ATOM = (0.0, 0.0)
_BOND_100 = (0.5, 0.0)
_BOND_110 = (0.0, 0.25)
_TRIANGLE_111 = (np.sqrt(2.0) / 6.0, 1.0 / np.sqrt(6.0))
"""Where axes pass that do not run through an atom."""

_WIRES: dict[str, WireKind] = {
    "staggered-3": WireKind(_staggered, 2.0 * _SPACING),
    # Written out: the order of their sites decides ties in the necks of contacts that exist.
    "bcc100-4+1": WireKind(lambda: _bcc100(_SQUARE, [(0.0, 0.0)]), 1.0),
    "bcc100-5+4": WireKind(lambda: _bcc100(_CROSS, _SQUARE), 1.0),
    "bcc100-9+4": WireKind(lambda: _bcc100(_BLOCK, _SQUARE), 1.0),
    **{name: _cut(name, _BOND_100) for name in ("bcc100-2+2", "bcc100-6+6", "bcc100-8+8")},
    "bcc100-9+12": _cut("bcc100-9+12", _ATOM),
    "bcc110-1+2": _cut("bcc110-1+2", _ATOM),
    "bcc110-4+4": _cut("bcc110-4+4", _BOND_110),
    **{
        name: _cut(name, _ATOM) for name in ("bcc110-5+4", "bcc110-7+4", "bcc110-7+8", "bcc110-9+8")
    },
    **{
        name: _cut(name, _TRIANGLE_111) for name in ("bcc111-1+1+1", "bcc111-2+2+2", "bcc111-4+4+4")
    },
    **{name: _cut(name, _ATOM) for name in ("bcc111-1+3+3", "bcc111-7+3+3", "bcc111-7+6+6")},
}

_SURFACE = re.compile(r"surface-(?P<crystal>bcc1[01]{2})-(?P<x>[1-9]\d?)x(?P<y>[1-9]\d?)")
