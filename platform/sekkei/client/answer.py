"""What a service says of campaigns and histograms, as records."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from sekkei.observe import ComparisonRow, Peak, TraceSelection
from sekkei.shapes import Float


@dataclass(frozen=True, slots=True)
class CampaignAttempt:
    """One run of a campaign."""

    number: int
    """From 1."""

    state: str
    """``running``, ``succeeded``, ``partly-refused``, ``stopped``, ``failed`` or ``lost``."""

    started: datetime | None
    """When it began."""

    ended: datetime | None
    """When it ended, if that is known."""


@dataclass(frozen=True, slots=True)
class CampaignProgress:
    """How far a stage of a campaign is."""

    stage: str
    """Its name."""

    expected: int
    """Items of its last run."""

    done: int
    """Items that were finished in it."""

    refused: int
    """Items that failed in it, and are in the lake with their reason."""

    retried: int
    """Tries that failed and were made again."""

    kinds: dict[str, int]
    """Refusals by the name of the error."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign of a service."""

    name: str
    """Its name."""

    state: str
    """How its last attempt fares; ``queued`` while another campaign fills the lake."""

    created: datetime
    """When it was created."""

    created_by: str
    """By whom."""

    attempts: tuple[CampaignAttempt, ...]
    """Its runs, the first one first."""

    stages: tuple[CampaignProgress, ...]
    """How far each stage of the last attempt is."""

    place: int | None = None
    """How many campaigns are to end before it begins, itself included; None if it is not queued."""

    specification: str = field(default="", repr=False)
    """As YAML; empty in a list."""

    complaint: str = ""
    """The last error that its last attempt printed; empty if there is none, and in a list."""


@dataclass(frozen=True, slots=True, eq=False)
class ServedHistogram:
    """A histogram that a service made of its lake, with all that is said of it."""

    selection: TraceSelection
    """What was counted; the element is named where all contacts are of one."""

    state_id: str
    """State of the lake that was read."""

    edges: Float[np.ndarray, " edge"]
    """Edges of the bins in G0."""

    counts: Float[np.ndarray, " bin"]
    """Weight of each bin: displacement in angstrom."""

    density: Float[np.ndarray, " bin"]
    """The same, scaled to an integral of 1, per G0."""

    n_experiment: int
    """Experiments that were counted."""

    n_trace: int
    """Traces that were counted."""

    n_snapshot: int
    """Snapshots that were counted."""

    peaks: tuple[Peak, ...]
    """Its peaks, with their intervals."""

    comparison: tuple[ComparisonRow, ...]
    """Statements of what was measured, and whether this histogram agrees."""

    summary: str
    """The comparison in one sentence."""

    remark: str
    """Why there is no measurement to compare with, where there is none."""
