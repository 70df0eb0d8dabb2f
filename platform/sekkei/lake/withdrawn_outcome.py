"""What becomes of labels that were withdrawn, where somebody asks for them by their keys."""

from collections.abc import Mapping

from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.keys import key_bytes
from sekkei.lake.withdrawal import withdrawal_of
from sekkei.transport.labeler import Label, Refusal


def withdrawn_outcomes(
    reader: ColumnReader, outcomes: Mapping[str, Label | Refusal]
) -> dict[str, Refusal]:
    """Return a refusal for each of some labels that was withdrawn, by key."""
    found: dict[str, Refusal] = {}
    if reader.hidden("label") is None:
        return found
    keys = [key for key, outcome in outcomes.items() if isinstance(outcome, Label)]
    for key, row in zip(keys, reader.find("label", key_bytes(keys)).tolist(), strict=True):
        if about := withdrawal_of(reader, "label", row):
            found[key] = Refusal("Withdrawn", about["withdrawn"], outcomes[key].recipe)
    return found
