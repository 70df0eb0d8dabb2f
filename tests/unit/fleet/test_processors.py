"""How many CPUs a campaign takes for granted, by what its container allows."""

import io
import os
from collections.abc import Mapping

import pytest
from joblib.externals.loky.backend import context

from sekkei.fleet.pool import RayPool
from sekkei.fleet.processors import available_cpus

_V1 = "/sys/fs/cgroup/cpu/cpu.cfs_"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"/sys/fs/cgroup/cpu.max": "200000 100000"}, 2),
        ({"/sys/fs/cgroup/cpu.max": "250000 100000"}, 3),
        ({"/sys/fs/cgroup/cpu.max": "10000 100000"}, 1),
        ({"/sys/fs/cgroup/cpu.max": "max 100000"}, 16),
        ({f"{_V1}quota_us": "400000", f"{_V1}period_us": "100000"}, 4),
        ({f"{_V1}quota_us": "-1", f"{_V1}period_us": "100000"}, 16),
        ({}, 16),
    ],
    ids=["v2", "v2 part", "v2 tenth", "v2 none", "v1", "v1 none", "no cgroup"],
)
def test_the_quota_of_a_container_and_the_affinity_limit_the_workers(
    files: Mapping[str, str], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(name: str) -> io.StringIO:
        return io.StringIO(files[name])

    monkeypatch.setattr(context, "open", opened, raising=False)
    monkeypatch.setattr(os.path, "exists", lambda name: name in files)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(16)))

    assert available_cpus() == expected
    assert RayPool().n_workers == expected
