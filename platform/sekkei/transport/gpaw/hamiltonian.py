"""The matrices of a potential, from the blocks of the grid, at every k-point."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gpaw.core.matrix import Matrix
from gpaw.new.lcao.hamiltonian import HamiltonianMatrixCalculator, LCAOHamiltonian
from scipy.linalg import block_diag
from typing_extensions import override

from sekkei.shapes import Float, Inexact
from sekkei.transport.gpaw.grid import BlockedBasis


class GridHamiltonian(LCAOHamiltonian):
    """Matrices of the last potential are kept: they are asked for once more at the end.

    Parameters
    ----------
    basis
        Functions on the grid.
    has_atomic_part
        Whether the parts within the atoms depend on the density, as those of a many-electron data
        set do. If not, they must have joined the kinetic energy's.
    """

    def __init__(self, basis: BlockedBasis, *, has_atomic_part: bool) -> None:
        super().__init__(basis)  # type: ignore[arg-type]  # it answers all that GPAW's does
        self._blocked = basis
        self._has_atomic_part = has_atomic_part
        self._last: tuple[Any, Any] = (None, None)

    @override
    def create_hamiltonian_matrix_calculator(self, potential: Any) -> "GridMatrices":
        if self._last[0] is not potential:
            atomic = dict(potential.dH_asii.items()) if self._has_atomic_part else {}
            self._last = (potential, GridMatrices(self._blocked, potential.vt_sR.data[0], atomic))
        return self._last[1]  # type: ignore[no-any-return]


class GridMatrices(HamiltonianMatrixCalculator):
    """The matrices of one potential, each computed once.

    Parameters
    ----------
    basis
        Functions on the grid.
    potential
        The local one, in hartree.
    atomic
        The parts within the atoms in hartree, by atom; none where the kinetic energy holds them.
    """

    def __init__(
        self,
        basis: BlockedBasis,
        potential: Float[np.ndarray, "x y z"],
        atomic: Mapping[int, Float[np.ndarray, "1 projector projector"]],
    ) -> None:
        self._basis, self._potential, self._atomic = basis, potential, atomic
        self._found: dict[int, Inexact[np.ndarray, "orbital orbital"]] = {}

    @override
    def calculate_matrix(self, wfs: Any) -> Matrix:
        """Return the matrix at one k-point; the caller may write into it."""
        if wfs.q not in self._found:
            found = self._basis.potential_matrix(self._potential, wfs.q) + wfs.T_MM.data
            if self._atomic:
                found += projected(wfs, self._atomic)
            self._found[wfs.q] = (found + found.conj().T) / 2.0
        copy = self._found[wfs.q].copy()
        return Matrix(*copy.shape, data=copy, dist=(wfs.band_comm, -1, 1))


def projected(
    wfs: Any, atomic: Mapping[int, Float[np.ndarray, "1 projector projector"]]
) -> Inexact[np.ndarray, "orbital orbital"]:
    """Return the matrix of parts within the atoms, all atoms at once."""
    atoms, strengths = zip(*atomic.items(), strict=True)
    projectors = np.hstack([wfs.P_aMi[atom] for atom in atoms])
    strength = block_diag(*(one[0] for one in strengths))
    return np.asarray((projectors @ strength).conj() @ projectors.T)
