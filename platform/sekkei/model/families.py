"""Families of predictors by name: Sekkei's own, and the entry-point group ``sekkei.predictors``."""

import json
import os
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import cast

from sekkei.errors import InvalidInputError
from sekkei.model.folder import naming_changed_files
from sekkei.model.predictor import META_FILE, Predictor

GROUP = "sekkei.predictors"

SHIPPED = {
    "corrected": "sekkei.model.corrected:CorrectedModel.load",
    "direct": "sekkei.model.direct.ensemble:DirectModel.load",
    "hamiltonian": "sekkei.model.hamiltonian.model:HamiltonianModel.load",
}
"""Who reads the folders of Sekkei's own families.

They are in `pyproject.toml`, too, but installed metadata may be older than this code: in an
editable installation, and on a worker that was sent the code. A model that was trained must open.
"""

_BEFORE_FAMILIES = "direct"
"""What a folder holds that does not name its family."""


def predictor_families() -> tuple[str, ...]:
    """Return the names of all known families, sorted."""
    return tuple(sorted(_entries()))


def load_predictor(folder: str | os.PathLike[str]) -> Predictor:
    """Read a saved predictor, whichever its family.

    Parameters
    ----------
    folder
        Holds ``surrogate.json``, which names the family; whoever is registered under that name
        reads the folder.

    Raises
    ------
    InvalidInputError
        If the folder holds no predictor, one of an unknown family, or one that its family
        refuses.
    """
    place = Path(folder)
    family = _family(place)
    known = _entries()
    if family not in known:
        raise InvalidInputError(
            f"the family of a predictor must be one of {', '.join(sorted(known))}, but {folder} "
            f"has {family!r}; install the package that brings it",
            family=family,
        )
    load = cast("Callable[[Path], Predictor]", known[family].load())
    with naming_changed_files(place):
        return load(place)


def _family(folder: Path) -> str:
    file = folder / META_FILE
    if not file.is_file():
        raise InvalidInputError(
            f"a predictor must be a folder with {META_FILE}, but {folder} lacks it"
        )
    try:
        found = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{file} must be JSON, but reading it said: {error}") from error
    if not isinstance(found, dict):
        raise InvalidInputError(
            f"{file} must hold names and values, but holds {type(found).__name__}"
        )
    return str(found.get("family", _BEFORE_FAMILIES))


def _entries() -> dict[str, EntryPoint]:
    found = {point.name: point for point in entry_points(group=GROUP)}
    return found | {name: EntryPoint(name, value, GROUP) for name, value in SHIPPED.items()}
