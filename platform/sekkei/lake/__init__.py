"""The versioned store of experiments, snapshots, labels, refusals, predictions and proposals."""

from sekkei.lake.committer import Committer
from sekkei.lake.lake import Lake
from sekkei.lake.migrate import Migration, migrate
from sekkei.lake.record import (
    UNRECORDED,
    Batch,
    ExperimentRow,
    LabelRow,
    PredictionRow,
    ProposalRow,
    Provenance,
    RefusalRow,
    SnapshotRow,
    label_key,
    prediction_key,
)

__all__ = [
    "UNRECORDED",
    "Batch",
    "Committer",
    "ExperimentRow",
    "LabelRow",
    "Lake",
    "Migration",
    "PredictionRow",
    "ProposalRow",
    "Provenance",
    "RefusalRow",
    "SnapshotRow",
    "label_key",
    "migrate",
    "prediction_key",
]
