from .bundle import JobBundle
from .cluster import CampaignJob, Cluster
from .event import Event, Watch
from .log import EventLog, open_log
from .metrics import Metrics, serve_metrics
from .pool import RayPool
from .pool_map import map_with_pool
from .port import (
    MemoryLimitError,
    Needs,
    NodeLostError,
    Pool,
    Result,
    Task,
    TimeLimitError,
    Worker,
    WorkerDiedError,
)
from .retry import RetryPolicy
from .serial import SerialPool
from .session import available_cpus

__all__ = [
    "CampaignJob",
    "Cluster",
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
    "available_cpus",
    "map_with_pool",
    "open_log",
    "serve_metrics",
]
