"""What an atom sees: smooth overlap of atomic positions, from DScribe."""

import warnings
from functools import cache
from typing import Annotated, Any

import numpy as np
from ase.data import chemical_symbols
from jaxtyping import Float, Int
from pydantic import Field

from sekkei.errors import LabelError
from sekkei.specification import Specification
from sekkei.structure.element import element, known_elements
from sekkei.structure.junction import Junction, parse_element

with warnings.catch_warnings():
    # DScribe 2.1.2 writes LaTeX into plain docstrings; Python complains when it compiles them.
    warnings.filterwarnings("ignore", "invalid escape sequence|.* is an invalid escape")
    from dscribe.descriptors import SOAP


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
    atoms = junction.to_atoms()
    alike, weighted = _engines(options)
    first = np.asarray(alike.create(atoms, centers=centers.tolist()), dtype=np.float32)
    if np.ptp(wavevectors) == 0.0:
        # One element: the spectrum is of second order in the weight, so it need not be computed.
        second = first * np.float32(_weight(wavevectors[0]) ** 2)
    else:
        second = np.asarray(weighted.create(atoms, centers=centers.tolist()), dtype=np.float32)
    own = np.column_stack([wavevectors, volumes])[centers].astype(np.float32)
    return np.concatenate([first, second, own], axis=1)


def atomic_constants(
    numbers: Int[np.ndarray, " atom"],
) -> tuple[Float[np.ndarray, " atom"], Float[np.ndarray, " atom"]]:
    """Return Fermi wavevector (1/Å) and volume in the bcc crystal (Å³) of each atom.

    Raises
    ------
    LabelError
        If an element is not one that Sekkei has constants for.
    """
    table = _constants()
    unknown = sorted({int(n) for n in numbers} - set(table))
    if unknown:
        raise LabelError(
            f"every atom must be one of {', '.join(known_elements())}, but found atomic numbers "
            f"{unknown}; a surrogate knows alkali metals only",
            numbers=unknown,
        )
    values = np.array([table[int(n)] for n in numbers])
    return values[:, 0], values[:, 1]


@cache
def _constants() -> dict[int, tuple[float, float]]:
    found = {}
    for symbol in known_elements():
        metal = element(symbol)
        found[parse_element(symbol)] = (metal.fermi_wavevector, metal.lattice_constant**3 / 2)
    return found


@cache
def _engines(options: DescriptorOptions) -> tuple[Any, Any]:
    numbers = [parse_element(symbol) for symbol in known_elements()]
    alike = {chemical_symbols[n]: 1.0 for n in numbers}
    by_wavevector = {s: _weight(element(s).fermi_wavevector) for s in known_elements()}
    return _engine(options, alike), _engine(options, by_wavevector)


def _weight(wavevector: float) -> float:
    return wavevector / element("K").fermi_wavevector


def _engine(options: DescriptorOptions, weights: dict[str, float]) -> Any:
    return SOAP(
        species=list(weights),
        r_cut=options.cutoff_angstrom,
        n_max=options.n_radial,
        l_max=options.max_angular,
        sigma=options.broadening_angstrom,
        # Falls smoothly to zero at the cut-off, so that no atom enters with a jump.
        weighting={"function": "poly", "r0": options.cutoff_angstrom, "c": 1.0, "m": 1.0},
        compression={"mode": "mu2", "species_weighting": weights},
        periodic=False,
        sparse=False,
        dtype="float32",
    )
