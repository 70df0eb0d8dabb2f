"""Integrals of two centres: overlaps, kinetic energies and nonlocal potentials, as tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline

from sekkei.errors import LabelError
from sekkei.shapes import Float


@dataclass(frozen=True, eq=False)
class AtomFunctions:
    """Basis functions and projectors of one element."""

    shells: tuple[int, ...]
    """Angular momentum of each radial function; its 2l + 1 orbitals stand in the order -l … l."""

    projectors: tuple[int, ...]
    """The same of the projectors of the nonlocal potential."""

    radii: Float[np.ndarray, " radius"]
    """In angstrom, from 0 to where all functions vanish."""

    radial: Float[np.ndarray, "radius shell"]
    """Radial functions over r^l, in angstrom^(-3/2 - l); times r^l Y_lm they are the orbitals."""

    strength: Float[np.ndarray, "projector projector"]
    """Of the nonlocal potential in eV."""

    overlap: Float[np.ndarray, "orbital orbital"]
    """Within the atom."""

    kinetic: Float[np.ndarray, "orbital orbital"]
    """Within the atom, in eV."""

    projection: Float[np.ndarray, "orbital projector"]
    """Orbitals on the atom's own projectors."""

    projector_reach: float
    """Radius in angstrom beyond which projectors vanish."""

    @property
    def reach(self) -> float:
        """Radius in angstrom beyond which orbitals vanish."""
        return float(self.radii[-1])

    @property
    def n_orbital(self) -> int:
        """Number of orbitals."""
        return sum(2 * angular + 1 for angular in self.shells)

    @cached_property
    def splines(self) -> CubicSpline:
        """The radial functions, ``(shell,)`` at a radius."""
        return CubicSpline(self.radii, self.radial, axis=0)


@dataclass(frozen=True, eq=False)
class PairIntegrals:
    """Integrals between two atoms that stand above each other along z, the first below."""

    distances: Float[np.ndarray, " distance"]
    """In angstrom, ascending; beyond the last all integrals are zero."""

    overlap: Float[np.ndarray, "distance first second"]
    """Between orbitals."""

    kinetic: Float[np.ndarray, "distance first second"]
    """The same of the kinetic energy, in eV."""

    projection: Float[np.ndarray, "distance first projector"]
    """Orbitals of the first atom on projectors of the second."""

    @cached_property
    def splines(self) -> Mapping[str, CubicSpline]:
        """The tables by name, ``(first, second)`` at a distance."""
        tables = {
            "overlap": self.overlap,
            "kinetic": self.kinetic,
            "projection": self.projection,
        }
        return {name: CubicSpline(self.distances, table) for name, table in tables.items()}


@dataclass(frozen=True, eq=False)
class TwoCentreTables:
    """All that is exact about a basis: what a learner must not learn."""

    atoms: Mapping[int, AtomFunctions]
    """By atomic number."""

    pairs: Mapping[tuple[int, int], PairIntegrals]
    """By the atomic numbers of both atoms, in both orders."""

    basis: str
    """Name of the basis, of the pseudopotentials and their version."""

    def check_known(self, numbers: tuple[int, ...]) -> None:
        """Refuse elements without functions.

        Raises
        ------
        LabelError
            Naming them.
        """
        strangers = sorted(set(numbers) - set(self.atoms))
        if strangers:
            raise LabelError(
                f"tables of integrals exist for atomic numbers {sorted(self.atoms)}, but the "
                f"junction holds {strangers}; use a model of these elements",
                elements=strangers,
            )

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return plain arrays, as `from_arrays` reads them."""
        found: dict[str, np.ndarray] = {"basis": np.array(self.basis)}
        for number, atom in self.atoms.items():
            values = {name: getattr(atom, name) for name in _ATOM_ARRAYS}
            found |= {f"atom.{number}.{name}": np.asarray(v) for name, v in values.items()}
        for (first, second), pair in self.pairs.items():
            for name in _PAIR_ARRAYS:
                found[f"pair.{first}.{second}.{name}"] = getattr(pair, name)
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "TwoCentreTables":
        """Read what `to_arrays` gave."""
        atoms: dict[int, dict[str, np.ndarray]] = {}
        pairs: dict[tuple[int, int], dict[str, np.ndarray]] = {}
        for name, values in arrays.items():
            kind, *rest = name.split(".")
            if kind == "atom":
                atoms.setdefault(int(rest[0]), {})[rest[1]] = values
            elif kind == "pair":
                pairs.setdefault((int(rest[0]), int(rest[1])), {})[rest[2]] = values
        return cls(
            {number: _atom(found) for number, found in atoms.items()},
            {key: PairIntegrals(**found) for key, found in pairs.items()},
            str(arrays["basis"]),
        )


_ATOM_ARRAYS = (
    "shells",
    "projectors",
    "radii",
    "radial",
    "strength",
    "overlap",
    "kinetic",
    "projection",
    "projector_reach",
)
_PAIR_ARRAYS = ("distances", "overlap", "kinetic", "projection")


def _atom(found: Mapping[str, np.ndarray]) -> AtomFunctions:
    return AtomFunctions(
        shells=tuple(found["shells"].tolist()),
        projectors=tuple(found["projectors"].tolist()),
        radii=found["radii"],
        radial=found["radial"],
        strength=found["strength"],
        overlap=found["overlap"],
        kinetic=found["kinetic"],
        projection=found["projection"],
        projector_reach=float(found["projector_reach"]),
    )
