"""The junction record and its doors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.errors import InvalidInputError
from sekkei.shapes import Float, Int

LEFT, DEVICE, RIGHT = -1, 0, 1

SHORTEST_LATERAL_ANGSTROM = 2.0
"""Shorter lateral periods would put an atom on its own image."""


_MOST = 1e9
"""No whole number that an atom has is larger; far beyond, a float becomes any integer."""

FARTHEST_ANGSTROM = 1e6
"""Coordinates and periods beyond are no lengths of a junction, and overflow when squared."""


@dataclass(frozen=True, slots=True, eq=False)
class Junction(ReadOnlyArrays):
    """Atoms between two electrodes. Its arrays are read-only."""

    numbers: Int[np.ndarray, " atom"]
    """Atomic numbers."""

    positions: Float[np.ndarray, "atom 3"]
    """Cartesian positions in angstrom; transport runs along +z."""

    regions: Int[np.ndarray, " atom"]
    """-1 left lead, 0 device, +1 right lead; each lead holds whole periods of its electrode."""

    electrode_period: float
    """Length of one period of the electrodes along z, in angstrom."""

    lateral_period: tuple[float, float] | None = None
    """Lengths along x and y after which everything repeats, in angstrom; None in vacuum."""

    @classmethod
    def from_sequences(
        cls,
        numbers: Sequence[int] | np.ndarray,
        positions_angstrom: Sequence[Sequence[float]] | np.ndarray,
        regions: Sequence[int] | np.ndarray,
        electrode_period_angstrom: float,
        lateral_period_angstrom: tuple[float, float] | None = None,
    ) -> "Junction":
        """Build a junction from plain sequences, checking shapes and ranges.

        Parameters
        ----------
        numbers, positions_angstrom, regions
            Atomic numbers ``(n_atom,)``, positions ``(n_atom, 3)`` and regions ``(n_atom,)``.
        electrode_period_angstrom
            Of both leads, along z.
        lateral_period_angstrom
            Lengths along x and y after which everything repeats, for leads that are surfaces;
            absent for a wire in vacuum.

        Raises
        ------
        InvalidInputError
            If lengths disagree, a number is not finite or beyond `FARTHEST_ANGSTROM`, an atom is
            of no element, a region is not -1, 0 or +1, an end has no lead, the period is no
            positive number, or a lateral period is too short.
        """
        z = _integers(numbers, "atomic numbers")
        xyz = np.array(positions_angstrom, dtype=np.float64)
        region = _integers(regions, "regions")
        period = _length(electrode_period_angstrom)
        _check(z, xyz, region, period)
        across = _lateral_period(lateral_period_angstrom)
        return cls(
            freeze(z), freeze(xyz), freeze(region), electrode_period=period, lateral_period=across
        )

    @classmethod
    def from_atoms(cls, atoms: Atoms) -> "Junction":
        """Build a junction from ASE atoms that follow the input convention.

        Parameters
        ----------
        atoms
            With an integer array ``region`` of shape ``(n_atom,)`` and
            ``info["electrode_period_angstrom"]``. Periodic along x and y, they are between
            surfaces, and the cell holds the lateral periods; otherwise it does not count.

        Raises
        ------
        InvalidInputError
            If either is missing, atoms are periodic along only one of x and y or in a cell that
            is not rectangular, or anything that `from_sequences` refuses.
        """
        if "region" not in atoms.arrays:
            found = ", ".join(sorted(set(atoms.arrays) - {"numbers", "positions"})) or "no other"
            raise InvalidInputError(
                "every atom must have a region (-1 left lead, 0 device, +1 right lead), but the "
                f"structure has {found} columns; add region:I:1 to Properties of the extxyz, or "
                "see what --find-leads proposes"
            )
        if "electrode_period_angstrom" not in atoms.info:
            raise InvalidInputError(
                "the header must have electrode_period_angstrom, but has "
                f"{', '.join(sorted(atoms.info)) or 'nothing'}; write "
                "electrode_period_angstrom=5.33 into the comment line of the extxyz"
            )
        return cls.from_sequences(
            atoms.numbers,
            atoms.positions,
            atoms.arrays["region"],
            _length(atoms.info["electrode_period_angstrom"]),
            lateral_period_of(atoms),
        )

    def to_atoms(self) -> Atoms:
        """Return ASE atoms that `from_atoms` reads back."""
        atoms = Atoms(numbers=self.numbers, positions=self.positions)
        atoms.set_array("region", np.array(self.regions), dtype=int)
        atoms.info["electrode_period_angstrom"] = self.electrode_period
        if self.lateral_period is not None:
            # Along z nothing repeats; the cell is as long as the atoms only to be drawn.
            atoms.cell = [*self.lateral_period, float(np.ptp(self.positions[:, 2]))]
            atoms.pbc = (True, True, False)
        return atoms

    @property
    def n_atom(self) -> int:
        """Number of atoms."""
        return int(self.numbers.size)


def lateral_period_of(atoms: Atoms) -> tuple[float, float] | None:
    """Return the lengths after which ASE atoms repeat along x and y; None for a wire.

    Raises
    ------
    InvalidInputError
        If they are periodic along only one of x and y, or in a cell that is not rectangular.
    """
    x, y = (bool(is_periodic) for is_periodic in atoms.pbc[:2])
    if not (x or y):
        return None
    cell = np.array(atoms.cell)
    if not (x and y):
        raise InvalidInputError(
            "a junction must be periodic along both x and y (surfaces) or along none (wires), but "
            f'pbc is "{"T" if x else "F"} {"T" if y else "F"}" there; write pbc="T T F" or '
            'pbc="F F F" into the comment line'
        )
    if np.abs(cell[~np.eye(3, dtype=bool)]).max() > 1e-6:
        raise InvalidInputError(
            "the cell of a junction between surfaces must be rectangular along x, y and z, but "
            f"Lattice is {' '.join(f'{length:g}' for length in cell.ravel())}; repeat the surface "
            'until it is, or write pbc="F F F" for a wire'
        )
    return float(cell[0, 0]), float(cell[1, 1])


def parse_element(symbol: str) -> int:
    """Return the atomic number of an element.

    Raises
    ------
    InvalidInputError
        If no element has that symbol.
    """
    if symbol not in atomic_numbers or symbol == "X":
        raise InvalidInputError(
            f"an element must be a chemical symbol, but found {symbol!r}; try Li, Na, K, Rb or Cs",
            symbol=symbol,
        )
    return int(atomic_numbers[symbol])


def _integers(values: Sequence[int] | np.ndarray, what: str) -> Int[np.ndarray, " atom"]:
    """Return whole numbers as such; nothing is rounded."""
    try:
        given = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"{what} must be whole numbers, but found {str(values)[:40]}; a region is -1, 0 or +1"
        ) from error
    bad = np.flatnonzero(~((given == np.round(given)) & (np.abs(given) < _MOST)))
    if given.ndim == 1 and len(bad):
        raise InvalidInputError(
            f"{what} must be whole numbers, but atom {bad[0]} has {given[bad[0]]:g}; a region is "
            "-1, 0 or +1",
            atoms=bad.tolist(),
        )
    return given.astype(np.int64)


def _length(period: Any) -> float:
    """Return a period that was given as a number; a key without a value is read as true."""
    is_number = np.ndim(period) == 0 and not isinstance(period, bool | np.bool_ | str)
    try:
        if is_number:
            return float(period)
    except (TypeError, ValueError):
        pass  # said below
    found = "no value" if isinstance(period, bool | np.bool_) else repr(period)
    raise InvalidInputError(
        f"the electrode period must be one number, in Å and without a unit, but found {found}; "
        "write electrode_period_angstrom=5.33 into the comment line of the extxyz"
    )


def _lateral_period(lengths: tuple[float, float] | None) -> tuple[float, float] | None:
    if lengths is None:
        return None
    x, y = (float(length) for length in lengths)
    if not all(SHORTEST_LATERAL_ANGSTROM <= length <= FARTHEST_ANGSTROM for length in (x, y)):
        raise InvalidInputError(
            f"the lateral periods must be at least {SHORTEST_LATERAL_ANGSTROM:g} Å and at most "
            f"{FARTHEST_ANGSTROM:g} Å, but found {x:g} and {y:g} Å; leave them out for a "
            "wire in vacuum",
            lateral_period_angstrom=(x, y),
        )
    return x, y


def _check(z: np.ndarray, xyz: np.ndarray, region: np.ndarray, period: float) -> None:
    if xyz.shape != (z.size, 3) or region.shape != (z.size,) or z.size == 0:
        raise InvalidInputError(
            "a junction needs n numbers, (n, 3) positions and n regions with n > 0, but found "
            f"shapes {z.shape}, {xyz.shape} and {region.shape}; pass arrays of equal length"
        )
    check_positions(xyz)
    stray = np.flatnonzero((z < 1) | (z >= len(chemical_symbols)))
    if len(stray):
        raise InvalidInputError(
            f"atoms must be of known elements, but atom {stray[0]} has the atomic number "
            f"{z[stray[0]]}; was a type read as an element?",
            atoms=stray.tolist(),
        )
    unknown = sorted(set(region.tolist()) - {LEFT, DEVICE, RIGHT})
    if unknown:
        raise InvalidInputError(
            f"a region must be -1, 0 or +1, but found {unknown}; -1 is the left lead"
        )
    if not ((region == LEFT).any() and (region == RIGHT).any()):
        raise InvalidInputError(
            "a junction must have a lead at each end, but found "
            f"{int((region == LEFT).sum())} atoms of region -1 and "
            f"{int((region == RIGHT).sum())} of region +1; mark at least one period at each end"
        )
    if not 0 < period <= FARTHEST_ANGSTROM:
        raise InvalidInputError(
            f"the electrode period must be a positive length of at most {FARTHEST_ANGSTROM:g} Å, "
            f"but found {period} Å",
            electrode_period_angstrom=period,
        )


def check_positions(xyz: Float[np.ndarray, "atom 3"]) -> None:
    """Refuse positions that are not finite, or no length of a junction.

    Raises
    ------
    InvalidInputError
        Naming the atoms.
    """
    if not np.isfinite(xyz).all():
        bad = np.flatnonzero(~np.isfinite(xyz).all(axis=1)).tolist()
        raise InvalidInputError(
            f"positions must be finite, but atoms {bad} are not; did the dynamics blow up?"
        )
    far = np.abs(xyz).max(axis=1)
    if (far > FARTHEST_ANGSTROM).any():
        worst = int(far.argmax())
        raise InvalidInputError(
            f"positions must be within {FARTHEST_ANGSTROM:g} Å of the origin, but atom {worst} has "
            f"a coordinate of {far[worst]:g} Å; did the dynamics blow up, or is it another unit?"
        )
