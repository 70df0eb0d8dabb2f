"""A Ray that does not start is told in one line, and leaves nothing behind."""

import os
from pathlib import Path

import pytest
import ray

from sekkei.errors import ClusterError
from sekkei.fleet.session import join_ray


def test_a_ray_that_is_late_on_a_busy_machine_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folders: list[Path] = []

    def late(**options: object) -> None:
        folders.append(Path(str(options["_temp_dir"])).parent)
        raise Exception(  # noqa: TRY002  (as Ray does)
            "The current node timed out during startup.\nThis could happen because"
        )

    monkeypatch.setattr(ray, "is_initialized", lambda: False)  # by another test, perhaps
    monkeypatch.setattr(ray, "init", late)
    before = dict(os.environ)

    with pytest.raises(ClusterError, match=r"a Ray must start .* timed out .* with --serial") as e:
        join_ray(None, 1)

    assert "\n" not in e.value.message
    assert [folder.exists() for folder in folders] == [False]
    assert dict(os.environ) == before
