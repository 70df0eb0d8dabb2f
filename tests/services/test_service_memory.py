"""What a service keeps does not depend on how many states of a lake it was asked about."""

import json
import os
import platform
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from sekkei.bench.lake_records import make_batch
from sekkei.lake import Batch, Lake

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-c", "from sekkei.cli.app import main; main()"]
ENVIRONMENT = os.environ | {"PYTHONPATH": f"{ROOT / 'platform'}:{ROOT / 'services'}"}
ASKED = (
    "/v1/lake",
    "/v1/lake/rows?limit=50",
    "/v1/lake/rows?limit=50&filter=conductance_g0 > 0.5",
    "/optimade/v1/structures?page_limit=5",
    "/v1/lake/points?x=n_atom&y=conductance_g0",
    "/",
)
READERS, FIRST, MORE, SNAPSHOTS = 24, 5, 55, 300
TRIMMED_S = 12.0
# It was 37 when each thread had an arena, and is some 7: columns of 16,500 snapshots and 1,650
# labels take 2 of them, and nodes of the last twenty states.
MOST_GROWTH_MIB = 20.0
IS_GLIBC = platform.libc_ver()[0] == "glibc"


def ask(session, url):
    answer = session.get(url, timeout=120)
    assert answer.status_code == 200, answer.text


def read_new_states(committer, session, url, seeds):
    """Commit as campaigns do, one label of ten snapshots, and ask by many threads each time."""
    urls = [url + ASKED[i % len(ASKED)] for i in range(READERS)]
    with ThreadPoolExecutor(READERS) as readers:
        for seed in seeds:
            batch = make_batch(seed, SNAPSHOTS)
            committer.commit(Batch(snapshots=batch.snapshots, labels=batch.labels[::10]), "some")
            list(readers.map(lambda one: ask(session, one), urls))


def own_memory_mib(pid):
    """Resident memory that is of no file, once free pages were returned."""
    time.sleep(TRIMMED_S)
    status = Path(f"/proc/{pid}/status").read_text()
    (kib,) = re.findall(r"RssAnon:\s+(\d+) kB", status)
    return int(kib) / 1024


@pytest.mark.slow
@pytest.mark.skipif(not IS_GLIBC, reason="another C library has another heap")
def test_memory_does_not_grow_with_the_states_that_were_read(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    command = [*PROGRAM, "serve", "--lake", "lake", "--local", "--port", "0", "--serial", "--json"]
    with (
        subprocess.Popen(
            command,
            cwd=tmp_path,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process,
        lake.committer() as committer,
        requests.Session() as session,
    ):
        session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=READERS))
        try:
            url = json.loads(process.stdout.readline())["address"]
            read_new_states(committer, session, url, range(FIRST))
            before = own_memory_mib(process.pid)
            read_new_states(committer, session, url, range(FIRST, FIRST + MORE))
            after = own_memory_mib(process.pid)
        finally:
            process.kill()

    assert after - before < MOST_GROWTH_MIB, (before, after)


@pytest.mark.skipif(not IS_GLIBC, reason="another C library has another heap")
def test_threads_share_two_arenas():
    count = (
        "import ctypes, threading, time\n"
        "from pathlib import Path\n"
        "from sekkei_service.allocator import use_few_arenas\n"
        "use_few_arenas()\n"
        "def work():\n"
        "    kept = [bytes(2000) for _ in range(100)]\n"
        "    time.sleep(0.3)\n"
        "threads = [threading.Thread(target=work) for _ in range(20)]\n"
        "[one.start() for one in threads], [one.join() for one in threads]\n"
        "libc = ctypes.CDLL(None)\n"
        "libc.fdopen.restype = ctypes.c_void_p\n"
        "out = ctypes.c_void_p(libc.fdopen(1, b'w'))\n"
        "libc.malloc_info(0, out); libc.fflush(out)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", count], env=ENVIRONMENT, capture_output=True, text=True, check=True
    ).stdout
    assert 1 <= told.count("<heap nr=") <= 2
