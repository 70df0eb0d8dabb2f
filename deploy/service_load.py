"""Two hundred readers of a service while it fills its lake: errors, delays, memory.

A service of its own starts over a lake of its own, on 127.0.0.1. A campaign is sent to it, and
readers with a token each ask for what pages and notebooks ask for: they wait for an answer, think
for a moment, and ask again. So no limit of the service has to be changed: `--think` says how
long they think on the average, and a token may ask 1,200 times a minute.

    python deploy/service_load.py [--readers 200] [--seconds 300] [--think 5] [--rows N]

needs what `make install-dev` installs. It prints a table in Markdown: answers by route, those that
were errors (any status but 200 and 304, or none), delays until the whole answer was there, and the
resident memory of the process of the service at each minute.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import numpy as np
import psutil

from sekkei.client import Connection, connect
from sekkei_service import TokenStore

PROGRAM = (sys.executable, "-c", "from sekkei.cli.app import main; main()")
CAMPAIGN = """\
name: NAME
experiments:
  - count: COUNT
    template: {contact: {electrode: staggered-3, neck_width: 1}, cycles: 1}
labels: {labeler: tight-binding, per_experiment: 3}
"""
FILTERED = '/v1/lake/rows?limit=50&filter=conductance_g0 > 0.5 AND elements HAS "K"'
# Address, and how often of a hundred it is asked for; KEY is a label that the lake has.
ASKED = {
    "/v1/lake": 20,
    "/v1/lake/rows?limit=50": 15,
    FILTERED: 10,
    "/v1/lake/rows/KEY": 10,
    "/v1/lake/rows/KEY/spectrum": 10,
    "/v1/campaigns": 10,
    "/v1/campaigns/load": 10,
    "/optimade/v1/structures?page_limit=10": 5,
    "/v1/lake/points?x=displacement_angstrom&y=conductance_g0": 5,
    "/": 5,
}
LOOK_S = 5.0


@dataclass(slots=True)
class Found:
    """What readers saw."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Delays by address."""

    errors: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Requests that failed, by status or the name of the fault."""

    n_sent: int = 0
    """Requests."""

    memory_mib: list[float] = field(default_factory=list)
    """Resident memory of the service, every five seconds."""

    cpu_seconds: float = 0.0
    """CPU time of the service."""

    labels: tuple[int, int] = (0, 0)
    """Labels of the lake at the start and at the end."""


def main(readers: int, seconds: float, think_s: float, folder: Path, rows: int) -> str:
    """Start a service, let it be read, and return the table."""
    tokens = [_token(folder, f"reader-{i}", "reader") for i in range(readers)]
    found = Found()
    load_before = os.getloadavg()[0]
    with _serving(folder) as (process, url), connect(url, _token(folder, "op", "operator")) as op:
        _fill(op, folder, "first", max(rows // 3, 1))
        op.campaigns.wait("first")
        _fill(op, folder, "load", 100_000)
        (key,) = (row["key"] for row in op.lake.selection("label", (), ["key"]).records(1))
        before, cpu = op.lake.info()["rows"]["label"], _cpu_seconds(process)
        asyncio.run(_read(url, tokens, (seconds, think_s, str(key)), found, process))
        found.cpu_seconds = _cpu_seconds(process) - cpu
        found.labels = before, op.lake.info()["rows"]["label"]
        state = op.campaigns.show("load").state
        op.campaigns.stop("load", is_forced=True)
    load = f"{load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    head = (
        f"{readers} readers, {seconds:g} s, {think_s:g} s between an answer and the next request; "
        f"{os.cpu_count()} CPUs, load {load}; the campaign was {state}."
    )
    return f"{head}\n\n{_table(found)}\n\n{_closing(found, seconds)}"


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[psutil.Process, str]]:
    options = ("--lake", "lake", "--port", "0", "--serial", "--json")
    with (
        (folder / "service.log").open("wb") as log,
        subprocess.Popen(
            [*PROGRAM, "serve", *options], cwd=folder, stdout=subprocess.PIPE, stderr=log
        ) as process,
    ):
        if process.stdout is None:
            raise SystemExit("the service says nothing")
        try:
            url = json.loads(process.stdout.readline())["address"]
            yield psutil.Process(process.pid), str(url)
        finally:
            process.terminate()


def _token(folder: Path, name: str, role: str) -> str:
    state = folder / "lake.service"
    state.mkdir(exist_ok=True, mode=0o700)
    return TokenStore(state).create(name, role, 1.0)[1]


def _fill(service: Connection, folder: Path, name: str, count: int) -> None:
    file = folder / f"{name}.yaml"
    file.write_text(CAMPAIGN.replace("NAME", name).replace("COUNT", str(count)), "utf-8")
    service.campaigns.submit(file)


async def _read(
    url: str,
    tokens: Sequence[str],
    how: tuple[float, float, str],
    found: Found,
    process: psutil.Process,
) -> None:
    seconds, think_s, key = how
    end = time.monotonic() + seconds
    # One socket a reader, as browsers and notebooks keep theirs.
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=120)
    ) as session:
        looking = asyncio.create_task(_look(process, found, end))
        await asyncio.gather(
            *(
                _reader(session, url, (token, key, think_s, end), random.Random(i), found)  # noqa: S311
                for i, token in enumerate(tokens)
            )
        )
        await looking


async def _reader(
    session: aiohttp.ClientSession,
    url: str,
    how: tuple[str, str, float, float],
    rng: random.Random,
    found: Found,
) -> None:
    token, key, think_s, end = how
    headers = {"Authorization": f"Bearer {token}"}
    await asyncio.sleep(rng.uniform(0.0, think_s))  # they do not come all at once
    while time.monotonic() < end:
        (asked,) = rng.choices(list(ASKED), list(ASKED.values()))
        found.n_sent += 1
        begun = time.monotonic()
        try:
            async with session.get(url + asked.replace("KEY", key), headers=headers) as answer:
                await answer.read()
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            found.errors[type(error).__name__] += 1
        else:
            found.seconds[asked].append(time.monotonic() - begun)
            if status not in {200, 304}:
                found.errors[str(status)] += 1
        await asyncio.sleep(rng.expovariate(1.0 / think_s) if think_s else 0.0)


async def _look(process: psutil.Process, found: Found, end: float) -> None:
    while time.monotonic() < end:
        found.memory_mib.append(process.memory_info().rss / 2**20)
        await asyncio.sleep(LOOK_S)


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _table(found: Found) -> str:
    rows = [("route", "answers", "median / s", "p95 / s", "p99 / s", "most / s")]
    every = [value for values in found.seconds.values() for value in values]
    for name, values in [*sorted(found.seconds.items()), ("all", every)]:
        at = np.quantile(values, [0.5, 0.95, 0.99, 1.0]) if values else []
        rows.append((f"`{name}`", str(len(values)), *(f"{value:.2f}" for value in at)))
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---|" + "---:|" * (len(rows[0]) - 1), *lines[1:]])


def _closing(found: Found, seconds: float) -> str:
    n_error = sum(found.errors.values())
    memory = found.memory_mib
    minutes = ", ".join(f"{value:.0f}" for value in memory[:: round(60.0 / LOOK_S)])
    kinds: Mapping[str, int] = dict(found.errors)
    return (
        f"Errors: {n_error} of {found.n_sent} requests {kinds or ''}\n"
        f"Requests: {found.n_sent / seconds:.1f} a second; CPU time of the service "
        f"{found.cpu_seconds:.0f} s\n"
        f"Memory at each minute: {minutes} MiB; {memory[-1]:.0f} at the end, "
        f"{max(memory):.0f} at most\n"
        f"Labels of the lake: {found.labels[0]} at the start, {found.labels[1]} at the end"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--think", type=float, default=5.0, help="on the average, in s")
    parser.add_argument("--rows", type=int, default=300, help="labels before readers come")
    return parser.parse_args()


if __name__ == "__main__":
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="sekkei-load-") as place:
        print(main(asked.readers, asked.seconds, asked.think, Path(place), asked.rows))
