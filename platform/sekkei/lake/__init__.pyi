from .committer import Committer
from .cooperate import Part, Split, Written, write_part
from .garbage import Garbage
from .gate import Fault
from .lake import Lake
from .method import Method, read_methods
from .migrate import Migration, migrate_lake
from .record import (
    UNRECORDED,
    Batch,
    ConflictRow,
    ExperimentRow,
    LabelRow,
    MatrixRow,
    PredictionRow,
    ProposalRow,
    RefusalRow,
    SnapshotRow,
    WithdrawalRow,
    conflict_key,
    label_key,
    matrix_key,
    prediction_key,
    withdrawal_key,
)
from .restore import Restoration, restore_lake
from .state import State
from .storage_errors import LakeGoneError, LakeReadError, LakeWriteError
from .withdraw import withdraw_rows
from .withdrawal import count_withdrawn

__all__ = [
    "UNRECORDED",
    "Batch",
    "Committer",
    "ConflictRow",
    "ExperimentRow",
    "Fault",
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
    "WithdrawalRow",
    "Written",
    "conflict_key",
    "count_withdrawn",
    "label_key",
    "matrix_key",
    "migrate_lake",
    "prediction_key",
    "read_methods",
    "restore_lake",
    "withdraw_rows",
    "withdrawal_key",
    "write_part",
]
