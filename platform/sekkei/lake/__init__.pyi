from .committer import Committer
from .cooperate import Part, Split, Written, write_part
from .garbage import Garbage
from .lake import Lake
from .migrate import Migration, migrate_lake
from .record import (
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
from .storage_errors import LakeWriteError

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
    "RefusalRow",
    "SnapshotRow",
    "Split",
    "Written",
    "label_key",
    "migrate_lake",
    "prediction_key",
    "write_part",
]
