"""Tables of two-centre integrals, from GPAW's own."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from ase.data import chemical_symbols
from ase.units import Bohr, Hartree
from gpaw.lcao.tci import TCIExpansions
from gpaw.setup import Setups
from gpaw.utilities import unpack_hermitian
from gpaw.xc import XC

from sekkei.arrays import freeze
from sekkei.transport.gpaw.basis import BASIS_VERSION, GPAW_VERSION
from sekkei.transport.gpaw.model import ONE_ELECTRON
from sekkei.transport.gpaw.numerics import BasisName
from sekkei.transport.two_centre import AtomFunctions, PairIntegrals, TwoCentreTables

NEAREST_ANGSTROM = 1.4
"""Shortest distance of the tables; atoms nearer than 1.6 Å are refused everywhere."""

STEP_ANGSTROM = 0.1
"""Between distances: splines are right to 1e-5 then, kinetic energies to 0.1 meV."""

_RADII = 400
_BOX_BOHR = 400.0


def two_centre_tables(numbers: Sequence[int], basis: BasisName = "spd") -> TwoCentreTables:
    """Compute overlaps, kinetic energies and projections of some elements' functions.

    Parameters
    ----------
    numbers
        Atomic numbers, each once.
    basis
        Of the one-electron pseudopotentials.

    Raises
    ------
    LabelError
        If an element has no basis.
    """
    symbols = [chemical_symbols[number] for number in numbers]
    bases = {symbol: ONE_ELECTRON.basis(symbol, basis) for symbol in symbols}
    setups = Setups(
        list(numbers),
        dict.fromkeys(symbols, ONE_ELECTRON.setups),
        bases,
        XC(ONE_ELECTRON.functional),
    )
    expansions = TCIExpansions.new_from_setups(setups)
    atoms = {
        number: _functions(setups[i], _Pair(expansions, (i,))) for i, number in enumerate(numbers)
    }
    pairs = {}
    for i, j in product(range(len(numbers)), repeat=2):
        first, second = atoms[numbers[i]], atoms[numbers[j]]
        pairs[numbers[i], numbers[j]] = _integrals(_Pair(expansions, (i, j)), first, second)
    name = f"{ONE_ELECTRON.name} {basis} {BASIS_VERSION} gpaw {GPAW_VERSION}"
    return TwoCentreTables(atoms, pairs, name)


class _Pair:
    """GPAW's calculator for one or two atoms of given kinds."""

    def __init__(self, expansions: TCIExpansions, kinds: tuple[int, ...]) -> None:
        self._own = TCIExpansions.__new__(TCIExpansions)
        self._own.__dict__.update(expansions.__dict__)
        self._own.I_a = list(kinds)
        for name in ("O_expansions", "T_expansions", "P_expansions"):
            setattr(self._own, name, _Kinds(getattr(expansions, name), kinds))

    def at(self, distance: float) -> Any:
        """Place the atoms, the second above the first by a distance in bohr."""
        heights = np.array([0.0, distance])[: len(self._own.I_a)] / _BOX_BOHR
        places = 0.5 + heights[:, None] * [0.0, 0.0, 1.0]
        cell, k_points = np.eye(3) * _BOX_BOHR, np.zeros((1, 3))
        return self._own.get_tci_calculator(cell, places, np.zeros(3, bool), k_points, float)


class _Kinds:
    def __init__(self, expansions: Any, kinds: tuple[int, ...]) -> None:
        self._table, self._kinds = expansions.tsoe_II, kinds

    def get(self, first: int, second: int) -> Any:
        return self._table[self._kinds[first], self._kinds[second]]


def _functions(setup: Any, alone: _Pair) -> AtomFunctions:
    calculator = alone.at(0.0)
    overlap, kinetic = calculator.O_T(0, 0)
    functions = setup.basis_functions_J
    reach = max(function.get_cutoff() for function in functions)
    radii = np.linspace(0.0, reach, _RADII)
    angular = [function.get_angular_momentum_number() for function in functions]
    radial = [
        np.array([function(r) for r in radii]) * Bohr ** (-1.5 - momentum)
        for function, momentum in zip(functions, angular, strict=True)
    ]
    return AtomFunctions(
        shells=tuple(angular),
        projectors=tuple(one.get_angular_momentum_number() for one in setup.pt_j),
        radii=freeze(radii * Bohr),
        radial=freeze(np.stack(radial, axis=1)),
        strength=freeze(unpack_hermitian(np.asarray(setup.K_p)) * Hartree),
        overlap=freeze(overlap[0]),
        kinetic=freeze(kinetic[0] * Hartree),
        projection=freeze(calculator.P(0, 0)[0].T),
        projector_reach=max((one.get_cutoff() for one in setup.pt_j), default=0.0) * Bohr,
    )


def _integrals(pair: _Pair, first: AtomFunctions, second: AtomFunctions) -> PairIntegrals:
    longest = first.reach + max(second.reach, second.projector_reach)
    distances = np.arange(NEAREST_ANGSTROM, longest + STEP_ANGSTROM, STEP_ANGSTROM)
    shape = (len(distances), first.n_orbital)
    n_projector = sum(2 * angular + 1 for angular in second.projectors)
    overlap, kinetic = np.zeros((2, *shape, second.n_orbital))
    projection = np.zeros((*shape, n_projector))
    for i, distance in enumerate(distances):
        calculator = pair.at(distance / Bohr)
        (s, t), p = calculator.O_T(0, 1), calculator.P(1, 0)
        if s is not None:
            overlap[i], kinetic[i] = s[0], t[0] * Hartree
        if p is not None:
            projection[i] = p[0].T
    return PairIntegrals(freeze(distances), freeze(overlap), freeze(kinetic), freeze(projection))
