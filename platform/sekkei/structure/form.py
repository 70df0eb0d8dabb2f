"""A few numbers that equal structures have in common, and others do not."""

import numpy as np
from scipy.spatial.distance import pdist

from sekkei.structure.junction import DEVICE, Junction

_POWERS = (-2.0, -1.0, 1.0, 2.0, 4.0)


def form_of(junction: Junction) -> tuple[float, ...]:
    r"""Return mean distances between the atoms that are free to move, in angstrom.

    Power means over all pairs, weighted by atomic numbers: rotated, shifted, mirrored or
    reordered structures have equal ones. An atom that slips by 3 Å moves them by some 0.05 Å, one
    that shakes at 4 K by a thousandth.

    Returns
    -------
    tuple of float
        :math:`(\langle Z_i Z_j d_{ij}^k \rangle / \langle Z_i Z_j \rangle)^{1/k}` for
        :math:`k = -2, -1, 1, 2, 4`; empty for fewer than two atoms.

    Notes
    -----
    Distances weighted by charges tell molecules apart: M. Rupp et al., Phys. Rev. Lett. 108,
    058301 (2012), doi:10.1103/PhysRevLett.108.058301.
    """
    free = junction.regions == DEVICE
    if free.sum() < 2:
        return ()
    distance = pdist(junction.positions[free])
    numbers = junction.numbers[free].astype(np.float64)
    first, second = np.triu_indices(numbers.size, 1)
    weight = numbers[first] * numbers[second]
    return tuple(
        float(np.average(distance**power, weights=weight) ** (1.0 / power)) for power in _POWERS
    )
