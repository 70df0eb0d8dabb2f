"""A cache on disk of arrays that are known by content, shared by processes."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
from filelock import FileLock
from platformdirs import user_cache_path


@dataclass(frozen=True, slots=True)
class ArrayCache:
    """Named arrays in one ``.npz`` file per key; made once, even by many processes."""

    folder: Path
    """Where the files are; made when first needed."""

    @classmethod
    def default(cls) -> "ArrayCache":
        """Return the cache of this user, under ``XDG_CACHE_HOME``."""
        return cls(user_cache_path("sekkei"))

    def get(
        self, key: str, make: Callable[[], Mapping[str, np.ndarray]]
    ) -> Mapping[str, np.ndarray]:
        """Return the arrays of a key, making them under a lock if there are none.

        Parameters
        ----------
        key
            Content hash of everything that the arrays depend on.
        make
            Called at most once over all processes, unless it fails.
        """
        path = self.folder / f"{key}.npz"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            # A second process waits here for the first one instead of computing the same.
            with FileLock(path.with_suffix(".lock")):
                if not path.exists():
                    self._write(path, make())
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def _write(self, path: Path, arrays: Mapping[str, np.ndarray]) -> None:
        # A half-written file must never carry the final name.
        with NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # the stub takes them for options
        os.replace(file.name, path)  # noqa: PTH105  # both are names, not paths
