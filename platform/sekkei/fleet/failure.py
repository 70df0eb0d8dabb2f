"""Which tasks a lost worker is counted against, and what people are told of it."""

from typing import Any

from ray import exceptions as ray_errors

from sekkei.errors import MissingExtraError, SekkeiError
from sekkei.fleet.port import MemoryLimitError, P, Task
from sekkei.fleet.retry import FailureKind


def failure_kind(error: ray_errors.RayError) -> FailureKind:
    """Return how a worker failed, by the error that Ray raises in place of its result."""
    if isinstance(error, ray_errors.OutOfMemoryError):
        return FailureKind.OUT_OF_MEMORY
    is_node = isinstance(error, ray_errors.NodeDiedError | ray_errors.ActorUnavailableError)
    # Ray keeps the reason of an actor's death in its message only.
    return FailureKind.NODE_LOST if is_node or "node has died" in str(error) else FailureKind.DIED


def attribute_failure(
    tasks: list[Task[P]], kind: FailureKind, n_first: int = 1
) -> tuple[list[Task[P]], list[Task[P]]]:
    """Return which tasks of a worker count a failure, and which may have caused it.

    Parameters
    ----------
    tasks
        What the worker had been given, oldest first.
    kind
        What befell the worker.
    n_first
        How many of them it had been given together and was at.
    """
    if kind is FailureKind.NODE_LOST:
        return tasks[:1], []
    if kind is FailureKind.TIME_OUT:
        return (tasks[:1] if n_first == 1 else []), tasks[:n_first]
    # Of several tasks at a worker any may be the culprit: the fault is given to none.
    return (tasks if len(tasks) == 1 else []), tasks


def failed_start(cause: Any) -> SekkeiError | None:
    """Return what is said of an exception at the start of a worker; none if it is a bug."""
    if isinstance(cause, SekkeiError):
        return cause
    if isinstance(cause, MemoryError):
        return MemoryLimitError(
            f"a worker must fit into memory while it starts, but: {last_line(str(cause) or '-')}; "
            "run fewer workers on a node"
        )
    # A library or a compiler that is not there is an OSError where it is not an ImportError.
    if isinstance(cause, ImportError | OSError):
        return cannot_start(f"{type(cause).__name__}: {cause}")
    return None


def cannot_start(reason: str) -> MissingExtraError:
    """Return what is said where something is not installed."""
    return MissingExtraError(
        f"a worker must be able to start, but: {last_line(reason)}; "
        "install the same packages where the workers run"
    )


def last_line(text: str) -> str:
    """Return the last line of a text, which says most in a traceback."""
    return text.strip().splitlines()[-1].strip() if text.strip() else "no reason given"
