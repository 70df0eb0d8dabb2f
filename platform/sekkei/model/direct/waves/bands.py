"""Bands of perfect wires, known from first principles: what an effective Hamiltonian must have.

A contact is labelled between a few electrodes only. Bands of others, which cost seconds each,
teach the effective Hamiltonian what an electrode is that no label has.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.model.direct.waves.lead import wire_matrices, wire_slopes
from sekkei.model.direct.waves.survey import Wire, describe_wire, layer_periods
from sekkei.shapes import Float
from sekkei.structure.electrode import build_electrode
from sekkei.transport.electrode.bands import ElectrodeBands, band_energies

_TOLERANCE_EV = 0.01
_FADING_EV = 0.7
_FLAT_EV = 0.2
_HIGHEST_EV = 0.3
_N_PHASE = 9

FILE = "wires.json"
"""Bands that are shipped, and parameters that fit them."""


@dataclass(frozen=True, slots=True, eq=False)
class WireBands(ReadOnlyArrays):
    """Bands of one wire. Its arrays are read-only."""

    wire: Wire
    """The wire."""

    levels: tuple[Float[np.ndarray, " _"], ...]
    """Energies up to 0.3 eV above the Fermi level, in eV against it, ascending.

    One array for each phase from 0 to pi from a layer to the next.
    """

    def misfits(
        self, parameters: Float[np.ndarray, " parameter"], *, with_slopes: bool = True
    ) -> tuple[Float[np.ndarray, " level"], Float[np.ndarray, "asked parameter"]]:
        """Return how far levels are off, over what is tolerated, and the derivatives of that.

        What is far from the Fermi level counts less.
        """
        inside, forward = wire_matrices(self.wire, parameters)
        misfits, slopes = [], [np.zeros((0, parameters.size))]
        for phase, levels in zip(np.linspace(0.0, np.pi, _N_PHASE), self.levels, strict=True):
            onwards = forward * np.exp(1j * phase)
            energies, states = np.linalg.eigh(inside + onwards + onwards.conj().T)
            n = min(len(levels), len(energies))
            weight = np.exp(-np.maximum(np.abs(levels[:n]) - _FLAT_EV, 0.0) / _FADING_EV)
            weight /= _TOLERANCE_EV
            misfits.append(weight * (energies[:n] - levels[:n]))
            if with_slopes:
                slopes.append(weight[:, None] * self._slopes(states[:, :n], phase))
        return np.concatenate(misfits), np.concatenate(slopes)

    def _slopes(self, states: np.ndarray, phase: float) -> Float[np.ndarray, "level parameter"]:
        rows = states.T
        both = rows.conj()[:, :, None] * rows[:, None, :]
        return wire_slopes(self.wire, both.real, 2.0 * (both * np.exp(1j * phase)).real)


def band_levels(bands: ElectrodeBands, n_period: int) -> list[list[float]]:
    """Return what `WireBands` holds of a wire, from its bands and the periods of a layer.

    This is how the shipped file was made, by `GpawLabeler.electrode_bands`.
    """
    columns = band_energies(bands.hamiltonian, bands.overlap) - bands.fermi_level
    grid = np.linspace(-np.pi, np.pi, len(columns))
    found = []
    for phase in np.linspace(0.0, np.pi, _N_PHASE):
        each = (phase + 2.0 * np.pi * np.arange(n_period)) / n_period
        each = (each + np.pi) % (2.0 * np.pi) - np.pi
        energies = np.sort([np.interp(each, grid, column) for column in columns.T], axis=None)
        found.append(np.round(energies[energies < _HIGHEST_EV], 4).tolist())
    return found


@cache
def shipped_bands(without: tuple[str, ...] = ()) -> tuple[WireBands, ...]:
    """Return the bands of potassium wires that Sekkei ships, without some of the wires."""
    return tuple(
        WireBands(_wire(name), tuple(freeze(np.array(row)) for row in levels))
        for name, levels in _content()["wires"].items()
        if name not in without
    )


def shipped_wires() -> tuple[str, ...]:
    """Return the names of the wires whose bands are shipped."""
    return tuple(_content()["wires"])


def start_parameters() -> Float[np.ndarray, " parameter"]:
    """Return parameters that fit the bands of the wires between which most labels are."""
    return np.array(_content()["start"], dtype=np.float64)


@cache
def _content() -> dict[str, Any]:
    text = (files("sekkei.model.direct.waves") / "data" / FILE).read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _wire(name: str) -> Wire:
    cell = build_electrode(name, "K")
    layer = cell.repeated(layer_periods(cell.numbers, cell.period))
    return describe_wire(layer.numbers, layer.positions, cell.period)
