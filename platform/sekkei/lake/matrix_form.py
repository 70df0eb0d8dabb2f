"""Matrices as they are stored: rounded, without what is zero or follows from symmetry."""

from dataclasses import dataclass

import numpy as np

from sekkei.arrays import freeze
from sekkei.errors import InvalidInputError
from sekkei.lake.record import MatrixRow
from sekkei.provenance import Provenance
from sekkei.shapes import Float, Inexact, Int, Shaped
from sekkei.transport.device_matrices import DeviceMatrices

RESOLUTION = 2.0**-22
"""Elements are multiples of it, in eV and dimensionless; above 4 in size, of float32's own step."""

_SKEW = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class PackedMatrices:
    """One value per element of the blocks of atom pairs; see `DeviceMatrices` for the others.

    The values of a k-point stand before those of the next; within one, blocks stand in the order
    of the pairs, row by row.
    """

    numbers: Int[np.ndarray, " atom"]
    positions: Float[np.ndarray, "atom 3"]
    n_orbital: Int[np.ndarray, " atom"]
    """Orbitals of each atom, which stand atom by atom."""

    k_points: Float[np.ndarray, "k 2"]
    weights: Float[np.ndarray, " k"]
    first: Int[np.ndarray, " pair"]
    """One atom of each pair that has an element above the rounding."""

    second: Int[np.ndarray, " pair"]
    """The other: the same or a later one."""

    hamiltonian: Float[np.ndarray, " value"]
    """Real part of H - E_F S in eV: against E_F it is small where S is, and rounds well."""

    overlap: Float[np.ndarray, " value"]
    hamiltonian_imaginary: Float[np.ndarray, " value"]
    overlap_imaginary: Float[np.ndarray, " value"]
    length: float
    lead_periods: int
    lateral_period: tuple[float, float] | None
    fermi_level: float
    alignment: float
    recipe: str


@dataclass(frozen=True, slots=True, eq=False)
class PackedRow:
    """A row of matrices, packed."""

    key: str
    label: str
    snapshot: str
    matrices: PackedMatrices
    provenance: Provenance

    @classmethod
    def of(cls, row: MatrixRow) -> "PackedRow":
        """Pack a row."""
        packed = pack_matrices(row.matrices)
        return cls(row.key, row.label, row.snapshot, packed, row.provenance)

    def unpacked(self) -> MatrixRow:
        """Return the row."""
        found = unpack_matrices(self.matrices)
        return MatrixRow(self.key, self.label, self.snapshot, found, self.provenance)


def pack_matrices(matrices: DeviceMatrices) -> PackedMatrices:
    """Round matrices, and leave out what is zero or follows from symmetry.

    Raises
    ------
    InvalidInputError
        If orbitals do not stand atom by atom, a matrix is not Hermitian, or it is complex where
        the only k-point is the zone centre.
    """
    _check(matrices)
    fermi = np.float64(matrices.fermi_level)
    hamiltonian = _rounded(matrices.hamiltonian - fermi * matrices.overlap)
    overlap = _rounded(matrices.overlap)
    n_atom = matrices.numbers.size
    n_orbital = np.bincount(matrices.orbital_atoms, minlength=n_atom)
    rows, columns = np.nonzero(((hamiltonian != 0) | (overlap != 0)).any(axis=0))
    one, other = matrices.orbital_atoms[rows], matrices.orbital_atoms[columns]
    is_upper = one <= other
    pairs = np.unique(one[is_upper] * n_atom + other[is_upper])
    first, second = np.divmod(pairs, n_atom)
    at = (slice(None), *_elements(n_orbital, first, second))
    h, s = hamiltonian[at].reshape(-1), overlap[at].reshape(-1)
    return PackedMatrices(
        numbers=matrices.numbers,
        positions=matrices.positions,
        n_orbital=n_orbital,
        k_points=matrices.k_points,
        weights=matrices.weights,
        first=first,
        second=second,
        hamiltonian=h.real.astype(np.float32),
        overlap=s.real.astype(np.float32),
        hamiltonian_imaginary=h.imag.astype(np.float32),
        overlap_imaginary=s.imag.astype(np.float32),
        length=matrices.length,
        lead_periods=matrices.lead_periods,
        lateral_period=matrices.lateral_period,
        fermi_level=matrices.fermi_level,
        alignment=matrices.alignment,
        recipe=matrices.recipe,
    )


def unpack_matrices(packed: PackedMatrices) -> DeviceMatrices:
    """Return matrices in full, on the scale of the engine again."""
    overlap = _in_full(packed, packed.overlap, packed.overlap_imaginary)
    hamiltonian = _in_full(packed, packed.hamiltonian, packed.hamiltonian_imaginary)
    hamiltonian += packed.fermi_level * overlap
    return DeviceMatrices(
        numbers=packed.numbers,
        positions=packed.positions,
        length=packed.length,
        lead_periods=packed.lead_periods,
        orbital_atoms=freeze(np.repeat(np.arange(packed.numbers.size), packed.n_orbital)),
        k_points=packed.k_points,
        weights=packed.weights,
        hamiltonian=_read_only(hamiltonian),
        overlap=_read_only(overlap),
        fermi_level=packed.fermi_level,
        recipe=packed.recipe,
        alignment=packed.alignment,
        lateral_period=packed.lateral_period,
    )


def count_values(
    n_orbital: Int[np.ndarray, " atom"],
    first: Int[np.ndarray, " pair"],
    second: Int[np.ndarray, " pair"],
) -> int:
    """Return the number of elements in the blocks of atom pairs, at one k-point."""
    return int((n_orbital[first] * n_orbital[second]).sum())


def _elements(
    n_orbital: np.ndarray, first: np.ndarray, second: np.ndarray
) -> tuple[Int[np.ndarray, " element"], Int[np.ndarray, " element"]]:
    """Row and column in the matrix of every element of the blocks."""
    starts = np.cumsum(n_orbital) - n_orbital
    width = n_orbital[second]
    sizes = n_orbital[first] * width
    pair = np.repeat(np.arange(first.size), sizes)
    within = np.arange(pair.size) - (np.cumsum(sizes) - sizes)[pair]
    row, column = np.divmod(within, width[pair])
    return starts[first][pair] + row, starts[second][pair] + column


def _in_full(
    packed: PackedMatrices, real: np.ndarray, imaginary: np.ndarray
) -> Inexact[np.ndarray, "k orbital orbital"]:
    rows, columns = _elements(packed.n_orbital, packed.first, packed.second)
    n, n_k = int(packed.n_orbital.sum()), len(packed.k_points)
    values: np.ndarray = real.astype(np.float64).reshape(n_k, -1)
    if packed.k_points.any():
        values = values + 1j * imaginary.astype(np.float64).reshape(n_k, -1)
    full = np.zeros((n_k, n, n), values.dtype)
    full[:, columns, rows] = values.conj()
    full[:, rows, columns] = values  # last, for blocks of one atom have both of their halves
    return full


def _rounded(values: np.ndarray) -> np.ndarray:
    # Both parts of a complex number; adding 0 makes an end of negative zeros, which compress badly.
    return np.round(values / RESOLUTION) * RESOLUTION + 0.0


def _read_only(array: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    array.setflags(write=False)  # ours alone: a copy would double the largest thing there is
    return array


def _check(matrices: DeviceMatrices) -> None:
    if (np.diff(matrices.orbital_atoms) < 0).any():
        raise InvalidInputError(
            "orbitals must stand atom by atom to be kept, but these do not; sort the matrices"
        )
    for name in ("hamiltonian", "overlap"):
        found = getattr(matrices, name)
        skew = float(np.abs(found - found.conj().transpose(0, 2, 1)).max(initial=0.0))
        if not skew <= _SKEW:
            raise InvalidInputError(
                f"the {name} must be Hermitian to be kept, but differs from its conjugate "
                f"transpose by {skew:.2e}; was it read with the wrong triangle?",
                skew=skew,
            )
        if not matrices.k_points.any() and np.iscomplexobj(found):
            raise InvalidInputError(
                f"the {name} must be real at the zone centre to be kept, but is {found.dtype}"
            )
