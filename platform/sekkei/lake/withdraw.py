"""Withdrawing rows: what is written, and what becomes of labels that were withdrawn."""

import socket
import time
from collections.abc import Mapping, Sequence

from sekkei import __version__
from sekkei.errors import InvalidInputError
from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.keys import key_bytes
from sekkei.lake.record import Batch, WithdrawalRow, withdrawal_key
from sekkei.lake.schema import table_names
from sekkei.lake.withdrawal import events_of, withdrawal_of
from sekkei.transport.labeler import Label, Refusal

_LONGEST_REASON = 500


def withdrawal_batch(
    reader: ColumnReader, keys: Sequence[str], reason: str, *, is_undone: bool = False
) -> tuple[Batch, str]:
    """Make the rows that withdraw rows, or show them again, and a message for the history.

    Parameters
    ----------
    reader
        The lake.
    keys
        Keys of rows; a key that rows of several tables share means all of them.
    reason
        Why, in one line.
    is_undone
        Show rows again that were withdrawn.

    Returns
    -------
    batch, message
        Without those that are as they shall be.

    Raises
    ------
    InvalidInputError
        If the lake does not hold one of them, or the reason is not one line.
    """
    _check_reason(reason)
    places = [(table, key) for key in dict.fromkeys(keys) for table in _tables_with(reader, key)]
    said = {place: events_of(reader, *place) for place in places}
    action = "reinstate" if is_undone else "withdraw"
    rows = tuple(
        WithdrawalRow(
            key=withdrawal_key(table, key, len(before), action),
            table=table,
            subject=key,
            ordinal=len(before),
            action="reinstate" if is_undone else "withdraw",
            reason=reason.strip(),
            node=socket.gethostname(),
            time=time.time(),
            code_version=__version__,
        )
        for (table, key), before in said.items()
        if is_undone == bool(before and before[-1]["action"] == "withdraw")
    )
    named = ", ".join(f"{row.table} {row.subject}" for row in rows[:2])
    more = f" and {len(rows) - 2} more" if len(rows) > 2 else ""
    return Batch(withdrawals=rows), f"{action} {named}{more}: {reason.strip()}"


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


def _tables_with(reader: ColumnReader, key: str) -> tuple[str, ...]:
    packed = key_bytes([key])
    found = tuple(
        table
        for table in table_names()
        if table != "withdrawal" and reader.find(table, packed)[0] >= 0
    )
    if not found:
        raise InvalidInputError(
            f"what is withdrawn must be a row of the lake, but {key!r} is none; look for it with "
            "sekkei lake query",
            key=key,
        )
    return found


def _check_reason(reason: str) -> None:
    if not reason.strip() or not reason.isprintable() or len(reason) > _LONGEST_REASON:
        raise InvalidInputError(
            f"a reason must be one line of 1 to {_LONGEST_REASON} printable characters, but found "
            f"{reason[:_LONGEST_REASON]!r}; say why in a sentence"
        )
