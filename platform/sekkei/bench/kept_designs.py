"""Finished designs of a benchmark, so that the same command goes on where it was stopped."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from sekkei.fleet.code_version import code_version
from sekkei.identity import content_hash


class KeptDesigns:
    """What came of designs, one JSON file each, by all that it depends on."""

    def __init__(self, folder: Path | None, code: str | None = None) -> None:
        """Keep nothing without a folder, nor from edited code: it has no identity.

        Parameters
        ----------
        folder
            Where finished designs are kept.
        code
            Version of the code, that which runs if absent: another one does everything anew.
        """
        self._code = code or code_version()
        self._folder = None if self._code.endswith("-dirty") else folder

    def get(self, parts: object, make: Callable[[], Any]) -> Any:
        """Return what came of a design, as JSON has it; it is done if it is not there.

        Parameters
        ----------
        parts
            What it depends on beside the code, as `content_hash` takes it.
        make
            Does the design, and returns what JSON can hold.
        """
        if self._folder is None:
            return make()
        path = self._folder / f"{content_hash('kept design', self._code, parts)}.json"
        if not path.exists():
            text = json.dumps(make())
            self._folder.mkdir(parents=True, exist_ok=True)
            # A half-written file must never carry the final name.
            with NamedTemporaryFile(
                "w", dir=self._folder, suffix=".part", delete=False, encoding="utf-8"
            ) as file:
                file.write(text)
            os.replace(file.name, path)  # noqa: PTH105  # both are names, not paths
        return json.loads(path.read_text("utf-8"))
