"""Standard streams that are closed, full, or that nobody reads."""

import errno
import io
import os
import stat
import sys

from typing_extensions import Buffer, override

from sekkei.cli.output import say_error

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def open_closed_streams() -> None:
    """Let streams that are closed lead nowhere; a file of a lake would get their number."""
    for number, mode in ((0, "r"), (1, "w"), (2, "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which takes the lowest free number: this one
        name = ("stdin", "stdout", "stderr")[number]
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


class _Messages(io.FileIO):
    """Messages that nobody need read: where nobody does, they lead nowhere and the work goes on."""

    @override
    def write(self, data: Buffer, /) -> int:
        """Write messages, or drop them if their reader is gone."""
        try:
            return super().write(data)
        except BrokenPipeError:
            _lead_nowhere(self.fileno())
            return memoryview(data).nbytes


def let_messages_be_unread() -> None:
    """Let no reader of messages that goes away end the work, as behind ``2>&1 | head``."""
    if stat.S_ISFIFO(os.fstat(2).st_mode):
        raw = io.BufferedWriter(_Messages(2, "wb", closefd=False))
        sys.stderr = io.TextIOWrapper(
            raw, encoding=sys.stderr.encoding, errors="backslashreplace", line_buffering=True
        )


def is_unread(error: BaseException) -> bool:
    """Whether a program ended because nobody reads its results any more, as behind ``| head``."""
    cause = error.__context__ if isinstance(error, SystemExit) else error
    return isinstance(cause, BrokenPipeError)


def leave_unread() -> None:
    """Let what was not written lead nowhere, so that nothing is said of it at the end."""
    _lead_nowhere(sys.stdout.fileno())


def _lead_nowhere(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def is_full(error: OSError) -> bool:
    """Tell that results could not be written, if that is so; otherwise it is a bug."""
    if error.errno not in _FULL:
        return False
    leave_unread()
    said = (error.strerror or "").lower()
    say_error(f"results must go somewhere, but: {said}; make room, and run it again")
    return True
