"""Progress as server-sent events [1]_, which a browser takes up again where they broke off.

References
----------
.. [1] https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from sekkei_service.wire import to_json

_AT_ONCE = 2**18
_LOOK_S = 0.5
_KEEP_ALIVE_S = 15.0


async def follow(
    log: Path,
    after: int,
    state: Callable[[], str],
    may_stay: Callable[[], bool],
    look_s: float = _LOOK_S,
) -> AsyncIterator[bytes]:
    """Yield the events of a log from some byte on, until its campaign has ended.

    It also ends, without a word, when who asks may stay no more: coming back says why.

    Parameters
    ----------
    log
        JSON lines. Whole lines only are sent; each has its end in the file as id.
    after
        Id of the last event that was seen; 0 for none.
    state
        Says how the campaign fares.
    may_stay
        Says whether who asks may still be told.
    look_s
        How often to look, in s.
    """
    loop = asyncio.get_running_loop()
    said = loop.time()
    yield format_sse_event(retry=2000)
    while True:
        # Asked first: what it wrote before it ended is there then.
        now = await asyncio.to_thread(state)
        if not await asyncio.to_thread(may_stay):
            return
        lines, after = await asyncio.to_thread(read_lines, log, after)
        for end, line in lines:
            yield format_sse_event(event=_name(line), data_str=line, id=str(end))
        if lines:
            said = loop.time()
            continue
        if now not in {"queued", "running"}:
            told = to_json({"state": now}).decode()
            yield format_sse_event(event="ended", data_str=told, id=str(after))
            return
        if loop.time() - said > _KEEP_ALIVE_S:
            said = loop.time()
            yield KEEPALIVE_COMMENT
        await asyncio.sleep(look_s)


def read_lines(log: Path, after: int) -> tuple[list[tuple[int, str]], int]:
    """Return whole lines after some byte, each with the byte that it ends at, and the last one."""
    if not log.is_file():
        return [], after
    with log.open("rb") as stream:
        if after >= log.stat().st_size:  # nothing new, or an id that is of no event
            return [], after
        stream.seek(after)
        content = stream.read(_AT_ONCE)
    lines, end = [], after
    for line in content.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break  # somebody writes it now
        end += len(line)
        lines.append((end, line.decode("utf-8", "replace").rstrip("\n")))
    return lines, end


def _name(line: str) -> str:
    try:
        return str(json.loads(line)["event"])
    except (ValueError, KeyError, TypeError):  # half a line of an attempt that was killed
        return "unreadable"
