"""Attempts at a campaign: what the folder of each, and its process, say."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import psutil

from sekkei_service.campaign_process import ENDED, PROCESS

State = Literal["queued", "running", "succeeded", "partly-refused", "stopped", "failed", "lost"]

STATES: tuple[State, ...] = get_args(State)
"""What can be said of a campaign."""

STOPPED = "stopped.json"
"""Written where somebody asked an attempt to end, with the time."""

START_S = 20.0
"""Until its process has said a word an attempt counts as running for so long, in s."""

_BY_CODE: Mapping[int, State] = {0: "succeeded", 3: "partly-refused", 130: "stopped"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a campaign."""

    number: int
    """From 1."""

    state: State
    """How it fares; ``lost`` if its process ended without a word."""

    started_unix_s: float | None
    """When it began."""

    ended_unix_s: float | None
    """When it ended, if that is known."""

    pid: int | None
    """Its process, while it runs."""

    is_stopping: bool = False
    """Whether it still runs, but was asked to end."""


def attempt_folders(folder: Path) -> list[Path]:
    """Return the folders of the attempts at a campaign, the first one first."""
    found = folder.glob("attempt-*")
    return sorted(found, key=lambda one: int(one.name.removeprefix("attempt-")))


def read_attempt(place: Path) -> Attempt:
    """Read what the folder of an attempt says."""
    # How it ended is read last: it may end while we look.
    begun = _read_json(place / PROCESS)
    is_alive = begun is not None and _is_alive(int(begun["pid"]), place)
    stopped, ended = _read_json(place / STOPPED), _read_json(place / ENDED)
    if ended is not None:
        state = _BY_CODE.get(int(ended["code"]), "failed")
    elif is_alive or (begun is None and _is_new(place)):
        state = "running"
    else:
        state = "stopped" if stopped else "lost"
        # One that was ended at once had no time to say when.
        ended = stopped and {"ended_unix_s": stopped["time_unix_s"]}
    return Attempt(
        number=int(place.name.removeprefix("attempt-")),
        state=state,
        started_unix_s=begun["started_unix_s"] if begun else None,
        ended_unix_s=ended["ended_unix_s"] if ended else None,
        pid=int(begun["pid"]) if begun and state == "running" else None,
        is_stopping=state == "running" and stopped is not None,
    )


def _is_new(place: Path) -> bool:
    # Between the folder and the first word of its process lie some seconds.
    return time.time() - place.stat().st_mtime < START_S


def _is_alive(pid: int, place: Path) -> bool:
    # Numbers of processes are given again: the folder in its command says that it is ours.
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and str(place) in process.cmdline()
    except psutil.Error:
        return False


def _read_json(file: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    return found
