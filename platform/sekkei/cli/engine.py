"""Which labeler runs, and who works: decided in one place, and always said."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sekkei.cli.outcome import sigterm_as_interrupt
from sekkei.cli.output import say
from sekkei.errors import InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    from sekkei.fleet.port import Pool

FIRST_PRINCIPLES, FALLBACK = "gpaw", "tight-binding"


def default_labeler(name: str | None = None, options: Mapping[str, Any] | None = None) -> str:
    """Return the labeler that was asked for, or the best one that works here, and say which.

    Parameters
    ----------
    name
        What was asked for; it is never replaced by another.
    options
        Options of the labeler.

    Returns
    -------
    str
        ``gpaw`` where it can be imported, otherwise ``tight-binding``, which is a model and not
        first principles.

    Raises
    ------
    InvalidInputError
        If there is no such labeler or option.
    MissingExtraError
        If the one that was asked for is not installed.
    """
    from sekkei.transport.plugins import make_labeler

    chosen = FIRST_PRINCIPLES if name is None else name
    try:
        labeler = make_labeler(chosen, **(options or {}))
    except MissingExtraError as error:
        if name is not None:
            raise
        say(f"no first principles here: {error.message}")
        chosen = FALLBACK
        labeler = make_labeler(chosen, **(options or {}))
    say(f"labels by {labeler.engine}")
    return chosen


@contextmanager
def open_pool(n_workers: int | None, address: str | None, *, is_serial: bool) -> Iterator["Pool"]:
    """Open the workers that a user asks for; while they work, SIGTERM does what Ctrl-C does.

    Raises
    ------
    InvalidInputError
        If they are to be here alone and many at the same time, or no Ray answers.
    """
    if is_serial:
        if n_workers is not None or address is not None:
            raise InvalidInputError(
                "--serial is one worker in this process, but found --workers or --address, too; "
                "leave one of them out"
            )
        from sekkei.fleet.serial import SerialPool

        with sigterm_as_interrupt():
            yield SerialPool()
        return
    from sekkei.fleet.reachable import check_ray

    check_ray(address)
    from sekkei.fleet.pool import RayPool

    with RayPool(n_workers, address=address) as pool, sigterm_as_interrupt():
        yield pool
