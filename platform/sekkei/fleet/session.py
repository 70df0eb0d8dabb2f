"""How this process gets hold of a Ray, quietly."""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import ray
from ray._private import ray_constants
from ray._private import worker as ray_worker

from sekkei.errors import ClusterError, InvalidInputError
from sekkei.fleet.port import Needs
from sekkei.fleet.private_session import forget_token, private_folder, private_token
from sekkei.fleet.reachable import check_ray

_LOG = logging.getLogger(__name__)
_OBJECT_STORE_BYTES = 256 * 2**20
_MOST_SAID = 300


@cache
def _process_of_ray() -> int:
    # Asked once per process and inherited by what it forks: the first process that used a Ray.
    return os.getpid()


def check_not_forked() -> None:
    """Check that this process was not forked from one that has used a Ray: it would wait for ever.

    Raises
    ------
    InvalidInputError
        If it was.
    """
    if _process_of_ray() != os.getpid():
        raise InvalidInputError(
            "a process must not be forked from one that has used a RayPool to use one itself, but "
            f"{os.getpid()} was; start it by multiprocessing.get_context('spawn'), or fork before "
            "the first pool"
        )


def cluster_cpus() -> int:
    """Return how many CPUs the Ray has that this process is attached to, at least 1."""
    resources: Any = ray
    return max(1, int(resources.cluster_resources().get("CPU", 0.0)))


def what_is_free(needs: Needs) -> str:
    """Say what is free on the Ray of this process, and if no node is large enough for a worker."""
    resources: Any = ray
    total = resources.cluster_resources().get("CPU", 0.0)
    free = resources.available_resources().get("CPU", 0.0)
    said = f"{free:g} of {total:g} CPUs are free"
    wanted = {"CPU": needs.cpus, "GPU": needs.gpus, "memory": needs.memory_bytes}
    nodes = [node["Resources"] for node in resources.nodes() if node["Alive"]]
    if any(all(node.get(name, 0.0) >= wanted[name] for name in wanted) for node in nodes):
        return said
    # Ray would wait for such a node for ever, and say so in a log that nobody reads.
    return (
        f"{said}, but none of {len(nodes)} nodes has what a worker needs: {needs.cpus} CPUs, "
        f"{needs.gpus:g} GPUs, {needs.memory_bytes / 1e9:g} GB"
    )


def join_ray(address: str | None, n_cpu: int) -> Callable[[], None]:
    """Attach to a Ray, or start a private one on 127.0.0.1, and return how to leave it.

    Folder and token of a private one are readable by this user only, and end with it.

    Every worker gets one OpenMP thread: Ray sets ``OMP_NUM_THREADS`` to the CPUs of an actor.

    Raises
    ------
    InvalidInputError
        If no Ray answers at the address, or this process was forked from one that used a Ray.
    ClusterError
        If no private one starts.
    """
    check_not_forked()
    if ray.is_initialized():
        return _stay
    ray_worker.print_to_stdstream = _log_notice
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is None:
        return _start_here(n_cpu, quiet)
    check_ray(address)
    try:
        ray.init(address=address, **quiet)
    except (ConnectionError, ValueError) as error:
        raise InvalidInputError(
            f"a Ray must answer at {address}, but: {str(error).splitlines()[0]}; "
            "start one there, or leave the address out to work on this machine",
            address=address,
        ) from error
    return ray.shutdown


def _start_here(n_cpu: int, quiet: dict[str, Any]) -> Callable[[], None]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(private_folder())
        stack.callback(forget_token)
        stack.callback(ray.shutdown)
        with private_token(folder), _on_loopback(), _naming_failed_start():
            ray.init(
                address="local",
                num_cpus=n_cpu,
                include_dashboard=False,
                object_store_memory=_OBJECT_STORE_BYTES,
                _node_ip_address="127.0.0.1",
                _temp_dir=str(folder / "r"),
                **quiet,
            )
        return stack.pop_all().close


@contextlib.contextmanager
def _naming_failed_start() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise ClusterError(
            f"a Ray must start on this machine, but: {said[:_MOST_SAID]}; run it again when the "
            "machine is less busy, or with --serial"
        ) from error


@contextlib.contextmanager
def _on_loopback() -> Iterator[None]:
    # On Linux Ray replaces 127.0.0.1 by the address of the machine, and then listens to the whole
    # network; this is the switch by which it does not do so on other systems.
    before = ray_constants.ENABLE_RAY_CLUSTER
    ray_constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = before


def _log_notice(data: dict[str, Any], *_: Any, **__: Any) -> None:
    # Ray prints deaths of workers to stdout, where results go. The pool knows of them anyway.
    _LOG.info("%s", "\n".join(data["lines"]))


def _stay() -> None:
    _LOG.debug("the Ray of this process was here before; it stays")
