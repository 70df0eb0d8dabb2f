"""Campaigns of a service: folders of files, and the processes that they name."""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from sekkei.campaign import CampaignSpec
from sekkei.lake.location import address_of
from sekkei.specification import specification_text
from sekkei_service.campaign_attempt import (
    START_S,
    STOPPED,
    Attempt,
    State,
    attempt_folders,
    read_attempt,
)
from sekkei_service.campaign_process import COMMAND, PROCESS, write_json
from sekkei_service.campaign_queue import enqueue, is_empty, leave_queue, queued_since
from sekkei_service.log import facts
from sekkei_service.problem import not_found, refused
from sekkei_service.settings import ServiceSettings

_LOG = logging.getLogger("sekkei_service")
_ERROR = "sekkei: "
_QUEUE_LOCK = ".queue.lock"
_SPECIFICATION, _ABOUT, LOG = "campaign.yaml", "about.json", "log.jsonl"


@dataclass(frozen=True, slots=True)
class StoredCampaign:
    """A campaign, as its folder says."""

    name: str
    """Its name."""

    created_unix_s: float
    """When it was created."""

    created_by: str
    """By whom."""

    specification: str
    """What is done, as YAML."""

    attempts: tuple[Attempt, ...]
    """Its runs, the first one first."""

    log: Path
    """Its events, one JSON object a line."""

    complaint: str
    """The last error that the last attempt printed; empty if there is none."""

    queued_unix_s: float | None = None
    """Since when it waits for others to end; None if it does not."""

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to end, and has not yet."""
        return self.state == "running" and self.attempts[-1].is_stopping

    @property
    def state(self) -> State:
        """How the last attempt fares, or that the next one waits."""
        if self.queued_unix_s is not None:
            return "queued"
        # One that was taken out of the queue before it began.
        return self.attempts[-1].state if self.attempts else "stopped"


class CampaignStore:
    """Starts, finds and stops campaigns; the lake is filled by their processes, never by ours."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._folder = settings.state.resolve() / "campaigns"
        self._lock = threading.Lock()

    def create(self, spec: CampaignSpec, who: str) -> tuple[StoredCampaign, bool]:
        """Queue a campaign, and start it if none runs; one that is there already is returned.

        Returns
        -------
        StoredCampaign, bool
            The campaign, and whether it is new.

        Raises
        ------
        RefusedError
            If there is one of that name with another specification, or too many wait.
        """
        # What was checked is what runs, whatever else a reader of YAML could see in the text.
        text = specification_text(spec)
        with self._alone():
            folder = self._folder / spec.name
            if folder.exists():
                known = self._read(folder)
                if known.specification != text:
                    raise refused(
                        409,
                        f"campaign {spec.name} is there with another specification; give the "
                        "new one another name",
                    )
                return known, False
            self._check_room()
            draft = self._folder / f".{spec.name}.part"
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True, mode=0o700)
            (draft / _SPECIFICATION).write_text(text, "utf-8")
            now = time.time()
            write_json(draft / _ABOUT, {"created_unix_s": now, "created_by": who})
            enqueue(draft, 1, now)
            draft.rename(folder)
            self._advance()
            return self._read(folder), True

    def resume(self, name: str) -> StoredCampaign:
        """Go on with a campaign that ended, as a new attempt, at once or when others have ended.

        Raises
        ------
        RefusedError
            If there is none of that name, it has not ended, or too many wait.
        """
        with self._alone():
            folder = self._known(name)
            state = self._read(folder).state
            if state in {"running", "queued"}:
                raise refused(
                    409, f"a campaign must have ended to go on, but {name} is {state}; wait for it"
                )
            self._check_room()
            enqueue(folder, len(attempt_folders(folder)) + 1, time.time())
            self._advance()
            return self._read(folder)

    def advance(self) -> None:
        """Start the campaign that waits longest if none runs."""
        if not is_empty(self._folder):
            with self._alone():
                self._advance()

    def while_idle(self, work: Callable[[], None]) -> None:
        """Do something short while no campaign runs or begins, unless one runs now."""
        with self._alone():
            if not any(one.state == "running" for one in self.every()):
                work()

    def stop(self, name: str, *, is_forced: bool) -> StoredCampaign:
        """Ask a campaign to end, as Ctrl-C does, or take it out of the queue.

        What it has done is committed first.

        Parameters
        ----------
        name
            Of the campaign.
        is_forced
            End its processes at once; what is committed stays.

        Raises
        ------
        RefusedError
            If there is none of that name, or it neither runs nor waits.
        """
        with self._alone():
            folder = self._known(name)
            if self._read(folder).state == "queued":
                leave_queue(folder)
                return self._read(folder)
        found = self.find(name)
        pid = found.attempts[-1].pid if found.attempts else None
        if pid is None:
            raise refused(409, f"campaign {name} does not run: it is {found.state}")
        place = self._known(name) / f"attempt-{found.attempts[-1].number}"
        write_json(place / STOPPED, {"time_unix_s": time.time()})
        if is_forced:
            os.killpg(pid, signal.SIGKILL)  # it leads a group of its own
        else:
            os.kill(pid, signal.SIGINT)
        return self.find(name)

    def find(self, name: str) -> StoredCampaign:
        """Return a campaign.

        Raises
        ------
        RefusedError
            If there is none of that name.
        """
        return self._read(self._known(name))

    def every(self) -> tuple[StoredCampaign, ...]:
        """Return every campaign, the newest first."""
        if not self._folder.is_dir():
            return ()
        names = [entry for entry in self._folder.iterdir() if not entry.name.startswith(".")]
        found = [self._read(folder) for folder in names]
        return tuple(sorted(found, key=lambda one: -one.created_unix_s))

    def place(self, found: StoredCampaign) -> int | None:
        """Return how many campaigns of the queue come before it, itself included."""
        return None if found.queued_unix_s is None else places(self.every()).get(found.name)

    def output(self, name: str, most_bytes: int = 2**16) -> str:
        """Return the end of what the last attempt printed."""
        folder = self._known(name)
        attempts = attempt_folders(folder)
        file = attempts[-1] / "output.txt" if attempts else folder / "output.txt"
        if not file.is_file():
            return ""
        with file.open("rb") as stream:
            stream.seek(max(0, file.stat().st_size - most_bytes))
            return stream.read().decode("utf-8", "replace")

    def _known(self, name: str) -> Path:
        folder = self._folder / name
        if name.startswith(".") or "/" in name or not folder.is_dir():
            raise not_found(f"a campaign must be one of this service, but {name!r} is none")
        return folder

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # `sekkei serve` lets one service look after a folder, but applications are made without it.
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._lock, FileLock(self._folder / _QUEUE_LOCK, thread_local=False):
            yield

    def _check_room(self) -> None:
        most = self._settings.limits.queued
        if len(_queue(self.every())) >= most:
            raise refused(
                409, f"at most {most} campaigns may wait, and so many do; come again when one ended"
            )

    def _advance(self) -> None:
        known = self.every()
        queue = _queue(known)
        if queue and not any(one.state == "running" for one in known):
            self._start(self._folder / queue[0].name)

    def _read(self, folder: Path) -> StoredCampaign:
        about = json.loads((folder / _ABOUT).read_text("utf-8"))
        attempts = attempt_folders(folder)
        return StoredCampaign(
            name=folder.name,
            created_unix_s=about["created_unix_s"],
            created_by=about["created_by"],
            specification=(folder / _SPECIFICATION).read_text("utf-8"),
            attempts=tuple(read_attempt(one) for one in attempts),
            queued_unix_s=queued_since(folder, len(attempts)),
            log=folder / LOG,
            complaint=_complaint(self.output(folder.name)),
        )

    def _start(self, folder: Path) -> None:
        place = folder / f"attempt-{len(attempt_folders(folder)) + 1}"
        place.mkdir(mode=0o700)
        try:
            process = self._begin(folder, place)
        except OSError:
            # Without a process it is no attempt, and the campaign goes on waiting.
            shutil.rmtree(place, ignore_errors=True)
            raise
        leave_queue(folder)
        # Whoever waits for it takes it out of the list of processes when it has ended.
        threading.Thread(target=process.wait, daemon=True).start()
        deadline = time.monotonic() + START_S
        while not (place / PROCESS).is_file() and process.poll() is None:
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        begun = {"campaign": folder.name, "attempt": place.name, "pid": process.pid}
        _LOG.info("campaign begins", extra=facts(begun))

    def _begin(self, folder: Path, place: Path) -> "subprocess.Popen[bytes]":
        write_json(place / COMMAND, self._command(folder))
        with (place / "output.txt").open("wb") as output:
            return subprocess.Popen(  # noqa: S603  (our own program, and no shell)
                [sys.executable, "-P", "-m", "sekkei_service.campaign_process", str(place)],
                cwd=place,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _command(self, folder: Path) -> list[str]:
        settings = self._settings
        lake = settings.lake
        place = address_of(lake) if str(lake).startswith("s3:/") else str(lake.resolve())
        files = [str(folder / _SPECIFICATION), "--lake", place, "--log", str(folder / LOG)]
        registry = [] if settings.registry is None else ["--registry", settings.registry]
        workers = [] if settings.workers is None else ["--workers", str(settings.workers)]
        ray = [] if settings.ray_address is None else ["--address", settings.ray_address]
        how = ["--serial"] if settings.is_serial else [*workers, *ray]
        return ["campaign", "run", *files, *registry, *how, "--json"]


def places(known: Sequence[StoredCampaign]) -> dict[str, int]:
    """Return the place of each campaign of the queue, from 1, by its name."""
    return {one.name: i for i, one in enumerate(_queue(known), start=1)}


def _queue(known: Sequence[StoredCampaign]) -> list[StoredCampaign]:
    waiting = (one for one in known if one.queued_unix_s is not None)
    return sorted(waiting, key=lambda one: (one.queued_unix_s or 0.0, one.name))


def _complaint(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith(_ERROR)]
    return lines[-1].removeprefix(_ERROR) if lines else ""
