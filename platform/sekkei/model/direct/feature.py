"""From a junction to what the network reads: atoms, their surroundings, and slices along z."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.model.direct.descriptor import DescriptorOptions, atomic_constants, describe_atoms
from sekkei.shapes import Float
from sekkei.specification import Specification
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction
from sekkei.structure.lead import check_overlap, extend_leads
from sekkei.structure.lead_sites import MATCH_ANGSTROM

_REACH = 3.0
"""Lead atoms further from the device than so many window widths add less than 0.3 %."""


class FeatureOptions(Specification):
    """How a junction is cut into what the network reads."""

    descriptor: DescriptorOptions = Field(default_factory=DescriptorOptions)
    """How an atom's surroundings are described."""

    slice_spacing_angstrom: Annotated[float, Field(ge=0.2, le=2.0)] = 1.5
    """Largest distance between slices, in Å."""

    slice_width_angstrom: Annotated[float, Field(ge=0.5, le=4.0)] = 2.0
    """Standard deviation of the Gaussian window of a slice, in Å."""


@dataclass(frozen=True, slots=True, eq=False)
class JunctionFeatures(ReadOnlyArrays):
    """One junction as the network reads it. Its arrays are read-only."""

    descriptors: Float[np.ndarray, "described descriptor"]
    """Surroundings of every described atom, float32."""

    sharvin: Float[np.ndarray, " described"]
    """Atomic volume times kF²/4π: what an atom adds to the Sharvin conductance, in G0 Å."""

    windows: Float[np.ndarray, "slice described"]
    """Weight of an atom in a slice, in 1/Å. Row 0 is the mean over one period of the lead."""

    spacing: float
    """Distance between slices, in angstrom."""

    @property
    def n_device(self) -> int:
        """Number of described atoms that are not reference atoms of the leads."""
        return int((self.windows[0] == 0.0).sum())

    def device_mean(self) -> Float[np.ndarray, " descriptor"]:
        """Return the mean descriptor over device and neighbouring lead atoms."""
        mean: np.ndarray = self.descriptors[self.windows[0] == 0.0].mean(axis=0)
        return mean


def describe_junction(junction: Junction, options: FeatureOptions) -> JunctionFeatures:
    """Describe one junction.

    The leads are continued periodically first, so that every described atom sees what it sees
    in the infinite wire. Slices lie between the inner faces of the leads; the grid hangs on
    those faces, so that moving the junction moves the grid with it. A slice's Sharvin
    conductance is that of a free-electron wire whose cross-section is the volume of the atoms
    in the slice per length [1]_.

    Raises
    ------
    LabelError
        If an element is unknown.
    AtomOverlapError
        If two atoms sit on top of each other.
    ElectrodeError
        If the ends of the junction do not repeat.

    References
    ----------
    .. [1] Yu. V. Sharvin, Sov. Phys. JETP 21, 655 (1965).
    """
    atomic_constants(junction.numbers)
    check_overlap(junction)
    margin = options.descriptor.cutoff_angstrom
    period = junction.electrode_period
    wide = extend_leads(junction, 2.0 * margin + 2.0 * period)
    faces = _faces(junction)
    reference = _reference_atoms(wide, faces[0], margin)
    near = _near_atoms(wide, faces, _REACH * options.slice_width_angstrom)
    chosen = np.concatenate([reference, near])
    windows, spacing = _windows(wide.positions[near, 2], faces, options)
    lead_row = np.zeros((1, chosen.size))
    lead_row[0, : reference.size] = 1.0 / period
    windows = np.vstack([lead_row, np.pad(windows, ((0, 0), (reference.size, 0)))])
    wavevectors, volumes = atomic_constants(wide.numbers[chosen])
    return JunctionFeatures(
        freeze(describe_atoms(wide, chosen, options.descriptor), np.float32),
        freeze(volumes * wavevectors**2 / (4.0 * np.pi), np.float32),
        freeze(windows, np.float32),
        float(spacing),
    )


def describe_junctions(
    junctions: Sequence[Junction], options: FeatureOptions
) -> tuple[JunctionFeatures, ...]:
    """Describe junctions one after the other; refuses what `describe_junction` refuses."""
    return tuple(describe_junction(junction, options) for junction in junctions)


def _faces(junction: Junction) -> tuple[float, float]:
    z = junction.positions[:, 2]
    return float(z[junction.regions == LEFT].max()), float(z[junction.regions == RIGHT].min())


def _reference_atoms(wide: Junction, face: float, depth: float) -> np.ndarray:
    # One whole period, so deep in the left lead that it sees nothing but its own wire.
    lead = np.flatnonzero(wide.regions == LEFT)
    inward = face - wide.positions[lead, 2]
    first = inward[inward > depth].min() - MATCH_ANGSTROM
    inside = (inward > first) & (inward < first + wide.electrode_period)
    reference: np.ndarray = lead[inside]
    return reference


def _near_atoms(wide: Junction, faces: tuple[float, float], reach: float) -> np.ndarray:
    z = wide.positions[:, 2]
    inside = (z > faces[0] - reach) & (z < faces[1] + reach)
    return np.flatnonzero(inside | (wide.regions == DEVICE))


def _windows(
    z: np.ndarray, faces: tuple[float, float], options: FeatureOptions
) -> tuple[np.ndarray, float]:
    length = faces[1] - faces[0]
    n_slice = max(2, int(np.ceil(length / options.slice_spacing_angstrom)))
    spacing = length / n_slice
    centers = faces[0] + spacing * (np.arange(n_slice) + 0.5)
    width = options.slice_width_angstrom
    scaled = (centers[:, None] - z[None, :]) / width
    return np.exp(-0.5 * scaled**2) / (width * np.sqrt(2.0 * np.pi)), spacing
