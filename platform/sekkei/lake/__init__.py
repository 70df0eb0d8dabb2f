"""The versioned store of experiments, snapshots, labels, refusals, predictions and proposals."""

from sekkei.lake.committer import Committer
from sekkei.lake.lake import Lake
from sekkei.lake.record import (
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
    "Batch",
    "Committer",
    "ExperimentRow",
    "LabelRow",
    "Lake",
    "PredictionRow",
    "ProposalRow",
    "Provenance",
    "RefusalRow",
    "SnapshotRow",
    "label_key",
    "prediction_key",
]
