"""Finnis-Sinclair potentials as tables that LAMMPS reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from ase.data import atomic_masses, atomic_numbers

from sekkei.shapes import Float

PairFunction = Callable[[str, str, Float[np.ndarray, " radius"]], Float[np.ndarray, " radius"]]
"""A function of two chemical symbols and of distances in angstrom."""


@dataclass(frozen=True, slots=True)
class TableGrid:
    """Where the functions of a potential are tabulated."""

    reach: float
    """Largest cut-off in angstrom."""

    density_step: float
    """Spacing of the densities."""

    n_density: int
    """Number of densities, from 0."""

    radius_step: float = 0.01
    """Spacing of the distances in angstrom."""


def potential_table(
    title: str,
    lengths: Mapping[str, float],
    grid: TableGrid,
    density: PairFunction,
    pair_energy: PairFunction,
) -> str:
    r"""Return a LAMMPS ``eam/fs`` table in which every atom binds by the root of its density.

    Parameters
    ----------
    title
        The first line.
    lengths
        Chemical symbols, in the order of the table, to the length in angstrom that it shows.
    grid
        Where to tabulate. LAMMPS puts cubic splines through it.
    density
        What a neighbour adds to the density of an atom, symmetric in the two.
    pair_energy
        V in eV, of the whole pair.

    Notes
    -----
    .. math:: E = \sum_{i<j} V(r_{ij}) - \sum_i \Big[\sum_j \phi(r_{ij})\Big]^{1/2}

    after [1]_.

    References
    ----------
    .. [1] M. W. Finnis and J. E. Sinclair, Philos. Mag. A 50, 45 (1984),
       doi:10.1080/01418618408244210.
    """
    r = np.arange(int(np.ceil(grid.reach / grid.radius_step)) + 3) * grid.radius_step
    embedding = -np.sqrt(np.arange(grid.n_density) * grid.density_step)
    lines = [title, "written by sekkei", "eV and angstrom", f"{len(lengths)} {' '.join(lengths)}"]
    lines += [
        f"{grid.n_density} {grid.density_step!r} {r.size} {grid.radius_step!r} {grid.reach!r}"
    ]
    for symbol, length in lengths.items():
        number = atomic_numbers[symbol]
        lines += [f"{number} {float(atomic_masses[number])!r} {length!r} bcc"]
        lines += _column(embedding)
        for other in lengths:
            lines += _column(density(symbol, other, r))
    for second, first in _lower_triangle(list(lengths)):
        lines += _column(r * pair_energy(first, second, r))
    return "\n".join(lines) + "\n"


def _lower_triangle(symbols: list[str]) -> list[tuple[str, str]]:
    # LAMMPS wants (1,1), (2,1), (2,2), (3,1), …
    return [(symbols[j], symbols[i]) for i in range(len(symbols)) for j in range(i + 1)]


def _column(values: np.ndarray) -> list[str]:
    return [repr(value) for value in values.tolist()]
