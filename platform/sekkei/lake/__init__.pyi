from .committer import Committer
from .cooperate import Part, Split, Written, write_part
from .garbage import Garbage
from .lake import Lake
from .method import Method, read_methods
from .migrate import Migration, migrate_lake
from .record import (
    UNRECORDED,
    Batch,
    ExperimentRow,
    LabelRow,
    MatrixRow,
    PredictionRow,
    ProposalRow,
    RefusalRow,
    SnapshotRow,
    label_key,
    matrix_key,
    prediction_key,
)
from .restore import Restoration, restore_lake
from .state import State
from .storage_errors import LakeGoneError, LakeReadError, LakeWriteError

__all__ = [
    "UNRECORDED",
    "Batch",
    "Committer",
    "ExperimentRow",
    "Garbage",
    "LabelRow",
    "Lake",
    "LakeGoneError",
    "LakeReadError",
    "LakeWriteError",
    "MatrixRow",
    "Method",
    "Migration",
    "Part",
    "PredictionRow",
    "ProposalRow",
    "RefusalRow",
    "Restoration",
    "SnapshotRow",
    "Split",
    "State",
    "Written",
    "label_key",
    "matrix_key",
    "migrate_lake",
    "prediction_key",
    "read_methods",
    "restore_lake",
    "write_part",
]
