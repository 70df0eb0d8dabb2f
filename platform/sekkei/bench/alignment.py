"""How the choice of alignment between junction and electrode moves T(E_F)."""

from collections.abc import Mapping

import numpy as np
import torch

from sekkei.shapes import Float
from sekkei.structure.junction import Junction
from sekkei.structure.lead import close_leads, recognise_leads
from sekkei.transport.electrode.matrices import ElectrodeMatrices
from sekkei.transport.gpaw.engine import solve_periodic
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.supercell import supercell_atoms
from sekkei.transport.junction_ends import onsite_shift
from sekkei.transport.kernel.landauer import transmission
from sekkei.transport.spectrum import conductance_window


def align_every_way(labeler: GpawLabeler, junction: Junction) -> Mapping[str, np.ndarray]:
    """Compute T from one density with the junction's energies shifted in several ways.

    Returns
    -------
    dict
        By name: shift in eV, T(E_F) and window mean in G0. ``none``: potentials as the two
        calculations have them, both zero at the walls of their boxes; ``onsite``: the mean
        diagonal of H over that of S in the outermost periods equals the electrode's, as labels
        have it; ``overlap``: the shift s that brings H + s S of these periods nearest to the
        electrode's block; ``fermi``: the Fermi level of the supercell equals the electrode's.

    Raises
    ------
    LabelError
        If the labeler refuses the junction or its electrode.
    """
    leads = recognise_leads(junction)
    electrode = labeler.electrode(leads.electrode)
    closed = close_leads(leads, max(labeler.numerics.lead_periods, electrode.layer_periods))
    numerics, model = labeler.numerics, labeler.model
    found = solve_periodic(supercell_atoms(closed, numerics, model), numerics, model)
    z = closed.positions[model.orbital_atoms(closed.numbers, numerics), 2]
    direct = np.abs(z[:, None] - z[None, :]) < closed.length / 2.0
    h, s = (m[0].real * direct for m in (found.hamiltonian, found.overlap))
    shifts = {
        "none": 0.0,
        "onsite": onsite_shift(h, s, electrode.hamiltonian[0]),
        "overlap": overlap_shift(h, s, electrode.hamiltonian[0]),
        "fermi": electrode.fermi_level - found.fermi_level,
    }
    return {
        name: np.array([shift, *_conductances(labeler, h + shift * s, s, electrode)])
        for name, shift in shifts.items()
    }


def overlap_shift(
    hamiltonian: Float[np.ndarray, "orbital orbital"],
    overlap: Float[np.ndarray, "orbital orbital"],
    bulk: Float[np.ndarray, "lead lead"],
) -> float:
    """Least-squares shift of H by a multiple of S towards the electrode's block, in eV."""
    above = below = 0.0
    for part in _ends(len(bulk)):
        own = overlap[part, part]
        above += float(((bulk - hamiltonian[part, part]) * own).sum())
        below += float((own**2).sum())
    return above / below


def _ends(n_lead: int) -> tuple[slice, slice]:
    return slice(0, n_lead), slice(-n_lead, None)


def _conductances(
    labeler: GpawLabeler,
    hamiltonian: Float[np.ndarray, "orbital orbital"],
    overlap: Float[np.ndarray, "orbital orbital"],
    electrode: ElectrodeMatrices,
) -> tuple[float, float]:
    energies = torch.from_numpy(labeler.energies + electrode.fermi_level)
    pair = torch.from_numpy(hamiltonian), torch.from_numpy(overlap)
    values = transmission(*pair, electrode.leads, energies).numpy()
    window = conductance_window(labeler.energies, values, labeler.numerics.window_ev)
    return float(values[len(values) // 2]), window
