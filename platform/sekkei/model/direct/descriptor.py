"""What an atom sees: two densities around it, and what it is itself."""

from functools import cache
from typing import Annotated

import numpy as np
from ase.data import chemical_symbols
from pydantic import Field

from sekkei.arrays import freeze
from sekkei.errors import LabelError
from sekkei.model.direct.power_spectrum import PowerSpectrum
from sekkei.shapes import Float, Int
from sekkei.specification import Specification
from sekkei.structure.element import element, known_elements
from sekkei.structure.junction import Junction, parse_element


class DescriptorOptions(Specification):
    """How an atom's surroundings are described."""

    cutoff_angstrom: Annotated[float, Field(ge=4.0, le=12.0)] = 8.0
    """Radius of the surroundings, in Å; 1.7 times the nearest-neighbour distance of K."""

    n_radial: Annotated[int, Field(ge=2, le=8)] = 4
    """Radial functions."""

    max_angular: Annotated[int, Field(ge=1, le=6)] = 3
    """Highest degree of the spherical harmonics."""

    broadening_angstrom: Annotated[float, Field(gt=0.1, le=2.0)] = 0.8
    """Width of the Gaussian that stands for an atom, in Å."""


def describe_atoms(
    junction: Junction, centers: Int[np.ndarray, " center"], options: DescriptorOptions
) -> Float[np.ndarray, "center descriptor"]:
    """Describe the surroundings of some atoms.

    Two power spectra stand side by side: of the atoms as such, and of the atoms weighted by the
    free-electron Fermi wavevector of their element. So five alkali metals cost two channels, not
    fifteen, and an element that was never trained on lies between its neighbours. The
    wavevector and the atomic volume of the atom itself come last.

    Parameters
    ----------
    junction
        Everything that may be seen; it is not continued beyond its ends.
    centers
        Indices of the atoms to describe, shape ``(n_center,)``.
    options
        Cut-off and resolution.

    Returns
    -------
    ndarray
        float32, ``(n_center, n_descriptor)``; unchanged by rotation, translation and reordering
        of the atoms that are seen.

    Raises
    ------
    LabelError
        If an element is not one that Sekkei has constants for.

    References
    ----------
    .. [1] A. P. Bartok, R. Kondor, G. Csanyi, Phys. Rev. B 87, 184115 (2013),
       doi:10.1103/PhysRevB.87.184115.
    .. [2] J. Laakso et al., J. Chem. Phys. 158, 234802 (2023), doi:10.1063/5.0151031.
    """
    wavevectors, volumes = atomic_constants(junction.numbers)
    weights = wavevectors / element("K").fermi_wavevector
    spectrum = _spectrum(options)
    if np.ptp(weights) == 0.0:
        # One element: the spectrum is of second order in the weight, so it need not be computed.
        first = spectrum(junction.positions, np.ones((1, junction.n_atom)), centers)
        spectra = np.concatenate([first, first * weights[:1] ** 2], axis=1)
    else:
        spectra = spectrum(junction.positions, np.stack([np.ones_like(weights), weights]), centers)
    own = np.column_stack([wavevectors, volumes])[centers]
    return np.column_stack([spectra.reshape(len(centers), -1), own]).astype(np.float32)


def atomic_constants(
    numbers: Int[np.ndarray, " atom"],
) -> tuple[Float[np.ndarray, " atom"], Float[np.ndarray, " atom"]]:
    """Return Fermi wavevector (1/Å) and volume in the bcc crystal (Å³) of each atom.

    Raises
    ------
    LabelError
        If an element is not one that Sekkei has constants for.
    """
    values = _constants()[numbers]
    if np.isnan(values).any():
        unknown = sorted(set(numbers[np.isnan(values[:, 0])].tolist()))
        raise LabelError(
            f"every atom must be one of {', '.join(known_elements())}, but found atomic numbers "
            f"{unknown}; a surrogate knows alkali metals only",
            numbers=unknown,
        )
    return values[:, 0], values[:, 1]


@cache
def _constants() -> Float[np.ndarray, "number 2"]:
    found = np.full((len(chemical_symbols), 2), np.nan)
    for symbol in known_elements():
        metal = element(symbol)
        found[parse_element(symbol)] = metal.fermi_wavevector, metal.lattice_constant**3 / 2
    return freeze(found)


@cache
def _spectrum(options: DescriptorOptions) -> PowerSpectrum:
    return PowerSpectrum(
        cutoff=options.cutoff_angstrom,
        n_radial=options.n_radial,
        max_angular=options.max_angular,
        broadening=options.broadening_angstrom,
    )
