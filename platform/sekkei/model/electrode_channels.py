"""How many channels an electrode has: from labels, from wires of equal shape, or at most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from ase.data import chemical_symbols

from sekkei.arrays import freeze
from sekkei.shapes import Float, Int
from sekkei.structure.electrode import Electrode, build_electrode
from sekkei.structure.element import element
from sekkei.structure.free_electron import most_channels
from sekkei.structure.junction import Junction
from sekkei.structure.lateral import nearest_image
from sekkei.structure.lead import recognise_leads

_SAME = 0.005
"""Lengths of one electrode agree within this share."""

_ALIKE = 0.02
"""Lengths of wires of equal shape, over their shortest bond, agree within this share."""

_POTASSIUM_WIRES = {
    "staggered-3": 3,
    "bcc100-2+2": 3, "bcc100-4+1": 3, "bcc100-5+4": 6, "bcc100-6+6": 6, "bcc100-9+4": 6,
    "bcc100-8+8": 11, "bcc100-9+12": 14,
    "bcc110-1+2": 2, "bcc110-4+4": 4, "bcc110-5+4": 3, "bcc110-7+4": 4, "bcc110-7+8": 7,
    "bcc110-9+8": 3,
    "bcc111-1+1+1": 3, "bcc111-2+2+2": 6, "bcc111-1+3+3": 6, "bcc111-4+4+4": 10,
    "bcc111-7+3+3": 10, "bcc111-7+6+6": 15,
}  # fmt: skip
"""Open channels from first principles; `docs/reference/electrodes.md` says how they were found."""


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """Channels of one electrode, and whether they were counted."""

    n_channel: int
    """The most that a contact between such electrodes can conduct, in G0."""

    origin: str
    """Where an estimate comes from; empty if labels of this very electrode say it."""

    @property
    def is_known(self) -> bool:
        """Whether it was counted for this very electrode."""
        return not self.origin


@dataclass(frozen=True, slots=True, eq=False)
class ChannelTable:
    """Electrodes whose channels were counted by the labels of a training."""

    electrodes: tuple[Electrode, ...]
    """Different ones."""

    n_channel: tuple[int, ...]
    """Open channels of each."""

    @classmethod
    def from_labels(
        cls, junctions: Sequence[Junction], n_channel: Int[np.ndarray, " junction"]
    ) -> "ChannelTable":
        """Collect the electrodes of labelled junctions."""
        electrodes: list[Electrode] = []
        counts: list[int] = []
        for junction, count in zip(junctions, n_channel.tolist(), strict=True):
            found = recognise_leads(junction).electrode
            place = next((i for i, e in enumerate(electrodes) if _is_same(e, found)), None)
            if place is None:
                electrodes.append(_at_origin(found))
                counts.append(count)
            else:
                counts[place] = max(counts[place], count)
        return cls(tuple(electrodes), tuple(counts))

    @classmethod
    def from_plain(cls, rows: Sequence[Mapping[str, Any]]) -> "ChannelTable":
        """Read what `to_plain` gave."""
        electrodes = tuple(
            Electrode(
                numbers=freeze(np.array(row["numbers"], dtype=np.int64)),
                positions=freeze(np.array(row["positions_angstrom"], dtype=np.float64)),
                period=float(row["period_angstrom"]),
                lateral_period=_pair(row["lateral_period_angstrom"]),
            )
            for row in rows
        )
        return cls(electrodes, tuple(int(row["n_channel"]) for row in rows))

    def to_plain(self) -> list[dict[str, Any]]:
        """Return plain data for a JSON file."""
        return [
            {
                "numbers": electrode.numbers.tolist(),
                "positions_angstrom": electrode.positions.tolist(),
                "period_angstrom": electrode.period,
                "lateral_period_angstrom": electrode.lateral_period
                and list(electrode.lateral_period),
                "n_channel": count,
            }
            for electrode, count in zip(self.electrodes, self.n_channel, strict=True)
        ]

    def place(self, electrode: Electrode) -> int | None:
        """Return where in the table an electrode stands; None if it does not."""
        return next((i for i, e in enumerate(self.electrodes) if _is_same(e, electrode)), None)

    def count(self, electrode: Electrode) -> ChannelCount:
        """Count the channels of an electrode without a calculation.

        Where labels know the electrode, they say it. Otherwise a wire of equal shape stands in:
        alkali metals have one electron and one crystal, so that a shape has as many channels in
        each of them unless a band edge is near. Where no such wire is known either, free
        electrons give an upper bound; see `most_channels`.

        Parameters
        ----------
        electrode
            Of elements that Sekkei has constants for.
        """
        place = self.place(electrode)
        if place is not None:
            return ChannelCount(self.n_channel[place], "")
        alike = [
            count
            for other, count in zip(self.electrodes, self.n_channel, strict=True)
            if _is_alike(other, electrode)
        ]
        if alike:
            return ChannelCount(max(alike), "as labels of another metal's wire of equal shape have")
        for name, count in _POTASSIUM_WIRES.items():
            if _is_alike(_potassium_wire(name), electrode):
                return ChannelCount(count, f"as the wire {name} of potassium has")
        return ChannelCount(_most(electrode), "an upper bound from free electrons")


def _most(electrode: Electrode) -> int:
    metals = [element(chemical_symbols[n]) for n in electrode.numbers]
    volume = sum(metal.lattice_constant**3 / 2.0 for metal in metals)
    wavevector = float(np.mean([metal.fermi_wavevector for metal in metals]))
    bound = most_channels(np.array([volume / electrode.period]), np.array([wavevector]))
    return max(1, int(bound[0]))


@cache
def _potassium_wire(name: str) -> Electrode:
    return build_electrode(name, "K")


def _is_same(one: Electrode, other: Electrode) -> bool:
    if sorted(one.numbers.tolist()) != sorted(other.numbers.tolist()):
        return False
    return _agree(_lengths(one, by_element=True), _lengths(other, by_element=True), _SAME)


def _is_alike(one: Electrode, other: Electrode) -> bool:
    if one.numbers.size != other.numbers.size:
        return False
    first, second = (_lengths(wire, by_element=False) for wire in (one, other))
    return _agree(first / _shortest(first), second / _shortest(second), _ALIKE)


def _agree(one: np.ndarray, other: np.ndarray, share: float) -> bool:
    return bool(np.allclose(one, other, rtol=share, atol=0.0))


def _shortest(lengths: Float[np.ndarray, " length"]) -> float:
    return float(lengths[lengths > 0.0].min())


def _lengths(electrode: Electrode, *, by_element: bool) -> Float[np.ndarray, " length"]:
    """Periods and all distances within a period, in Å: what no rigid motion changes."""
    i, j = np.triu_indices(electrode.numbers.size, k=1)
    apart = electrode.positions[i] - electrode.positions[j]
    apart[:, 2] -= electrode.period * np.round(apart[:, 2] / electrode.period)
    distance = np.linalg.norm(nearest_image(apart, electrode.lateral_period), axis=1)
    pair = np.sort(electrode.numbers[np.column_stack([i, j])], axis=1)
    keys = (distance, pair[:, 1], pair[:, 0]) if by_element else (distance,)
    # A wire has no lateral periods: zeros, which no surface has.
    across = electrode.lateral_period or (0.0, 0.0)
    return np.array([electrode.period, *sorted(across), *distance[np.lexsort(keys)]])


def _at_origin(electrode: Electrode) -> Electrode:
    positions = electrode.positions - electrode.positions.mean(axis=0)
    return Electrode(
        electrode.numbers,
        freeze(np.round(positions, 6) + 0.0),
        electrode.period,
        electrode.lateral_period,
    )


def _pair(lengths: Sequence[float] | None) -> tuple[float, float] | None:
    return None if lengths is None else (float(lengths[0]), float(lengths[1]))
