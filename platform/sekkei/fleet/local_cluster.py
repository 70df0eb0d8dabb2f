"""Several nodes on this machine, to try what needs a cluster; speaks Ray, as `session` does."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from ray.cluster_utils import Cluster

from sekkei.fleet.private_session import forget_token, private_folder, private_token


@contextmanager
def several_nodes(cpus: Sequence[int]) -> Iterator[str]:
    """Start a head that works on nothing and a raylet per node; they end with the context.

    Parameters
    ----------
    cpus
        CPUs that each node claims to have; nobody checks that the machine has so many.

    Yields
    ------
    str
        Address for `sekkei.fleet.pool.RayPool`.
    """
    size = {"object_store_memory": 80 * 2**20}
    # Dozens of workers that start at once on a few real CPUs would be taken for dead after 60 s.
    slow_start = {"worker_register_timeout_seconds": 600}
    with ExitStack() as stack:
        folder = stack.enter_context(private_folder())
        stack.callback(forget_token)
        stack.enter_context(private_token(folder))
        head = {"num_cpus": 0, "include_dashboard": False, "temp_dir": str(folder / "r"), **size}
        cluster: Any = Cluster(
            initialize_head=True, head_node_args={**head, "_system_config": slow_start}
        )
        stack.callback(cluster.shutdown)
        for n_cpu in cpus:
            cluster.add_node(num_cpus=n_cpu, **size)
        yield str(cluster.address)
