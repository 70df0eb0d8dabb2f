"""Ctrl-C: heard from the first line on."""

import contextlib
import os
import signal
from types import FrameType

INTERRUPTED = 130
"""Exit code."""


class Interruption:
    """Takes Ctrl-C: ends the program at once until a verb works, and is remembered from then on.

    While libraries are imported nothing is lost, and what an import raises may be swallowed by it.
    """

    def __init__(self) -> None:
        self.is_working = False
        """Whether a verb may have something to clean up."""
        self.was_asked = False
        """Whether somebody pressed Ctrl-C since it works."""

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        """Hear of it."""
        if not self.is_working:
            with contextlib.suppress(OSError):
                os.write(2, b"sekkei: interrupted\n")
            os._exit(INTERRUPTED)
        self.was_asked = True
        raise KeyboardInterrupt

    @classmethod
    def listen(cls) -> None:
        """Take Ctrl-C from now on, unless it is ignored, as in the background, or taken already."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, cls())

    @classmethod
    def here(cls) -> "Interruption | None":
        """Return the one that listens, if one does."""
        handler = signal.getsignal(signal.SIGINT)
        return handler if isinstance(handler, cls) else None
