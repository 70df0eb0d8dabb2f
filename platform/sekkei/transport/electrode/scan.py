"""Scan an electrode: its channels against energy, and how near a band edge is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.special import expit

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.errors import InvalidInputError
from sekkei.shapes import Float, Int
from sekkei.structure.electrode import Electrode
from sekkei.transport.electrode.bands import (
    ElectrodeBands,
    band_energies,
    channel_count,
    scan_channels,
)

RANGE_EV = 0.5
"""Channels are shown so far from the Fermi level."""

STEP_EV = 0.001
"""Spacing of that grid."""

STEADY_CHANNELS = 0.25
"""A mean number of channels is steady when an error of the Fermi level moves it by at most this."""

WIDEST_SMEARING_EV = 0.1
"""Wider smearings than this are not offered: they would hide what a contact does."""


@runtime_checkable
class BandSource(Protocol):
    """Computes the bands of a wire, whether or not it would label a contact with it.

    Labelers that know electrodes implement it beside `Labeler`.
    """

    @property
    def engine(self) -> str:
        """Name and version of what computes, for people."""
        ...

    def electrode_bands(self, wire: Electrode) -> ElectrodeBands:
        """Return the matrices of a wire in vacuum.

        Raises
        ------
        LabelError
            If the method cannot treat it; never for a near band edge.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ElectrodeScan(ReadOnlyArrays):
    """Channels of an electrode around its Fermi level. Its arrays are read-only."""

    energies: Float[np.ndarray, " energy"]
    """Within `RANGE_EV` of the Fermi level, in eV against it."""

    channels: Int[np.ndarray, " energy"]
    """Bands that cross each energy with positive velocity."""

    n_channel: int
    """Channels at the Fermi level."""

    edge_distance: float
    """Distance of the nearest band edge from the Fermi level in eV; `RANGE_EV` if none is near."""

    edge_limit: float
    """The labeler refuses an electrode with a nearer edge, in eV."""

    smearing: float | None
    """Least thermal energy kT, in eV, from which on a mean over -df/dE is steady; 0 where none is
    needed, None where no channel is open or `WIDEST_SMEARING_EV` is not enough."""

    window: float | None
    """The same for a plain mean: least half width of its window, in eV."""

    engine: str
    """What computed the bands."""

    @property
    def is_usable(self) -> bool:
        """Whether the labeler takes this electrode as it is."""
        return self.n_channel > 0 and self.edge_distance >= self.edge_limit

    @property
    def verdict(self) -> str:
        """Say in one line whether the electrode is usable, and what would make it so."""
        if self.n_channel == 0:
            return "refused: no channel is open at the Fermi level"
        if self.is_usable:
            return "usable"
        near = f"refused: a band edge nearer than {self.edge_limit:g} eV; "
        if self.smearing is None:
            return near + f"no smearing up to {WIDEST_SMEARING_EV:g} eV makes it usable"
        window = "" if self.window is None else f", or with window_ev of {self.window:g} eV"
        return near + f"usable with edge_ev=0 and a mean over kT of {self.smearing:g} eV{window}"

    @property
    def steps(self) -> tuple[tuple[float, float, int], ...]:
        """Stretches of equal channels: from, to (eV) and how many."""
        cuts = np.flatnonzero(np.diff(self.channels)) + 1
        first, last = [0, *cuts.tolist()], [*(cuts - 1).tolist(), len(self.channels) - 1]
        return tuple(
            (float(self.energies[i]), float(self.energies[j]), int(self.channels[i]))
            for i, j in zip(first, last, strict=True)
        )


def scan_electrode(source: BandSource, wire: Electrode) -> ElectrodeScan:
    r"""Count the channels of a wire around its Fermi level.

    An electrode with a band edge near its Fermi level is refused, because an error of the bands
    as small as that distance changes how many channels it has. A mean over energies that is wide
    enough does not feel it; this function finds how wide.

    Parameters
    ----------
    source
        A labeler that computes the bands of electrodes.
    wire
        In vacuum.

    Raises
    ------
    InvalidInputError
        If it is a surface.
    LabelError
        If the source cannot treat it.

    Notes
    -----
    With N(E) channels, of which :math:`\Delta_j` start (or, negative, end) at :math:`E_j`, the
    mean over the thermal window of the Landauer formula [1]_ at a Fermi level :math:`\mu` is
    :math:`N_0 + \sum_j \Delta_j / (1 + e^{(E_j - \mu) / kT})`. It is steady when a shift of
    :math:`\mu` by ``edge_limit`` either way moves it by at most `STEADY_CHANNELS`.

    References
    ----------
    .. [1] S. Datta, Electronic Transport in Mesoscopic Systems (1995), section 2.5,
       doi:10.1017/CBO9780511805776.
    """
    if wire.lateral_period is not None:
        raise InvalidInputError(
            "a scan takes a wire in vacuum, but found a surface: it has other channels at each k "
            "across, and no band edge that matters; label with it as it is"
        )
    found = source.electrode_bands(wire)
    bands = band_energies(found.hamiltonian, found.overlap)
    at_level = scan_channels(bands, found.fermi_level, RANGE_EV)
    # Twice as far as is shown, so that the tails of a smearing fall on something.
    n_step = round(2.0 * RANGE_EV / STEP_EV)
    energies = np.arange(-n_step, n_step + 1) * STEP_EV
    channels = channel_count(bands, found.fermi_level + energies)
    shown = np.abs(energies) < RANGE_EV + STEP_EV / 2.0

    def least(mean: _Mean) -> float | None:
        if at_level.n_channel == 0:
            return None
        if at_level.edge_distance >= found.edge_limit:
            return 0.0
        return _least_width(energies, channels, found.edge_limit, mean)

    return ElectrodeScan(
        energies=freeze(energies[shown]),
        channels=freeze(channels[shown]),
        n_channel=at_level.n_channel,
        edge_distance=at_level.edge_distance,
        edge_limit=found.edge_limit,
        smearing=least(_thermal),
        window=least(_box),
        engine=source.engine,
    )


_Mean = Callable[[np.ndarray, float], np.ndarray]
"""Part of a mean of some width, in eV, that lies above an edge so far below its centre."""


def _thermal(above: np.ndarray, width: float) -> np.ndarray:
    return np.asarray(expit(above / width))


def _box(above: np.ndarray, width: float) -> np.ndarray:
    return np.clip(0.5 * (above / width + 1.0), 0.0, 1.0)


def _least_width(
    energies: Float[np.ndarray, " energy"],
    channels: Int[np.ndarray, " energy"],
    error: float,
    mean: _Mean,
) -> float | None:
    jumps = np.diff(channels)
    edges = (energies[1:] + energies[:-1])[jumps != 0] / 2.0
    jumps = jumps[jumps != 0]
    shifts = np.linspace(-error, error, 21)
    least = None
    # From the widest down, so that every wider one is steady, too.
    for i_width in range(round(WIDEST_SMEARING_EV / STEP_EV), 0, -1):
        width = round(i_width * STEP_EV, 6)
        means = mean(shifts[:, None] - edges, width) @ jumps
        if np.abs(means - means[len(shifts) // 2]).max() > STEADY_CHANNELS:
            break
        least = width
    return least
