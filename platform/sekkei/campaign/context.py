"""What a campaign works with: a lake that it alone fills, a pool, progress."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields

from sekkei.campaign.retry import Retries, RetryChoice
from sekkei.fleet.event import Event, Watch, ignore
from sekkei.fleet.port import Pool, Worker
from sekkei.fleet.worker import ExperimentWorker
from sekkei.lake import Batch, Committer, Lake
from sekkei.progress import Progress, Silence
from sekkei.structure.dynamics import experiment_engine
from sekkei.structure.experiment import Experiment, ExperimentSpec, PotentialName

# Keys, texts and numbers of a row, about.
_ROW_BYTES = 300


@dataclass(frozen=True, slots=True)
class CommitPolicy:
    """How much work may be lost when the process that commits is killed."""

    n_result: int = 8
    """Commit after this many results, unless commits would then take more than ``share``."""

    seconds: float = 5.0
    """Commit a result no later than this after it arrived, in s."""

    n_byte: int = 64 * 2**20
    """Commit when the rows that wait are larger than this, in bytes before compression."""

    share: float = 0.03
    """Part of the time that commits may take, by the last one; above 0, and 1 for any."""


@dataclass(frozen=True, slots=True)
class Dynamics:
    """What runs experiments."""

    make_worker: Callable[[], Worker[ExperimentSpec, Experiment]] = ExperimentWorker
    """Makes one worker; must pickle."""

    engine_of: Callable[[PotentialName], str] = experiment_engine
    """Name and version of the engine under a potential, without running it."""


@dataclass(slots=True)
class CampaignContext:
    """A lake with its committer, and the means to fill it. Made by `open_context`."""

    lake: Lake
    """Newest state that has been looked at; `refresh` looks again."""

    committer: Committer
    """The one committer of the lake."""

    pool: Pool
    """Who works."""

    progress: Progress = field(default_factory=Silence)
    """Who watches."""

    policy: CommitPolicy = field(default_factory=CommitPolicy)
    """How often to commit."""

    dynamics: Dynamics = field(default_factory=Dynamics)
    """What runs experiments."""

    watch: Watch = ignore
    """Hears of every item, worker and commit: logs and metrics."""

    retries: Retries = field(default_factory=Retries)
    """Refusals that this run tries again."""

    @property
    def refused(self) -> frozenset[str]:
        """Keys of the refusals of the lake that stay: what they are of is not missing."""
        return self.retries.left_alone(self.lake)

    def refresh(self) -> Lake:
        """Look at the newest state of the lake."""
        self.lake = self.lake.refreshed()
        return self.lake

    @contextmanager
    def buffer(self, message: str) -> Iterator["CommitBuffer"]:
        """Collect batches and commit them now and then; what is left at the end, or at an error."""
        buffer = CommitBuffer(self.committer, self.policy, message, self.watch)
        try:
            yield buffer
        finally:
            buffer.flush()
            self.refresh()


class CommitBuffer:
    """Batches on their way into the lake, several in one commit."""

    def __init__(
        self, committer: Committer, policy: CommitPolicy, message: str, watch: Watch = ignore
    ) -> None:
        self._committer = committer
        self._policy = policy
        self._message = message
        self._watch = watch
        self._waiting: list[Batch] = []
        self._afterwards: list[Callable[[], None]] = []
        self._n_byte = 0
        self._oldest = 0.0
        self._rest_until = 0.0

    @property
    def is_waiting(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self._waiting)

    def add(self, batch: Batch, then: Callable[[], None] | None = None) -> None:
        """Take the rows of one result, and commit if it is time.

        Parameters
        ----------
        batch
            The rows.
        then
            Called once they are committed.
        """
        if not self._waiting:
            self._oldest = time.monotonic()
        self._waiting.append(batch)
        self._n_byte += size_of(batch)
        if then is not None:
            self._afterwards.append(then)
        is_many = len(self._waiting) >= self._policy.n_result
        is_rested = time.monotonic() >= self._rest_until
        if self._n_byte >= self._policy.n_byte or (is_many and is_rested):
            self.flush()
        self.tick()

    def tick(self) -> None:
        """Commit if the oldest result has waited long enough."""
        if self._waiting and time.monotonic() - self._oldest >= self._policy.seconds:
            self.flush()

    def flush(self) -> None:
        """Commit everything that waits."""
        if not self._waiting:
            return
        n_result, n_byte = len(self._waiting), self._n_byte
        started = time.monotonic()
        self._committer.commit(merge(self._waiting), f"{self._message}: {n_result}")
        ended = time.monotonic()
        self._rest_until = ended + (ended - started) * (1.0 / self._policy.share - 1.0)
        afterwards = self._afterwards
        self._waiting, self._afterwards, self._n_byte = [], [], 0
        self._watch(Event("committed", n_item=n_result, n_byte=n_byte))
        for then in afterwards:
            then()


@contextmanager
def open_context(  # noqa: PLR0913  (each is a part that a caller may replace)
    lake: Lake,
    pool: Pool,
    progress: Progress | None = None,
    *,
    policy: CommitPolicy | None = None,
    dynamics: Dynamics | None = None,
    watch: Watch = ignore,
    retry: RetryChoice | None = None,
) -> Iterator[CampaignContext]:
    """Take the lock of a lake and set up work on it.

    Refusals of the circumstances that the lake holds are tried again, unless ``retry`` says else.

    Raises
    ------
    InvalidInputError
        If a kind of refusals is to be tried again that the lake does not hold.
    LakeConflictError
        If somebody else fills the lake.
    """
    with lake.committer() as committer:
        newest = lake.refreshed()
        yield CampaignContext(
            lake=newest,
            committer=committer,
            pool=pool,
            progress=progress or Silence(),
            policy=policy or CommitPolicy(),
            dynamics=dynamics or Dynamics(),
            watch=watch,
            retries=Retries.of(newest, retry),
        )


def size_of(batch: Batch) -> int:
    """Return about how large the rows of a batch are, in bytes before compression."""
    junctions = [row.snapshot.junction for row in batch.snapshots]
    labels = [row.label for row in batch.labels]
    matrices = [row.matrices for row in batch.matrices]
    n_row = sum(len(getattr(batch, column.name)) for column in fields(Batch))
    return (
        _ROW_BYTES * n_row
        + sum(j.positions.nbytes + j.numbers.nbytes + j.regions.nbytes for j in junctions)
        + sum(one.energies.nbytes + one.transmission.nbytes for one in labels)
        + sum(one.hamiltonian.nbytes + one.overlap.nbytes for one in matrices)
        + sum(len(row.spec) for row in batch.experiments)
    )


def merge(batches: list[Batch]) -> Batch:
    """Make one batch of several, rows in order."""
    return Batch(
        **{
            column.name: tuple(row for batch in batches for row in getattr(batch, column.name))
            for column in fields(Batch)
        }
    )
