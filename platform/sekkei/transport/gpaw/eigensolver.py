"""The few lowest orbitals of a contact, where GPAW would compute all of them.

One electron an atom fills one state in eighteen of a basis of nine functions an atom; GPAW keeps a
few more.
"""

from typing import Any

import numpy as np
import scipy.linalg
from gpaw.core.matrix import MatrixWithNoData
from gpaw.new.lcao.eigensolver import LCAOEigensolver
from scipy.linalg.lapack import get_lapack_funcs
from typing_extensions import override


class LowestStates(LCAOEigensolver):
    """Solves H c = e S c for the states that a calculation keeps, by one factorisation of S."""

    def __init__(self, basis: Any) -> None:
        super().__init__(basis)  # type: ignore[no-untyped-call]  # GPAW is untyped
        self._factors: dict[int, np.ndarray] = {}

    @override
    def iterate1(self, wfs: Any, weight_n: Any, matrix_calculator: Any) -> None:
        if wfs.q not in self._factors:
            self._factors[wfs.q] = scipy.linalg.cholesky(wfs.S_MM.data, lower=True)
        hamiltonian = matrix_calculator.calculate_matrix(wfs).data
        wfs.eig_n, states = _lowest(hamiltonian, self._factors[wfs.q], wfs.nbands)
        if isinstance(wfs.C_nM, MatrixWithNoData):
            wfs.C_nM = wfs.C_nM.create()
        wfs.C_nM.data[:] = states.T
        # GPAW derives projections from the orbitals when it next needs them.
        wfs._P_ani = None  # noqa: SLF001


def _lowest(
    hamiltonian: np.ndarray, factor: np.ndarray, n_state: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest eigenvalues, and their vectors as columns."""
    name = "hegst" if np.iscomplexobj(hamiltonian) else "sygst"
    (reduce,) = get_lapack_funcs((name,), (hamiltonian, factor))
    reduced, failed = reduce(hamiltonian, factor, lower=1)
    if failed:
        raise ValueError(f"LAPACK's {name} refuses its argument {-failed}")
    values, vectors = scipy.linalg.eigh(
        reduced, lower=True, overwrite_a=True, subset_by_index=(0, n_state - 1), driver="evr"
    )
    states = scipy.linalg.solve_triangular(factor, vectors, lower=True, trans="C")
    return values, states
