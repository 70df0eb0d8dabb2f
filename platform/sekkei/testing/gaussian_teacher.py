"""A method in closed form that learned Hamiltonians are tested with: Gaussians in Gaussian wells.

Every atom has Gaussian orbitals, one projector of s and one of p form, and a Gaussian well. All
integrals, those of three centres as well, are exact to rounding by Gauss-Hermite quadrature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gamma

import numpy as np
import torch

from sekkei.shapes import Float, Int
from sekkei.structure.electrode import Electrode
from sekkei.structure.junction import Junction
from sekkei.structure.lead import close_leads, recognise_leads
from sekkei.transport.device_matrices import DeviceMatrices
from sekkei.transport.electrode.bands import ElectrodeBands
from sekkei.transport.electrode.lateral import LateralElectrode
from sekkei.transport.electrode.matrices import ElectrodeMatrices, electrode_arrays
from sekkei.transport.kernel.landauer import transmission
from sekkei.transport.two_centre import AtomFunctions, PairIntegrals, TwoCentreTables
from sekkei.units import BOHR_ANGSTROM, HARTREE_EV

EXPONENTS = {3: 0.30, 11: 0.36}
"""Of the orbitals of each element, in angstrom^-2."""

REACHES = {3: 5.4, 11: 5.0}
"""Where they count as zero, in angstrom: their overlaps are below 1e-7 there."""

PROJECTOR_EXPONENT, PROJECTOR_REACH = 0.9, 4.3
STRENGTHS = {3: (2.0, 0.7), 11: (3.0, 1.0)}
"""Of the projectors of s and of p form, in eV."""

WELL_EXPONENT = 0.3
DEPTHS = {3: 5.0, 11: 4.0}
"""Of the wells, in eV."""

_HALF = HARTREE_EV * BOHR_ANGSTROM**2 / 2.0  # of the Laplacian, in eV angstrom^2
_PERIODS = 8
_FARTHEST = 12.0

Shells = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Functions of one exponent."""

    exponent: float
    """In angstrom^-2."""

    shells: Shells
    """Angular momenta, each at most once, from 0 to 2."""

    @property
    def angular(self) -> Int[np.ndarray, " orbital"]:
        """Angular momentum of each orbital."""
        return np.repeat(self.shells, [2 * angular + 1 for angular in self.shells])

    @property
    def norms(self) -> Float[np.ndarray, " shell"]:
        """Of each shell: its radial function is that times the Gaussian."""
        double = 2.0 * self.exponent
        half = np.array(self.shells) + 1.5
        return np.asarray(np.sqrt(2.0 * double**half / [gamma(power) for power in half]))

    def polynomials(self, away: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n orbital"]:
        """Return what the Gaussian is multiplied with."""
        x, y, z = np.moveaxis(away, -1, 0)
        rows = [np.full_like(x, 0.5), *(np.sqrt(0.75) * xyz for xyz in (y, z, x))]
        five = np.sqrt(15.0) / 2.0
        rows += [five * x * y, five * y * z, np.sqrt(5.0) / 4.0 * (2.0 * z * z - x * x - y * y)]
        rows += [five * x * z, five / 2.0 * (x * x - y * y)]
        kept = [rows[a * a + i] for a in self.shells for i in range(2 * a + 1)]
        scale = np.repeat(self.norms, [2 * angular + 1 for angular in self.shells])
        return np.asarray(np.stack(kept, axis=-1) * scale / np.sqrt(np.pi))


def overlaps(
    first: Gaussian, second: Gaussian, vectors: Float[np.ndarray, "pair 3"]
) -> tuple[Float[np.ndarray, "pair row column"], Float[np.ndarray, "pair row column"]]:
    """Return overlaps, and kinetic energies in eV, of functions a vector in angstrom apart."""
    exponents, centres = (first.exponent, second.exponent), (0.0 * vectors, vectors)
    at, weights = _product(exponents, centres, _n_node((first, second)))
    left, away = first.polynomials(at), at - vectors[:, None]
    right, b = second.polynomials(away), second.exponent
    square = (away**2).sum(-1)[..., None]
    kinetic = -_HALF * (4.0 * b**2 * square - 2.0 * b * (2 * second.angular + 3)) * right
    return _integral(weights, left, right), _integral(weights, left, kinetic)


def gaussian_tables(numbers: Sequence[int], shells: Shells = (0, 1, 2)) -> TwoCentreTables:
    """Tabulate the integrals of some elements."""
    atoms, pairs = {}, {}
    nowhere = np.zeros((1, 3))
    projector = Gaussian(PROJECTOR_EXPONENT, (0, 1))
    for number in numbers:
        own, reach = Gaussian(EXPONENTS[number], shells), REACHES[number]
        radii = np.linspace(0.0, reach, 300)
        overlap, kinetic = overlaps(own, own, nowhere)
        atoms[number] = AtomFunctions(
            shells=shells,
            projectors=projector.shells,
            radii=radii,
            radial=own.norms * np.exp(-own.exponent * radii**2)[:, None],
            strength=np.diag(np.array(STRENGTHS[number])[projector.angular]),
            overlap=overlap[0],
            kinetic=kinetic[0],
            projection=overlaps(own, projector, nowhere)[0][0],
            projector_reach=PROJECTOR_REACH,
        )
        for other in numbers:
            longest = reach + max(REACHES[other], PROJECTOR_REACH)
            distances = np.arange(1.4, longest + 0.1, 0.1)
            up = distances[:, None] * [0.0, 0.0, 1.0]
            both = overlaps(own, Gaussian(EXPONENTS[other], shells), up)
            pairs[number, other] = PairIntegrals(distances, *both, overlaps(own, projector, up)[0])
    return TwoCentreTables(atoms, pairs, "gaussian")


@dataclass(frozen=True, slots=True, eq=False)
class GaussianMatrices:
    """Matrices of atoms; elements between an atom and an image are left out."""

    overlap: Float[np.ndarray, "row column"]
    """Dimensionless."""

    fixed: Float[np.ndarray, "row column"]
    """Kinetic energy and projectors in eV."""

    wells: Float[np.ndarray, "row column"]
    """Potential of all wells in eV."""

    @property
    def hamiltonian(self) -> Float[np.ndarray, "row column"]:
        """Sum of both energies, in eV."""
        return np.asarray(self.fixed + self.wells)


def gaussian_matrices(
    numbers: Int[np.ndarray, " atom"],
    positions: Float[np.ndarray, "atom 3"],
    length: float,
    shells: Shells,
) -> GaussianMatrices:
    """Compute each pair of atoms in a cell in closed form, in the axes of the positions."""
    reach = np.array([REACHES[n] for n in numbers.tolist()])
    third, owners = _images(numbers, positions, length)
    shifts = _nonlocal(numbers, positions, third, owners, shells)
    n_orbital = shifts.shape[1]
    found = np.zeros((3, len(numbers), len(numbers), n_orbital, n_orbital))
    vectors = positions[None] - positions[:, None]
    is_near = np.linalg.norm(vectors, axis=-1) < reach[:, None] + reach
    for a, b in {(a, b) for a in numbers.tolist() for b in numbers.tolist()}:
        i, j = np.nonzero(is_near & (numbers == a)[:, None] & (numbers == b))
        both, away = (Gaussian(EXPONENTS[a], shells), Gaussian(EXPONENTS[b], shells)), vectors[i, j]
        s, t = overlaps(*both, away)
        places = third[None] - positions[i][:, None]
        blocks = [s, t + shifts[i, :, j], _wells(both, away, places, owners)]
        found[:, i, j] = np.stack(blocks)
    size = len(numbers) * n_orbital
    return GaussianMatrices(*found.transpose(0, 1, 3, 2, 4).reshape(3, size, size))


@dataclass(frozen=True, slots=True)
class GaussianTeacher:
    """The method as a teacher of Hamiltonians; its Fermi level is given, not found."""

    shells: Shells = (0, 1)
    """Of every element."""

    fermi_level: float = 0.0
    """In eV."""

    @property
    def recipe(self) -> str:
        """Identity of the method."""
        return "gaussian"

    def two_centre_tables(self, numbers: Sequence[int], /) -> TwoCentreTables:
        """Tabulate the integrals of some elements."""
        return gaussian_tables(numbers, self.shells)

    def lateral_electrode(self, electrode: Electrode, /) -> LateralElectrode:
        """Return the blocks of a wire."""
        long = electrode.repeated(_PERIODS)
        found = gaussian_matrices(long.numbers, long.positions, long.period, self.shells)
        n = len(found.overlap) // _PERIODS
        h, s = (
            np.stack([matrix[:n, at * n : (at + 1) * n] for at in range(_PERIODS)])
            for matrix in (found.hamiltonian, found.overlap)
        )
        arrays = electrode_arrays(h, s, self.fermi_level, np.zeros(1))
        part = ElectrodeMatrices.from_arrays(arrays)
        return LateralElectrode(np.zeros((1, 2)), np.ones(1), (part,))

    def electrode_bands(self, wire: Electrode, /) -> ElectrodeBands:
        """Return the blocks of a wire."""
        part = self.lateral_electrode(wire).parts[0]
        return ElectrodeBands(part.hamiltonian, part.overlap, part.fermi_level, 0.0)

    def conductance(self, junction: Junction) -> float:
        """Return the transmission of a junction at the Fermi level."""
        found = self.matrices(junction)
        electrode = self.lateral_electrode(recognise_leads(junction).electrode).parts[0]
        h, s = torch.from_numpy(found.hamiltonian[0]), torch.from_numpy(found.overlap[0])
        energies = torch.tensor([self.fermi_level], dtype=torch.float64)
        return float(transmission(h, s, electrode.leads, energies)[0])

    def matrices(self, junction: Junction) -> DeviceMatrices:
        """Return the matrices of a junction with its leads closed."""
        closed = close_leads(recognise_leads(junction), 3)
        found = gaussian_matrices(closed.numbers, closed.positions, closed.length, self.shells)
        n_atom = closed.numbers.size
        return DeviceMatrices(
            numbers=closed.numbers,
            positions=closed.positions,
            length=closed.length,
            lead_periods=3,
            orbital_atoms=np.repeat(np.arange(n_atom), len(found.overlap) // n_atom),
            k_points=np.zeros((1, 2)),
            weights=np.ones(1),
            hamiltonian=found.hamiltonian[None],
            overlap=found.overlap[None],
            fermi_level=self.fermi_level,
            recipe=self.recipe,
            alignment=0.0,
        )


def _images(
    numbers: np.ndarray, positions: np.ndarray, length: float
) -> tuple[Float[np.ndarray, "image 3"], Int[np.ndarray, " image"]]:
    shifts = np.arange(-_PERIODS, _PERIODS + 1) * length
    places = np.concatenate([positions + np.array([0.0, 0.0, shift]) for shift in shifts])
    z, ends = places[:, 2], positions[:, 2]
    near = (z > ends.min() - _FARTHEST) & (z < ends.max() + _FARTHEST)
    return places[near], np.tile(numbers, len(shifts))[near]


def _wells(
    both: tuple[Gaussian, Gaussian],
    away: Float[np.ndarray, "pair 3"],
    third: Float[np.ndarray, "pair image 3"],
    owners: Int[np.ndarray, " image"],
) -> Float[np.ndarray, "pair row column"]:
    n_pair, n_image = third.shape[:2]
    depths = np.array([DEPTHS[n] for n in owners.tolist()])
    vectors = np.repeat(away, n_image, axis=0)
    centres = (0.0 * vectors, vectors, third.reshape(-1, 3))
    exponents = (both[0].exponent, both[1].exponent, WELL_EXPONENT)
    at, weights = _product(exponents, centres, _n_node(both))
    weights = weights * np.tile(-depths, n_pair)[:, None]
    values = _integral(weights, both[0].polynomials(at), both[1].polynomials(at - vectors[:, None]))
    return np.asarray(values.reshape(n_pair, n_image, *values.shape[1:]).sum(axis=1))


def _nonlocal(
    numbers: Int[np.ndarray, " atom"],
    positions: Float[np.ndarray, "atom 3"],
    third: Float[np.ndarray, "image 3"],
    owners: Int[np.ndarray, " image"],
    shells: Shells,
) -> Float[np.ndarray, "atom row atom column"]:
    projector = Gaussian(PROJECTOR_EXPONENT, (0, 1))
    strengths = np.array([STRENGTHS[n] for n in owners.tolist()])[:, projector.angular]
    projections = np.stack(
        [
            overlaps(Gaussian(EXPONENTS[number], shells), projector, third - place)[0]
            for number, place in zip(numbers.tolist(), positions, strict=True)
        ]
    )
    return np.asarray(
        np.einsum("ikap,kp,jkbp->iajb", projections, strengths, projections, optimize=True)
    )


def _n_node(both: Sequence[Gaussian]) -> int:
    # Of n nodes a polynomial of order 2 n - 1 is exact; a Laplacian raises the order by two.
    return (sum(max(one.shells) for one in both) + 4) // 2


def _product(
    exponents: Sequence[float], centres: Sequence[Float[np.ndarray, "n 3"]], n_node: int
) -> tuple[Float[np.ndarray, "n point 3"], Float[np.ndarray, "n point"]]:
    """Return points and weights that integrate polynomials times a product of Gaussians."""
    nodes, weights = np.polynomial.hermite.hermgauss(n_node)
    points = np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 3)
    weight = (weights[:, None, None] * weights[:, None] * weights).ravel()
    total = sum(exponents)
    parts = list(zip(exponents, centres, strict=True))
    middle = np.sum([a * centre for a, centre in parts], axis=0) / total
    lost = np.sum([a * ((centre - middle) ** 2).sum(-1) for a, centre in parts], axis=0)
    at = middle[:, None] + points / np.sqrt(total)
    return at, np.exp(-lost)[:, None] * weight * total**-1.5


def _integral(weights: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.asarray((left * weights[..., None]).transpose(0, 2, 1) @ right)
