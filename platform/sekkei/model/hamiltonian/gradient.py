r"""Slopes of what a learned Hamiltonian conducts, by positions and by the length of the junction.

One pass backwards through everything between a structure and T: the Landauer formula, both steps
towards self-consistency with all states of the start, the learned potential and the exact
integrals. Self-energies stay, because leads do; the cell is as long as the leads are apart.
"""

import numpy as np
import torch

from sekkei.arrays import freeze
from sekkei.model.gradient import ConductanceGradient
from sekkei.model.hamiltonian.cell import distance_table
from sekkei.model.hamiltonian.leads import rotation_about_z
from sekkei.model.hamiltonian.solve import LEAD_PERIODS, HamiltonianSolver
from sekkei.shapes import Float
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction


def find_gradient(
    solver: HamiltonianSolver,
    junction: Junction,
    energies: Float[np.ndarray, " energy"],
    weights: Float[np.ndarray, " energy"],
) -> ConductanceGradient:
    """Return a mean of T over some energies, and its slopes.

    Parameters
    ----------
    solver
        From structure to Hamiltonian.
    junction
        Atoms between known leads.
    energies
        In eV against the Fermi level.
    weights
        Of T at each energy.

    Raises
    ------
    LabelError
        If the junction cannot be treated.
    """
    leads, lead = solver.place(junction, energies)
    cell = solver.close(leads, lead)
    positions = torch.tensor(cell.positions, dtype=torch.float64, requires_grad=True)
    length = torch.tensor(cell.length, dtype=torch.float64, requires_grad=True)
    device = solver.open(cell, lead, (positions, length))
    value = device.transmission_tensor() @ torch.from_numpy(weights)
    slopes = torch.autograd.grad(value, (positions, length))
    by_atom, by_length = slopes[0].numpy(), float(slopes[1])
    inner = np.flatnonzero(junction.regions == DEVICE)
    at = distance_table(leads.junction.positions[inner], cell.positions).argmin(axis=1)
    by_position = np.zeros_like(junction.positions)
    by_position[inner] = by_atom[at] @ _turn(junction, leads.junction)
    # The right lead takes the end of the cell with it.
    n_left = max(leads.n_left, LEAD_PERIODS, lead.matrices.layer_periods) * cell.n_lead_atom
    is_right = np.arange(cell.n_atom) >= n_left + inner.size
    by_right_lead = float(by_atom[is_right, 2].sum()) + by_length
    left, right = (junction.positions[junction.regions == side, 2] for side in (LEFT, RIGHT))
    heights = junction.positions[inner, 2] - left.max()
    stretched = heights @ by_position[inner, 2] + (right.min() - left.max()) * by_right_lead
    return ConductanceGradient(
        conductance=float(value.detach()),
        by_position=freeze(by_position),
        by_right_lead=by_right_lead,
        by_strain=float(stretched),
    )


def _turn(junction: Junction, placed: Junction) -> Float[np.ndarray, "3 3"]:
    """Return the rotation about z that was applied to a junction."""
    before, after = (
        found.positions[:, 0] + 1j * found.positions[:, 1] for found in (junction, placed)
    )
    angle = float(np.angle(np.vdot(before, after)))
    return rotation_about_z(angle)
