"""``sekkei model show``, ``save``, ``register``, ``promote``: versions of a registry, folders."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli.model_options import (
    DEFAULT_NAME,
    REGISTERED,
    REGISTERED_OR_SAVED,
    AnyLake,
    is_folder,
)
from sekkei.cli.options import AsJson, Registry, check_out_folder, registry_uri
from sekkei.cli.output import print_json, print_record, print_text
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.model import RegistryRow

Model = Annotated[str, typer.Argument(metavar="MODEL", help=REGISTERED)]


def show(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=REGISTERED_OR_SAVED)],
    *,
    lake: AnyLake = None,
    registry: Registry = None,
    is_card_wanted: Annotated[
        bool, typer.Option("--card", help="Print the model card, in Markdown.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show one model: where it is from, how good it is, which names it has; or its card."""
    if is_folder(model):
        from sekkei.model import load_predictor, read_card

        if is_card_wanted:
            _print_card(model, read_card(Path(model)), as_json=as_json)
            return
        found = load_predictor(Path(model))
        about = ("family", "identity", "quantity", "label_recipe")
        named = {name: getattr(found, name) for name in about}
        print_record({"folder": model, **named, "options": found.description}, as_json=as_json)
        return
    from sekkei.model.lookup import find_version
    from sekkei.tracking import list_versions

    uri = registry_uri(registry, lake, must_exist=True)
    row = find_version(list_versions(uri), model)
    if not is_card_wanted:
        print_record(_shown(row), as_json=as_json)
        return
    from sekkei.tracking import MlflowRegistry

    card = MlflowRegistry(uri).card(row.name, row.version)
    _print_card(f"{row.name}:{row.version}", card, as_json=as_json)


def save(
    model: Model,
    folder: Annotated[Path, typer.Argument(help="Folder to write; it must not be there.")],
    *,
    lake: AnyLake = None,
    registry: Registry = None,
    as_json: AsJson = False,
) -> None:
    """Save a registered model as a folder, with its card, for use without the registry."""
    from sekkei.model import load_model, write_card
    from sekkei.tracking import MlflowRegistry

    if folder.exists():
        raise InvalidInputError(
            f"a model must go into a folder of its own, but {folder} is there; name another"
        )
    check_out_folder(folder)
    store = MlflowRegistry(registry_uri(registry, lake, must_exist=True))
    row, predictor = load_model(store, model)
    card = store.card(row.name, row.version)
    predictor.save(folder)
    write_card(folder, card)
    print_record(
        {"name": row.name, "version": row.version, "identity": row.identity, "folder": str(folder)},
        as_json=as_json,
    )


def register(
    folder: Annotated[
        Path, typer.Argument(help="Of a training that could not be registered, or a saved model.")
    ],
    *,
    lake: AnyLake = None,
    registry: Registry = None,
    name: Annotated[str, typer.Option(help="Name of the model.")] = DEFAULT_NAME,
    as_json: AsJson = False,
) -> None:
    """Register a model that is in a folder; the folder stays."""
    from sekkei.model.registry import check_model_name
    from sekkei.tracking import MlflowRegistry
    from sekkei.tracking.production import register_folder

    check_model_name(name)
    store = MlflowRegistry(registry_uri(registry, lake, must_exist=False))
    version = register_folder(folder, store, name)
    print_record({"name": name, "version": version, "folder": str(folder)}, as_json=as_json)


def promote(
    model: Model,
    *,
    lake: AnyLake = None,
    registry: Registry = None,
    alias: Annotated[str, typer.Option(help="Name to move to it.")] = "best",
    force: Annotated[
        str | None, typer.Option("--force", metavar="REASON", help="Move it whatever was measured.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Move an alias to a version if it beats all baselines and is no worse than the holder."""
    from sekkei.model import promote as move
    from sekkei.tracking import MlflowRegistry

    store = MlflowRegistry(registry_uri(registry, lake, must_exist=True))
    done = move(store, model, alias, force)
    print_record(
        {
            "name": done.row.name,
            "version": done.row.version,
            "alias": alias,
            "before": done.before,
            "reason": done.reason,
        },
        as_json=as_json,
    )


def _print_card(model: str, card: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"model": model, "card": card})
    else:
        print_text(card)


def _shown(row: "RegistryRow") -> dict[str, Any]:
    found = {**asdict(row), "created": datetime.fromtimestamp(row.created, UTC)}
    return {**found, "aliases": list(row.aliases), "promotions": list(row.promotions)}
