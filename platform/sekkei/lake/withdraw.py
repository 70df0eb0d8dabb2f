"""Withdrawing rows: what is written, and what becomes of labels that were withdrawn."""

import socket
import time
from collections.abc import Sequence

from sekkei import __version__
from sekkei.errors import InvalidInputError
from sekkei.lake.column_reader import ColumnReader
from sekkei.lake.keys import key_bytes
from sekkei.lake.lake import Lake
from sekkei.lake.record import Batch, WithdrawalRow, withdrawal_key
from sekkei.lake.schema import table_names
from sekkei.lake.withdrawal import events_of

_LONGEST_REASON = 500


def withdraw_rows(lake: Lake, keys: Sequence[str], reason: str, *, is_undone: bool = False) -> str:
    """Leave rows out of all reading from now on, or show them again, in one commit.

    Nothing is deleted, and what was made from a row goes with it. A withdrawn row counts as made:
    no campaign computes it again.

    Parameters
    ----------
    lake
        The lake; its newest state counts.
    keys
        Keys of rows; a key that rows of several tables share means all of them.
    reason
        Why, in one line; the history shows it.
    is_undone
        Show rows again that were withdrawn.

    Returns
    -------
    str
        Id of the new state; of the present one if all of them were as they shall be.

    Raises
    ------
    InvalidInputError
        If the lake does not hold one of them, or the reason is not one line.
    LakeConflictError
        If somebody else holds the lock.
    """
    newest = lake.refreshed()
    batch, message = _withdrawals(newest.reader, keys, reason, is_undone=is_undone)
    with newest.committer() as committer:
        return committer.commit(batch, message)


def _withdrawals(
    reader: ColumnReader, keys: Sequence[str], reason: str, *, is_undone: bool
) -> tuple[Batch, str]:
    """Return the rows, without those that are as they shall be, and a message for the history."""
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
