"""Results that cannot be: they become refusals, so that nothing else is lost with them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sekkei.fleet.port import Result
from sekkei.lake import Batch, Fault, RefusalRow, label_key
from sekkei.lake.admission import find_batch_faults
from sekkei.transport.labeler import Refusal

KIND = "ImpossibleResultError"
"""Kind of the refusals: what was computed is not finite, out of range, or of the wrong type."""


def refuse_impossible(batch: Batch, result: Result[Any, Any]) -> Batch:
    """Put a refusal, with the reason, in the place of each row that cannot be.

    Parameters
    ----------
    batch
        Rows of one result.
    result
        The result: its task says what was tried, and its provenance by whom.

    Returns
    -------
    Batch
        The same one if nothing is wrong. An experiment is refused with all of its snapshots, and a
        label with its matrices.
    """
    faults = find_batch_faults(batch)
    if not faults:
        return batch
    reasons: dict[str, str] = {}
    for fault in faults:
        reasons.setdefault(fault.key, f"{fault.table}: {fault.reason}")
    if batch.experiments:
        return Batch(refusals=(_experiment(result, faults),))
    bad_labels = {row.key for row in batch.labels if row.key in reasons}
    # A label whose matrices cannot be is a label all the same.
    matrices = [row for row in batch.matrices if row.label not in bad_labels]
    return replace(
        batch,
        labels=tuple(row for row in batch.labels if row.key not in reasons),
        predictions=tuple(row for row in batch.predictions if row.key not in reasons),
        matrices=tuple(row for row in matrices if row.key not in reasons),
        refusals=(*batch.refusals, *_refusals(batch, matrices, reasons, result)),
    )


def not_a_label(result: Result[Any, Any]) -> Refusal:
    """Return the refusal of a result that is not even of the type that it should be."""
    found = type(result.outcome).__name__
    return Refusal(KIND, f"a labeler must return a Label, but returned a {found}", _recipe(result))


def _refusals(
    batch: Batch, matrices: Sequence[Any], reasons: dict[str, str], result: Result[Any, Any]
) -> Iterator[RefusalRow]:
    recipe = _recipe(result)

    def row(key: str, subject: str, stage: Any, reason: str) -> RefusalRow:
        refusal = Refusal(KIND, reason, recipe, result.provenance.cpu_seconds)
        return RefusalRow(key, subject, stage, refusal, result.provenance)

    about = {row.key: row.snapshot for row in batch.labels}
    about |= {row.key: row.snapshot for row in batch.predictions}
    for key in about.keys() & reasons.keys():
        yield row(label_key(about[key], recipe), about[key], "label", reasons[key])
    for one in matrices:
        if one.key in reasons:
            yield row(one.key, one.snapshot, "matrix", reasons[one.key])


def _experiment(result: Result[Any, Any], faults: Sequence[Fault]) -> RefusalRow:
    recipe = _recipe(result)
    reason = f"{faults[0].table}: {faults[0].reason}"
    refusal = Refusal(KIND, reason, recipe, result.provenance.cpu_seconds)
    subject = result.task.subject
    key = label_key(subject, recipe)
    return RefusalRow(key, subject, "experiment", refusal, result.provenance)


def _recipe(result: Result[Any, Any]) -> str:
    return result.task.recipe
