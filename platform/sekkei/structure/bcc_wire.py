"""Wires and slabs cut from the bcc crystal, in lattice constants."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.shapes import Float, Int

_REACH = 8
"""Sites are looked for so many half lattice constants along each cubic axis from the axis."""

_SAME_RADIUS = 1e-6


@dataclass(frozen=True, slots=True)
class Direction:
    """A direction of transport through bcc, and the two that lie across it."""

    along: tuple[int, int, int]
    """Miller indices of the direction of transport, +z."""

    x: tuple[int, int, int]
    """Miller indices of +x."""

    y: tuple[int, int, int]
    """Miller indices of +y."""

    period: float
    """Shortest translation along z."""

    cell: tuple[float, float]
    """Smallest rectangle after which a layer repeats along x and y."""


DIRECTIONS = {
    "bcc100": Direction((0, 0, 1), (1, 0, 0), (0, 1, 0), 1.0, (1.0, 1.0)),
    "bcc110": Direction((1, 1, 0), (1, -1, 0), (0, 0, 1), np.sqrt(2.0), (np.sqrt(2.0), 1.0)),
    "bcc111": Direction(
        (1, 1, 1), (1, -1, 0), (1, 1, -2), np.sqrt(3.0) / 2.0, (np.sqrt(2.0), np.sqrt(6.0))
    ),
}
"""Directions of transport by the first part of an electrode's name."""


def cut_wire(
    direction: Direction, axis: tuple[float, float], counts: Sequence[int]
) -> Float[np.ndarray, "atom 3"]:
    """Cut one period of a wire: in each layer the sites nearest its axis, complete shells only.

    Parameters
    ----------
    direction
        Of transport.
    axis
        Where the axis passes through the layer at z = 0, against an atom of that layer, in
        lattice constants along x and y: (0, 0) runs through an atom, others between some.
    counts
        Sites to keep in each layer of a period, upwards from z = 0.

    Returns
    -------
    ndarray
        Positions ``(n_atom, 3)`` in lattice constants against the axis, layer by layer, each
        from the axis outwards.

    Raises
    ------
    InvalidInputError
        If the period has another number of layers, or a count cuts a shell.

    Examples
    --------
    >>> cut_wire(DIRECTIONS["bcc100"], (0.0, 0.0), (5, 4)).shape
    (9, 3)
    """
    sites = _sites(direction) - [*axis, 0.0]
    heights = np.unique(sites[:, 2])
    if len(heights) != len(counts):
        raise InvalidInputError(
            f"a wire must have a count for each of the {len(heights)} layers of its period, but "
            f"found {len(counts)}"
        )
    layers = [sites[sites[:, 2] == z] for z in heights]
    return np.vstack([_shells(layer, n) for layer, n in zip(layers, counts, strict=True)])


def cut_slab(direction: Direction, n_x: int, n_y: int) -> Float[np.ndarray, "atom 3"]:
    """Cut one period of a crystal that goes on for ever across, with an atom at the origin.

    Parameters
    ----------
    direction
        Of transport.
    n_x, n_y
        Cells ``direction.cell`` along x and y.

    Returns
    -------
    ndarray
        Positions ``(n_atom, 3)`` in lattice constants, layer by layer.
    """
    sites = _sites(direction)
    inside = (sites[:, :2] > -_SAME_RADIUS) & (sites[:, :2] < np.array(direction.cell) - 1e-6)
    cell = sites[inside.all(axis=1)]
    shifts = [(i * direction.cell[0], j * direction.cell[1], 0.0) for i, j in np.ndindex(n_x, n_y)]
    slab = (cell[None] + np.array(shifts)[:, None]).reshape(-1, 3)
    return np.asarray(slab[np.lexsort(np.round(slab, 6).T)])


def _sites(direction: Direction) -> Float[np.ndarray, "site 3"]:
    """Sites of one period near the origin, an atom at the origin; z is exact within a layer."""
    grid = np.arange(-_REACH, _REACH + 1)
    doubled = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), axis=-1).reshape(-1, 3)
    # Twice the coordinates of a bcc site are all even or all odd.
    doubled = doubled[(doubled % 2 == doubled[:, :1] % 2).all(axis=1)]
    steps = doubled @ np.array(direction.along)
    last = round(2.0 * direction.period * np.linalg.norm(direction.along))
    in_period = (steps >= 0) & (steps < last)
    doubled, steps = doubled[in_period], steps[in_period]
    across = [_along(doubled, miller) for miller in (direction.x, direction.y)]
    return np.column_stack([*across, steps * (direction.period / last)])


def _along(
    doubled: Int[np.ndarray, "site 3"], miller: tuple[int, int, int]
) -> Float[np.ndarray, " site"]:
    return np.asarray(doubled @ np.array(miller) / (2.0 * np.linalg.norm(miller)))


def _shells(layer: Float[np.ndarray, "site 3"], n_site: int) -> Float[np.ndarray, "kept 3"]:
    radius = np.round(np.hypot(layer[:, 0], layer[:, 1]), 6)
    order = np.lexsort((np.round(layer[:, 1], 6), np.round(layer[:, 0], 6), radius))
    sizes = np.cumsum(np.unique(radius, return_counts=True)[1])
    if n_site not in sizes:
        raise InvalidInputError(
            f"the layers of a wire must be complete shells of {_some(sizes)} atoms, but found "
            f"{n_site}",
            n_site=n_site,
        )
    return layer[order[:n_site]]


def _some(sizes: Int[np.ndarray, " shell"]) -> str:
    return ", ".join(map(str, sizes[:6].tolist())) + ", …"
