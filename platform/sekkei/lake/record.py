"""Rows of a lake, as the rest of the project speaks of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import Literal

from sekkei.identity import content_hash
from sekkei.provenance import Provenance
from sekkei.structure.experiment import Snapshot
from sekkei.transport.device_matrices import DeviceMatrices
from sekkei.transport.labeler import Label, Refusal

UNRECORDED = Provenance(node="", started=nan, finished=nan, cpu_seconds=nan, code_version="")
"""Provenance of a row whose maker did not say."""


@dataclass(frozen=True, slots=True)
class ExperimentRow:
    """An experiment that ran; its snapshots are rows of their own."""

    key: str
    """`sekkei.structure.experiment.experiment_key`."""

    spec: str
    """Canonical JSON of the `ExperimentSpec`; the lake derives its index columns from it."""

    engine: str
    """Name and version of the dynamics engine and potential."""

    provenance: Provenance
    """Where, when and by what."""


@dataclass(frozen=True, slots=True, eq=False)
class SnapshotRow:
    """One structure."""

    key: str
    """`sekkei.structure.experiment.snapshot_key`."""

    experiment: str
    """Key of its experiment; empty for a structure of a user."""

    snapshot: Snapshot
    """The frame."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelRow:
    """What one snapshot conducts."""

    key: str
    """`label_key`."""

    snapshot: str
    """Key of the snapshot."""

    label: Label
    """The label."""

    provenance: Provenance
    """Where, when and by what."""


@dataclass(frozen=True, slots=True, eq=False)
class MatrixRow:
    """The matrices that one label was read off."""

    key: str
    """`matrix_key` of the label."""

    label: str
    """Key of the label."""

    snapshot: str
    """Key of the snapshot."""

    matrices: DeviceMatrices
    """H and S, each element rounded to a multiple of 2^-22 (2.4e-7) as they go in."""

    provenance: Provenance
    """Where, when and by what."""


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """Something that could not be computed."""

    key: str
    """`label_key` of subject and recipe; of matrices of a label that there is, `matrix_key`.

    Where that refusal is in the lake for another reason, a commit makes it `refused_again_key`.
    """

    subject: str
    """Key of the experiment or of the snapshot."""

    stage: Literal["experiment", "label", "matrix"]
    """What was tried."""

    refusal: Refusal
    """Kind and reason."""

    provenance: Provenance
    """Where, when and by what."""


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """What a model says that one snapshot conducts."""

    key: str
    """`prediction_key`."""

    snapshot: str
    """Key of the snapshot."""

    model: str
    """Identity of the model."""

    conductance_g0: float
    """Predicted conductance in G0."""

    sigma_g0: float
    """Its standard deviation in G0."""

    provenance: Provenance = UNRECORDED
    """Where, when and by what."""


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One proposal of a design run, as it ended."""

    key: str
    """Identity of the proposal."""

    design: str
    """Identity of the design run."""

    round: int
    """Round of the design run, from 0."""

    target_g0: float
    """Conductance asked for, in G0."""

    composition: Mapping[str, float]
    """Fraction of each element; those not named are 0."""

    parameters: str
    """The other parameters, as JSON."""

    snapshot: str
    """Key of the structure that realises it; empty if none does."""

    predicted_g0: float
    """Conductance that the proposer expected, in G0."""

    interval_low_g0: float
    """Lower end of its interval in G0."""

    interval_high_g0: float
    """Upper end of its interval in G0."""

    surrogate_g0: float
    """Conductance by the surrogate in G0; NaN if none."""

    verified_g0: float
    """Conductance by the label in G0; NaN if not verified. The engine of the label says how."""

    label: str
    """Key of the verifying label; empty if not verified."""

    recipe: str
    """Identity of the verifying method."""

    status: str
    """What became of it."""

    seed: int = 0
    """Seed of the structure that realises it."""

    model: str = ""
    """Identity of the surrogate; empty if it is not recorded."""

    provenance: Provenance = UNRECORDED
    """Where, when and by what."""


@dataclass(frozen=True, slots=True, eq=False)
class ConflictRow:
    """A label that contradicts the one that the lake holds of its structure and recipe."""

    key: str
    """`conflict_key`."""

    label: str
    """Key of the label that came first; readers go on with that one."""

    other: Label
    """The label that came later."""

    provenance: Provenance
    """Where, when and by what the later one was made."""


@dataclass(frozen=True, slots=True)
class WithdrawalRow:
    """A row that is to be left out by readers, or is to be shown again."""

    key: str
    """`withdrawal_key`."""

    table: str
    """Table of the row."""

    subject: str
    """Key of the row."""

    ordinal: int
    """How many withdrawals and reinstatements of the row came before."""

    action: Literal["withdraw", "reinstate"]
    """What to do; that of the highest ordinal holds."""

    reason: str
    """Why, in one line."""

    node: str
    """Name of the machine where it was said."""

    time: float
    """When, in seconds since 1970-01-01 UTC."""

    code_version: str
    """Version of Sekkei that wrote it."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rows that become visible together, or not at all."""

    experiments: tuple[ExperimentRow, ...] = ()
    """Experiments."""

    snapshots: tuple[SnapshotRow, ...] = ()
    """Snapshots."""

    labels: tuple[LabelRow, ...] = ()
    """Labels."""

    refusals: tuple[RefusalRow, ...] = ()
    """Refusals."""

    predictions: tuple[PredictionRow, ...] = ()
    """Predictions."""

    proposals: tuple[ProposalRow, ...] = ()
    """Proposals."""

    matrices: tuple[MatrixRow, ...] = ()
    """Matrices."""

    conflicts: tuple[ConflictRow, ...] = ()
    """Labels that contradict others; a commit finds them itself."""

    withdrawals: tuple[WithdrawalRow, ...] = ()
    """Withdrawals; `sekkei.lake.withdraw_rows` makes them."""


def label_key(subject: str, recipe: str) -> str:
    """Identity of a label, or of a refusal: its subject and the method.

    Examples
    --------
    >>> label_key("00" * 16, "chain") == label_key("00" * 16, "chain")
    True
    """
    return content_hash("label", subject, recipe)


def refused_again_key(key: str) -> str:
    """Identity of a refusal that came after another of the same work, for another reason.

    Examples
    --------
    >>> refused_again_key("00" * 16) == refused_again_key(refused_again_key("00" * 16))
    False
    """
    return content_hash("refused again", key)


def matrix_key(label: str) -> str:
    """Identity of the matrices of a label, or of a refusal to make them again.

    Examples
    --------
    >>> matrix_key("00" * 16) == matrix_key("11" * 16)
    False
    """
    return content_hash("matrix", label)


def prediction_key(snapshot: str, model: str) -> str:
    """Identity of a prediction: its snapshot and the model.

    Examples
    --------
    >>> prediction_key("00" * 16, "direct") == label_key("00" * 16, "direct")
    False
    """
    return content_hash("prediction", snapshot, model)


def conflict_key(label: str, other: Label) -> str:
    """Identity of a label that contradicts another: its key and what it says.

    Parameters
    ----------
    label
        Key of the label that came first.
    other
        The one that came later.
    """
    return content_hash("conflict", label, other.conductance, other.energies, other.transmission)


def withdrawal_key(table: str, subject: str, ordinal: int, action: str) -> str:
    """Identity of a withdrawal or reinstatement: which row, which one of that row, and what.

    Examples
    --------
    >>> first = withdrawal_key("label", "00" * 16, 0, "withdraw")
    >>> first == withdrawal_key("label", "00" * 16, 2, "withdraw")
    False
    """
    return content_hash("withdrawal", table, subject, ordinal, action)
