"""A junction's outermost periods beside its electrode: they must agree, and set the energies."""

import numpy as np

from sekkei.errors import ElectrodeError
from sekkei.shapes import Inexact

OVERLAP_TOLERANCE = 1e-6
"""The electrode's overlap blocks must equal the junction's own so closely.

A wrong sign of k misses by 0.05 and more. Pairs just at the cut-off, which come and go by rounding,
were seen to cost 9e-10, and the longer functions of a heavier element elsewhere in the junction
2e-8: GPAW tabulates overlaps up to the longest.
"""


def check_phase(
    overlap: Inexact[np.ndarray, "orbital orbital"],
    electrode: Inexact[np.ndarray, "cell lead lead"],
    n_period: int,
) -> None:
    """Refuse if the electrode's blocks are not the junction's own: a wrong sign of k would do.

    Only the first ``n_period`` periods are lead; what follows may have moved.

    Raises
    ------
    ElectrodeError
        If a block of the overlaps differs.
    """
    n = electrode.shape[1]
    for i_cell in range(min(len(electrode), n_period)):
        own = overlap[:n, i_cell * n : (i_cell + 1) * n]
        difference = float(np.abs(own - electrode[i_cell]).max())
        if difference > OVERLAP_TOLERANCE:
            raise ElectrodeError(
                "the overlap of the junction's first periods must equal the electrode's, but "
                f"differs by {difference:.1e} in block {i_cell}; are the leads perfect to 1e-6 Å?",
                difference=difference,
            )


def onsite_shift(
    hamiltonian: Inexact[np.ndarray, "orbital orbital"],
    overlap: Inexact[np.ndarray, "orbital orbital"],
    bulk: Inexact[np.ndarray, "lead lead"],
) -> float:
    """Return the shift in eV that brings the onsite levels of both ends to the electrode's.

    Parameters
    ----------
    hamiltonian, overlap
        Of the junction; H in eV.
    bulk
        Hamiltonian of one period of the electrode in eV.
    """
    n = len(bulk)
    missing = [
        ((bulk - hamiltonian[part, part]).diagonal() / overlap[part, part].diagonal()).real
        for part in (slice(0, n), slice(-n, None))
    ]
    return float(np.mean(missing))
