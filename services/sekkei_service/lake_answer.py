"""What ``/v1/lake`` answers with."""

from datetime import datetime
from typing import Any, Literal

from sekkei.observe import ComparisonRow, LakeHistogram, Peak
from sekkei.structure.junction import Junction
from sekkei_service.wire import Wire


class LakeInfo(Wire):
    """What a lake holds, in numbers."""

    state_id: str
    """State that was read."""

    schema_version: int
    """Version of its tables."""

    rows: dict[str, int]
    """Rows by table."""

    atoms: int
    """Atoms of all structures."""

    refusals_by_kind: dict[str, int]
    """What could not be computed, by the name of the error."""

    withdrawn: dict[str, int]
    """Rows that were withdrawn, and what was made from them, by table; they are not shown."""

    labels_by_engine: dict[str, int]
    """Labels by what made them."""

    matrix_bytes: int
    """Bytes of matrices before compression."""

    files: int | None
    """Files of the lake; null in a bucket."""

    bytes: int
    """Their size."""


class StateRow(Wire):
    """One state of the lake."""

    state: str
    """Its id."""

    time: datetime
    """When it was committed."""

    message: str
    """What was committed."""

    tags: list[str]
    """Its tags."""


class History(Wire):
    """States of the lake."""

    states: list[StateRow]
    """The newest first."""


class Property(Wire):
    """Something that a filter may name."""

    name: str
    """Its name; without ``_sekkei_`` it is understood, too."""

    kind: Literal["number", "text", "key", "list"]
    """What it is compared with."""

    unit: str
    """Unit; empty for numbers without one."""

    description: str
    """What it means."""


class Properties(Wire):
    """What filters of a table may name."""

    table: str
    """The table."""

    properties: list[Property]
    """Each once."""


class RowPage(Wire):
    """Some rows of an answer."""

    state_id: str
    """State that was read: that of the first page."""

    table: str
    """Table of the rows."""

    total: int
    """Rows that fit."""

    rows: list[dict[str, Any]]
    """Columns by name; keys are 32 hexadecimal digits."""

    next_cursor: str | None
    """Where the next page begins; null after the last."""


class RowAnswer(Wire):
    """Rows of several tables."""

    state_id: str
    """State that was read."""

    rows: list[dict[str, Any]]
    """Columns by name; ``table`` says of which table."""


class Spectrum(Wire):
    """Transmission of a label."""

    key: str
    """Of the label."""

    energy_ev: list[float]
    """Energies against the Fermi level, in eV."""

    transmission: list[float]
    """Transmission at these energies."""

    eigenchannel: list[float]
    """Transmissions of the eigenchannels at the Fermi level, descending; none between surfaces."""


class Structure(Wire):
    """Atoms between two electrodes."""

    key: str
    """Of the snapshot."""

    numbers: list[int]
    """Atomic numbers."""

    positions_angstrom: list[list[float]]
    """Positions in Å; transport runs along +z."""

    regions: list[int]
    """-1 left lead, 0 device, +1 right lead."""

    electrode_period_angstrom: float
    """Length of one period of the electrodes along z, in Å."""

    lateral_period_angstrom: list[float] | None
    """Lengths along x and y after which everything repeats, in Å; null in vacuum."""

    @classmethod
    def from_junction(cls, key: str, junction: Junction) -> "Structure":
        """Take a structure of the lake."""
        across = junction.lateral_period
        return cls(
            key=key,
            numbers=junction.numbers.tolist(),
            positions_angstrom=junction.positions.tolist(),
            regions=junction.regions.tolist(),
            electrode_period_angstrom=junction.electrode_period,
            lateral_period_angstrom=None if across is None else list(across),
        )


class Structures(Wire):
    """Structures of snapshots."""

    state_id: str
    """State that was read."""

    structures: list[Structure]
    """In the order of their keys."""


class HistogramAnswer(Wire):
    """A conductance histogram, with all that is said of it."""

    state_id: str
    """State that was read."""

    model: str | None
    """Identity of the model whose predictions were counted; null for labels."""

    source: str
    """What was counted, in words: labels, or whose predictions and why."""

    element: str | None
    """Element of the contacts, if there is only one."""

    electrode: str | None
    """Electrode that was asked for."""

    quantity: str
    """Column of the labels."""

    edge_g0: list[float]
    """Edges of the bins in G0."""

    count: list[float]
    """Weight of each bin: displacement in Å."""

    density: list[float]
    """The same, scaled to an integral of 1, per G0."""

    n_experiment: int
    """Experiments that were counted."""

    n_trace: int
    """Traces that were counted."""

    n_snapshot: int
    """Snapshots that were counted."""

    peaks: list[Peak]
    """Peaks with their bootstrap intervals."""

    comparison: list[ComparisonRow]
    """Statements of experiment, and whether this histogram agrees."""

    summary: str
    """The comparison in one sentence."""

    remark: str
    """Why there is no measurement to compare with, if there is none."""

    @classmethod
    def from_histogram(cls, found: LakeHistogram, source: str) -> "HistogramAnswer":
        """Take what observation found."""
        chosen, histogram = found.selection, found.histogram
        return cls(
            state_id=found.state_id,
            model=chosen.model,
            source=source,
            element=chosen.element,
            electrode=chosen.electrode,
            quantity=chosen.quantity,
            edge_g0=histogram.edges.tolist(),
            count=histogram.counts.tolist(),
            density=histogram.density.tolist(),
            n_experiment=len(histogram.experiments),
            n_trace=histogram.n_trace,
            n_snapshot=histogram.n_snapshot,
            peaks=list(found.peaks),
            comparison=list(found.comparison),
            summary=found.summary,
            remark=found.remark,
        )
