"""Options of the verbs of a model, and how a model is opened by what a user calls it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli.options import registry_uri

META_FILE = "surrogate.json"
"""Of every saved model: `sekkei.model.predictor.META_FILE`, which takes a second to import."""

if TYPE_CHECKING:
    from sekkei.model.predictor import Predictor

DEFAULT_NAME = "sekkei"
"""Name that models have unless they are given another."""

REGISTERED = "NAME, NAME:VERSION, NAME:ALIAS, or an identity."
"""How a registered model is named."""

REGISTERED_OR_SAVED = "NAME, NAME:VERSION, NAME:ALIAS, an identity, or a folder of a model."
"""How one is named where it may be a saved one, too."""

ModelName = Annotated[str, typer.Option("--model", help=REGISTERED)]
AnyLake = Annotated[
    Path | None, typer.Option("--lake", help="Folder of the lake beside the registry.")
]


def is_folder(model: str) -> bool:
    """Tell whether a model is named by the folder that it was saved in."""
    # A folder that happens to have the name of a model, as that of a checkout has, is none.
    return "/" in model or (Path(model) / META_FILE).is_file()


def open_model(
    model: str, registry: str | None, lake: Path | None
) -> "tuple[dict[str, Any], Predictor]":
    """Load a model, and say how to call it: by its folder, or by name and version.

    Raises
    ------
    InvalidInputError
        If there is none of that name, or the folder holds none.
    """
    if is_folder(model):
        from sekkei.model.families import load_predictor

        predictor = load_predictor(Path(model))
        return {"folder": model, "identity": predictor.identity}, predictor
    from sekkei.tracking import open_version

    row, predictor = open_version(registry_uri(registry, lake, must_exist=True), model)
    return {"name": row.name, "version": row.version, "identity": row.identity}, predictor
