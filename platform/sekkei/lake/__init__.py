"""The versioned store of experiments, snapshots, labels, refusals, predictions and proposals."""

from sekkei.lake.committer import Committer
from sekkei.lake.cooperate import Part, Split, Written, write_part
from sekkei.lake.garbage import Garbage
from sekkei.lake.lake import Lake
from sekkei.lake.migrate import Migration, migrate
from sekkei.lake.record import (
    UNRECORDED,
    Batch,
    ExperimentRow,
    LabelRow,
    PredictionRow,
    ProposalRow,
    RefusalRow,
    SnapshotRow,
    label_key,
    prediction_key,
)
from sekkei.lake.storage_errors import LakeWriteError
from sekkei.provenance import Provenance

__all__ = [
    "UNRECORDED",
    "Batch",
    "Committer",
    "ExperimentRow",
    "Garbage",
    "LabelRow",
    "Lake",
    "LakeWriteError",
    "Migration",
    "Part",
    "PredictionRow",
    "ProposalRow",
    "Provenance",
    "RefusalRow",
    "SnapshotRow",
    "Split",
    "Written",
    "label_key",
    "migrate",
    "prediction_key",
    "write_part",
]
