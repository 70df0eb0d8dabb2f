"""A worker that does nothing, to measure what is around it."""

import os
import time


class Sleeper:
    """Sleeps, which takes a logical CPU and no real one."""

    def work(self, seconds: float, /) -> int:
        """Sleep for so long, in s, and say in which process."""
        time.sleep(seconds)
        return os.getpid()
