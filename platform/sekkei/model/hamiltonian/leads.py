"""Electrodes that a model knows exactly, wherever they stand and however they are turned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from sekkei.arrays import freeze
from sekkei.errors import ElectrodeError
from sekkei.model.hamiltonian.response import lowest_level
from sekkei.shapes import Float, Int
from sekkei.structure.electrode import Electrode
from sekkei.structure.junction import Junction
from sekkei.structure.lead import Leads, recognise_leads
from sekkei.structure.lead_sites import MATCH_ANGSTROM
from sekkei.transport.electrode.bands import ElectrodeBands
from sekkei.transport.electrode.lateral import LateralElectrode
from sekkei.transport.electrode.matrices import ElectrodeMatrices, electrode_arrays
from sekkei.transport.electrode.place import centred
from sekkei.transport.kernel.open_channels import OpenChannels


@runtime_checkable
class ElectrodeSource(Protocol):
    """Whatever computes the matrices of electrodes: a labeler from first principles."""

    def lateral_electrode(self, electrode: Electrode, /) -> LateralElectrode:
        """Return its matrices at each k-point across; refuse it if a band edge is near."""
        ...

    def electrode_bands(self, wire: Electrode, /) -> ElectrodeBands:
        """Return the blocks of a wire, near edges or not."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class KnownLead:
    """A wire and its matrices from first principles."""

    wire: Electrode
    """Around x = y = 0, its first atom at z = 0."""

    hamiltonian: Float[np.ndarray, "cell orbital orbital"]
    """Blocks from period 0 to period R for R = 0, 1, …, in eV."""

    overlap: Float[np.ndarray, "cell orbital orbital"]
    """The same of the overlap."""

    fermi_level: float
    """In eV."""

    @classmethod
    def compute(cls, electrode: Electrode, source: ElectrodeSource) -> "KnownLead":
        """Have the matrices of a wire computed.

        Raises
        ------
        ElectrodeError
            If it is a surface.
        """
        found = source.lateral_electrode(electrode)
        if len(found.parts) != 1:
            raise ElectrodeError(
                "a learned Hamiltonian treats wires, but the electrode is a surface with "
                f"{len(found.parts)} k-points across; use a first-principles labeler"
            )
        part = found.parts[0]
        return cls(centred(electrode), part.hamiltonian, part.overlap, part.fermi_level)

    @classmethod
    def near_edges(cls, wire: Electrode, source: ElectrodeSource) -> "KnownLead":
        """Have the matrices of a wire computed, even if labels between such wires are refused."""
        found = source.electrode_bands(wire)
        return cls(centred(wire), found.hamiltonian, found.overlap, found.fermi_level)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return plain arrays, as `from_arrays` reads them."""
        return {
            "numbers": self.wire.numbers,
            "positions": self.wire.positions,
            "period": np.array(self.wire.period),
            "hamiltonian": self.hamiltonian,
            "overlap": self.overlap,
            "fermi_level": np.array(self.fermi_level),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "KnownLead":
        """Read what `to_arrays` gave."""
        wire = Electrode(
            freeze(arrays["numbers"]), freeze(arrays["positions"]), float(arrays["period"])
        )
        level = float(arrays["fermi_level"])
        return cls(wire, arrays["hamiltonian"], arrays["overlap"], level)


@dataclass(frozen=True, slots=True, eq=False)
class OpenLead:
    """A known wire at the energies that are asked for."""

    matrices: ElectrodeMatrices
    """With self-energies at ``energies``."""

    channels: OpenChannels
    """The same self-energies in real numbers."""

    energies: Float[np.ndarray, " energy"]
    """In eV against the Fermi level."""


@dataclass(frozen=True, slots=True, eq=False)
class LeadTable:
    """All electrodes of a model, with their self-energies as they are asked for."""

    known: tuple[KnownLead, ...]
    """In the order in which they were learned."""

    # By places in the table: another table has others, so that a copy begins without them.
    _made: dict[tuple[int, bytes], OpenLead] = field(default_factory=dict, init=False, repr=False)
    _bottoms: dict[int, float] = field(default_factory=dict, init=False, repr=False)

    def place(self, junction: Junction) -> tuple[Leads, int]:
        """Turn a junction about z until its leads stand as a known electrode does.

        Returns
        -------
        Leads
            Of the turned junction.
        int
            Which electrode it is.

        Raises
        ------
        ElectrodeError
            If the leads are not perfect, or unknown.
        """
        leads = recognise_leads(junction)
        wire = centred(leads.electrode)
        for at, lead in enumerate(self.known):
            turn = _turn(wire, lead.wire)
            if turn is not None:
                placed = leads if turn == 0.0 else recognise_leads(_turned(junction, turn))
                return _in_order(placed, lead.wire), at
        raise ElectrodeError(
            f"a learned Hamiltonian must know the electrode, but this one of {wire.numbers.size} "
            f"atoms in {wire.period:g} Å is not among its {len(self.known)}; train a model with "
            "labels of it, or label from first principles"
        )

    def matrices(self, at: int, energies: Float[np.ndarray, " energy"]) -> ElectrodeMatrices:
        """Return an electrode with its self-energies at some energies in eV against E_F."""
        return self.open(at, energies).matrices

    def bottom_ev(self, numbers: Int[np.ndarray, " atom"]) -> float:
        """Return the bottom of the lowest band among known wires of some elements, against E_F.

        It is that of all wires where one of the elements has none of its own.
        """
        asked = set(numbers.tolist())
        own = [at for at, lead in enumerate(self.known) if set(lead.wire.numbers.tolist()) <= asked]
        met = {int(number) for at in own for number in self.known[at].wire.numbers}
        return min(self._bottom(at) for at in (own if met == asked else range(len(self.known))))

    def _bottom(self, at: int) -> float:
        if at not in self._bottoms:
            lead = self.known[at]
            blocks = lead.hamiltonian, lead.overlap
            self._bottoms[at] = lowest_level(*blocks, lead.fermi_level)
        return self._bottoms[at]

    def open(self, at: int, energies: Float[np.ndarray, " energy"]) -> OpenLead:
        """Return the same with its open channels."""
        key = (at, energies.tobytes())
        if key not in self._made:
            lead = self.known[at]
            # Kept up to the last block that does not vanish; one that does is asked for.
            blocks = [
                np.concatenate([kept, np.zeros_like(kept[:1])])
                for kept in (lead.hamiltonian, lead.overlap)
            ]
            arrays = electrode_arrays(blocks[0], blocks[1], lead.fermi_level, energies)
            found = ElectrodeMatrices.from_arrays(arrays)
            self._made[key] = OpenLead(found, OpenChannels.of(found.leads), energies)
        return self._made[key]


def learn_leads(
    electrodes: Sequence[Electrode], near_edges: Sequence[Electrode], source: ElectrodeSource
) -> tuple[KnownLead, ...]:
    """Compute each wire once: some that labels may have, and some that may have edges near E_F."""
    found: list[KnownLead] = []
    near = [centred(wire) for wire in near_edges]
    # Those of junctions come first, and in their order: matrices of junctions are in it.
    for electrode in [*electrodes, *near_edges]:
        wire = centred(electrode)
        if all(_turn(wire, lead.wire) is None for lead in found):
            is_near = any(_turn(wire, other) is not None for other in near)
            compute = KnownLead.near_edges if is_near else KnownLead.compute
            found.append(compute(electrode, source))
    return tuple(found)


def _in_order(leads: Leads, known: Electrode) -> Leads:
    """List the atoms of a period as a known electrode does, whose blocks are in that order."""
    found = leads.electrode
    apart = np.linalg.norm(centred(found).positions[None] - known.positions[:, None], axis=-1)
    order = apart.argmin(axis=1)
    wire = Electrode(freeze(found.numbers[order]), freeze(found.positions[order]), found.period)
    return Leads(leads.junction, wire, leads.right_offset)


def _turn(wire: Electrode, known: Electrode) -> float | None:
    """Return the angle about z that brings a wire onto a known one, or None."""
    if wire.numbers.size != known.numbers.size or wire.lateral_period is not None:
        return None
    if abs(wire.period - known.period) > MATCH_ANGSTROM:
        return None
    if _matches(wire, known, 0.0):
        return 0.0
    radius = np.hypot(*known.positions[:, :2].T)
    far = int(radius.argmax())
    towards = np.arctan2(known.positions[far, 1], known.positions[far, 0])
    angles = towards - np.arctan2(wire.positions[:, 1], wire.positions[:, 0])
    same = np.abs(np.hypot(*wire.positions[:, :2].T) - radius[far]) < MATCH_ANGSTROM
    return next((float(a) for a in angles[same] if _matches(wire, known, float(a))), None)


def _matches(wire: Electrode, known: Electrode, angle: float) -> bool:
    away = wire.positions @ rotation_about_z(angle).T
    apart = np.linalg.norm(away[:, None] - known.positions[None], axis=-1)
    near = (apart < MATCH_ANGSTROM) & (wire.numbers[:, None] == known.numbers)
    return bool((near.sum(axis=0) == 1).all() and (near.sum(axis=1) == 1).all())


def _turned(junction: Junction, angle: float) -> Junction:
    positions = junction.positions @ rotation_about_z(angle).T
    return Junction.from_sequences(
        junction.numbers, positions, junction.regions, junction.electrode_period
    )


def rotation_about_z(angle: float) -> Float[np.ndarray, "3 3"]:
    """Return the matrix that turns by an angle in rad."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
