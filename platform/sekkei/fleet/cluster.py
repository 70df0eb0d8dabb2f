"""A cluster that runs campaigns as jobs: one job per campaign and attempt, seen from outside.

A hundred thousand tasks inside one job cost the head of a cluster little; a hundred jobs cost it
its memory. So a campaign is one job, and its driver feeds the tasks.
"""

import asyncio
import contextlib
import logging
import math
import os
import shlex
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ray.exceptions import AuthenticationError
from ray.job_submission import JobDetails, JobStatus, JobSubmissionClient

from sekkei.errors import ClusterError, InvalidInputError
from sekkei.fleet.bundle import SPECIFICATION, JobBundle, unfolded
from sekkei.fleet.reachable import SILENT, check_dashboard

TOKEN_VARIABLE, TOKEN_FILE_VARIABLE = "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"

_CAMPAIGN, _IDENTITY, _ATTEMPT, _LAKE, _TEXT = (
    f"sekkei_{name}" for name in ("campaign", "identity", "attempt", "lake", "specification")
)
_PARTLY_REFUSED, _NOT_FOUND = 3, 127
_STOP_WITHIN_S = 30.0

# It would tell of every package that it sends, and of every connection that it closes.
for _name in ("dashboard.modules.dashboard_sdk", "dashboard.modules.job.sdk"):
    logging.getLogger(f"ray.{_name}").setLevel(logging.WARNING)
logging.getLogger("ray._private.runtime_env.packaging").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class CampaignJob:
    """One attempt at a campaign on a cluster."""

    campaign: str
    """Name."""

    state: str
    """``pending``, ``running``, ``stopped``, ``failed``, ``succeeded`` or ``partly-refused``."""

    attempt: int
    """Counts from 1."""

    lake: str
    """Where its rows go."""

    started_unix_s: float
    """When it was begun; NaN before."""

    ended_unix_s: float
    """When it ended; NaN before."""

    message: str
    """What the cluster says of it."""

    job: str
    """Name of the job."""

    identity: str
    """Of what is done; attempts at one campaign share it."""

    specification: str
    """As YAML."""

    @property
    def is_over(self) -> bool:
        """Whether nothing of it runs."""
        return self.state not in {"pending", "running"}


class Cluster:
    """The job server of a Ray cluster.

    Parameters
    ----------
    address
        Of its dashboard, such as ``http://head:8265``.
    environment
        Where the token is found: ``RAY_AUTH_TOKEN``, or the file ``RAY_AUTH_TOKEN_PATH``. A token
        that lies where Ray keeps that of this machine is not sent elsewhere.

    Raises
    ------
    ClusterError
        If none answers there, or it does not take the token.
    InvalidInputError
        If the address is none, or the file of the token is not there.
    """

    def __init__(self, address: str, environment: Mapping[str, str] = os.environ) -> None:
        self._address, self._environment = address, environment
        token = _token(environment)
        check_dashboard(address)
        self.has_token = token is not None
        headers = {"Authorization": f"Bearer {token}"} if token else None
        with self._asking():
            self._client = JobSubmissionClient(address, headers=headers)

    def submit(self, bundle: JobBundle, options: tuple[str, ...] = ()) -> tuple[CampaignJob, bool]:
        """Let a campaign be run, unless it runs already.

        Parameters
        ----------
        bundle
            What to run.
        options
            Further ones of ``sekkei campaign run``.

        Returns
        -------
        job, is_new
            The job that runs it, and whether this call made it.
        """
        identity = bundle.identity
        before = [job for job in self.jobs() if job.identity == identity]
        running = [job for job in before if not job.is_over]
        if running:
            return running[0], False
        attempt = 1 + max((job.attempt for job in before), default=0)
        name = f"sekkei-{bundle.name}-{identity[:8]}-{attempt}"
        metadata = {
            _CAMPAIGN: bundle.name,
            _IDENTITY: identity,
            _ATTEMPT: str(attempt),
            _LAKE: bundle.lake,
            _TEXT: bundle.text,
        }
        variables = bundle.environment(self._environment, with_secrets=self.has_token)
        with unfolded(bundle) as folder, self._asking():
            self._client.submit_job(
                entrypoint=_command(bundle, options),
                submission_id=name,
                runtime_env={"working_dir": str(folder), "env_vars": variables},
                metadata=metadata,
            )
        return self.job(name), True

    def jobs(self) -> list[CampaignJob]:
        """Return every attempt at every campaign, the newest first."""
        with self._asking():
            found = self._client.list_jobs()
        ours = [_job(details) for details in found if _CAMPAIGN in (details.metadata or {})]
        return sorted(ours, key=_age)

    def job(self, name: str) -> CampaignJob:
        """Return the newest attempt at a campaign, or the job of that name.

        Raises
        ------
        InvalidInputError
            If there is none.
        """
        found = self.jobs()
        for job in found:
            if name in {job.campaign, job.job}:
                return job
        known = ", ".join(sorted({job.campaign for job in found})) or "none"
        raise InvalidInputError(
            f"a campaign must be one that {self._address} knows, but found {name!r}; there: {known}"
        )

    def logs(self, job: CampaignJob) -> str:
        """Return what a job has printed so far."""
        with self._asking():
            return str(self._client.get_job_logs(job.job))

    def follow(self, job: CampaignJob) -> Iterator[str]:
        """Yield what a job prints, until it ends."""
        loop = asyncio.new_event_loop()
        chunks: AsyncIterator[str] = self._client.tail_job_logs(job.job)
        try:
            while True:
                with self._asking():
                    chunk = loop.run_until_complete(anext(chunks, None))
                if chunk is None:
                    return
                yield chunk
        finally:
            loop.close()

    def stop(self, job: CampaignJob) -> CampaignJob:
        """Stop a job, and wait until it is over.

        Raises
        ------
        ClusterError
            If it still runs after half a minute.
        """
        if job.is_over:
            raise InvalidInputError(
                f"a campaign must run to be stopped, but {job.campaign} is {job.state}"
            )
        with self._asking():
            self._client.stop_job(job.job)
        end = time.monotonic() + _STOP_WITHIN_S
        while time.monotonic() < end:
            now = self.job(job.job)
            if now.is_over:
                return now
            time.sleep(0.2)
        raise ClusterError(f"{job.job} was told to stop, but still runs after {_STOP_WITHIN_S:g} s")

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except AuthenticationError as error:
            has = "the one that was sent is another" if self.has_token else "none was sent"
            raise ClusterError(
                f"{self._address} asks for a token, and {has}; set {TOKEN_FILE_VARIABLE} to a file "
                f"that holds it, or {TOKEN_VARIABLE}"
            ) from error
        except OSError as error:
            said = SILENT.format(address=self._address, reason=type(error).__name__)
            raise ClusterError(said) from error
        except RuntimeError as error:
            said = " ".join(str(error).split())[-300:]
            raise ClusterError(f"{self._address} refused: {said}") from error


def _command(bundle: JobBundle, options: tuple[str, ...]) -> str:
    words = ("sekkei", "campaign", "run", SPECIFICATION, "--lake", bundle.lake)
    return shlex.join((*words, "--address", "auto", *options))


def _job(details: JobDetails) -> CampaignJob:
    known: dict[str, Any] = details.metadata or {}
    return CampaignJob(
        campaign=known[_CAMPAIGN],
        state=_state(details),
        attempt=int(known[_ATTEMPT]),
        lake=known[_LAKE],
        started_unix_s=_seconds(details.start_time),
        ended_unix_s=_seconds(details.end_time),
        message=_message(details),
        job=details.submission_id or "",
        identity=known[_IDENTITY],
        specification=known[_TEXT],
    )


def _state(details: JobDetails) -> str:
    is_partly = details.status == JobStatus.FAILED and details.driver_exit_code == _PARTLY_REFUSED
    return "partly-refused" if is_partly else str(details.status.value).lower()


def _message(details: JobDetails) -> str:
    # Ray adds pages of the log, which are to be had by themselves.
    said = " ".join((details.message or "").partition(", last available logs")[0].split())
    is_lost = details.driver_exit_code == _NOT_FOUND
    return f"{said}; the program sekkei must be on the PATH of the head" if is_lost else said


def _age(job: CampaignJob) -> tuple[float, int]:
    # One that waits to be begun is newer than all that were.
    return -math.inf if math.isnan(job.started_unix_s) else -job.started_unix_s, -job.attempt


def _seconds(milliseconds: int | None) -> float:
    return milliseconds / 1e3 if milliseconds else float("nan")


def _token(environment: Mapping[str, str]) -> str | None:
    if environment.get(TOKEN_VARIABLE):
        return environment[TOKEN_VARIABLE].strip()
    file = environment.get(TOKEN_FILE_VARIABLE)
    if not file:
        return None
    if not Path(file).is_file():
        raise InvalidInputError(f"{TOKEN_FILE_VARIABLE} must name a file, but {file} is not one")
    return Path(file).read_text("utf-8").strip()
