"""What is said of workers that do not start."""

import pytest

from sekkei.fleet.event import Event
from sekkei.fleet.pool import RayPool
from sekkei.fleet.port import Needs, Task, WorkerDiedError
from sekkei.fleet.retry import RetryPolicy
from sekkei.testing.pool_laws import ObligingWorker

TASK = Task(key="1", subject="1", recipe="recipe-1", payload="echo 1")


@pytest.mark.ray
@pytest.mark.usefixtures("ray_pool")
@pytest.mark.parametrize(
    ("needs", "told"),
    [
        (Needs(gpus=1.0), "1 CPUs, 1 GPUs, 0 GB"),
        (Needs(cpus=4096), "4096 CPUs, 0 GPUs, 0 GB"),
        # Ray counts in ten-thousandths of a byte: 10^15 of them overflow, and would fit anywhere.
        (Needs(memory_bytes=10**14), "1 CPUs, 0 GPUs, 100000 GB"),
    ],
    ids=["gpu", "cpus", "memory"],
)
def test_a_worker_that_no_node_can_hold_is_told_and_given_up(needs: Needs, told: str) -> None:
    events: list[Event] = []
    hasty = RayPool(1, policy=RetryPolicy(slow_start_s=0.2, start_s=1.5))
    expected = f"none of 1 nodes has what a worker needs: {told}"

    with hasty, pytest.raises(WorkerDiedError) as caught:
        list(hasty.run([TASK], ObligingWorker, watch=events.append, needs=needs))

    assert expected in caught.value.message
    assert [event.name for event in events] == ["worker-slow"]
    assert expected in events[0].detail
