"""Folders of saved predictors: what they are made of as JSON, and plain arrays."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.model.predictor import META_FILE

ARRAYS_FILE = "weights.npz"
"""File of all arrays of a saved predictor."""


def write_folder(
    folder: Path,
    meta: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    *,
    is_compressed: bool = False,
) -> None:
    """Write two files, JSON and arrays; nothing in them is executable.

    Parameters
    ----------
    meta
        Plain data, with ``format``, ``family`` and ``identity`` among them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / META_FILE).write_text(json.dumps(meta, indent=1), "utf-8")
    save = np.savez_compressed if is_compressed else np.savez
    save(folder / ARRAYS_FILE, allow_pickle=False, **arrays)


def read_folder(
    folder: Path, name: str, version: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what `write_folder` wrote.

    Parameters
    ----------
    name
        What the folder must hold, for people, such as "a direct model".
    version
        The format that it must have.

    Raises
    ------
    InvalidInputError
        If a file is missing, or the format is another one.
    """
    if not ((folder / META_FILE).is_file() and (folder / ARRAYS_FILE).is_file()):
        raise InvalidInputError(
            f"{name} must be a folder with {META_FILE} and {ARRAYS_FILE}, but {folder} lacks them"
        )
    meta = json.loads((folder / META_FILE).read_text("utf-8"))
    if meta.get("format") != version:
        raise InvalidInputError(
            f"{name} must have format {version}, but {folder} has {meta.get('format')}; "
            "train it again"
        )
    with np.load(folder / ARRAYS_FILE, allow_pickle=False) as stored:
        return meta, {name: stored[name] for name in stored.files}


def check_identity(folder: Path, meta: Mapping[str, Any], identity: str) -> None:
    """Refuse a predictor that is not the one that was saved.

    Raises
    ------
    InvalidInputError
        If its identity is not the one that was written.
    """
    if identity != meta["identity"]:
        raise InvalidInputError(
            f"the model in {folder} must have identity {meta['identity']}, but has "
            f"{identity}; one of the files was changed"
        )


def under(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Return the arrays whose names begin with a prefix, without it."""
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
