"""A lake may be read from several threads, as a service does, the first time too."""

import subprocess
import sys

PROGRAM = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sekkei.lake import Lake

lake = Lake.open(Path(sys.argv[1]))
assert "pandas" not in sys.modules
with ThreadPoolExecutor(8) as pool:
    tables = list(pool.map(lambda _: lake.table("label"), range(8)))
    frames = list(pool.map(lambda _: lake.query("label"), range(8)))
assert len({len(found) for found in (*tables, *frames)}) == 1
"""


def test_the_first_tables_of_a_process_may_be_read_by_many_threads(filled) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(filled.path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
