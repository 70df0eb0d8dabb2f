"""The periodic supercell of a junction: made for GPAW, and cut open again."""

import numpy as np
import torch

from sekkei.errors import GridBoundsError
from sekkei.shapes import Int
from sekkei.structure.lead import PeriodicJunction
from sekkei.transport.electrode.lateral import LateralElectrode, at_lateral
from sekkei.transport.electrode.place import origin
from sekkei.transport.gpaw.electrode import lateral_counts
from sekkei.transport.gpaw.engine import DftMatrices, PeriodicAtoms, plane_count
from sekkei.transport.gpaw.model import ElectronModel
from sekkei.transport.gpaw.numerics import DftNumerics
from sekkei.transport.junction_ends import check_phase, onsite_shift
from sekkei.transport.open_device import DevicePart


def supercell_atoms(
    closed: PeriodicJunction, numerics: DftNumerics, model: ElectronModel
) -> PeriodicAtoms:
    """Put a closed junction on the grid as its electrode stands on its own.

    Raises
    ------
    GridBoundsError
        If orbitals would meet their own images along z.
    """
    period = closed.electrode.period
    # The electrode's own spacing of planes, so that both see nearly the same grid.
    wanted = model.grid_spacing(closed.numbers, numerics)
    spacing = period / plane_count(period, wanted)
    n_plane = plane_count(closed.length, spacing)
    reach = model.orbital_reach(closed.numbers, numerics)
    if closed.length < 4.0 * reach:
        raise GridBoundsError(
            f"the supercell must be longer than {4.0 * reach:.1f} Å for the orbitals not to "
            f"meet their own images, but is {closed.length:.1f} Å; mark more atoms as device"
        )
    # Between surfaces an orbital's phase says through which wall its atom was folded: the
    # walls must stand where the electrode has them.
    # Along z, too, both must stand on the grid alike: moved by half a step, T(E_F) of a
    # contact was seen to change by 0.012.
    walls = origin(closed.electrode)
    if closed.electrode.lateral_period is None:
        walls = walls * [0.0, 0.0, 1.0]
    return PeriodicAtoms(
        closed.numbers,
        closed.positions - walls,
        closed.length,
        n_plane,
        (*lateral_counts(closed.electrode, numerics), 1),
        closed.electrode.lateral_period,
    )


def open_supercell(
    closed: PeriodicJunction,
    matrices: DftMatrices,
    electrode: LateralElectrode,
    orbital_atoms: Int[np.ndarray, " orbital"],
) -> tuple[float, tuple[DevicePart, ...]]:
    """Cut the periodic image off and align the outermost periods to the electrode.

    Returns
    -------
    float
        What was added to the levels, in eV.
    tuple
        The device at each k-point across.

    Raises
    ------
    ElectrodeError
        If the outermost periods do not have the overlaps of the electrode.
    """
    z = closed.positions[orbital_atoms, 2]
    direct = np.abs(z[:, None] - z[None, :]) < closed.length / 2.0
    pairs = []
    for lateral, part in zip(electrode.k_points, electrode.parts, strict=True):
        (at,) = np.flatnonzero(at_lateral(matrices.k_points, lateral))
        pair = matrices.hamiltonian[at] * direct, matrices.overlap[at] * direct
        if not lateral.any():
            pair = pair[0].real, pair[1].real
        check_phase(pair[1], part.overlap, closed.n_period)
        pairs.append(pair)
    shifts = [
        onsite_shift(*pair, part.hamiltonian[0])
        for pair, part in zip(pairs, electrode.parts, strict=True)
    ]
    shift = float(electrode.weights @ shifts)
    across = zip(electrode.k_points, electrode.weights, pairs, electrode.parts, strict=True)
    return shift, tuple(
        DevicePart(
            k_point, float(weight), torch.from_numpy(h + shift * s), torch.from_numpy(s), part
        )
        for k_point, weight, (h, s), part in across
    )
