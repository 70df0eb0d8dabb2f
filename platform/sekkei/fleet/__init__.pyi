from .bundle import JobBundle
from .cluster import CampaignJob, Cluster
from .event import Event, Watch
from .log import EventLog, open_log
from .metrics import Metrics, serve_metrics
from .pool import RayPool
from .pool_map import map_with_pool
from .port import (
    DiskFullError,
    MemoryLimitError,
    Needs,
    NodeLostError,
    Pool,
    Result,
    Task,
    TimeLimitError,
    Worker,
    WorkerDiedError,
    WorkerExitError,
)
from .processors import available_cpus
from .retry import RetryPolicy
from .serial import SerialPool

__all__ = [
    "CampaignJob",
    "Cluster",
    "DiskFullError",
    "Event",
    "EventLog",
    "JobBundle",
    "MemoryLimitError",
    "Metrics",
    "Needs",
    "NodeLostError",
    "Pool",
    "RayPool",
    "Result",
    "RetryPolicy",
    "SerialPool",
    "Task",
    "TimeLimitError",
    "Watch",
    "Worker",
    "WorkerDiedError",
    "WorkerExitError",
    "available_cpus",
    "map_with_pool",
    "open_log",
    "serve_metrics",
]
