"""Options that several verbs have, each spelled once."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.structure.files import Reading

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line per result.")]
LakeFolder = Annotated[Path, typer.Option("--lake", help="Folder of the lake.")]
LabelerName = Annotated[
    str | None,
    typer.Option("--labeler", help="Name of the labeler; gpaw if it is installed."),
]
LabelerOptions = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="KEY=VALUE", help="Option of the labeler; may be repeated."),
]
Registry = Annotated[
    str | None,
    typer.Option(
        "--registry",
        help="Models: a folder, a .db file, sqlite:///FILE or http(s)://HOST.  "
        "[default: mlflow.db beside the lake]",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Most workers at a time.  [default: one per CPU]"),
]
IsSerial = Annotated[
    bool, typer.Option("--serial", help="Do everything in this process, one after the other.")
]
Address = Annotated[
    str | None,
    typer.Option("--address", help="Of a running Ray, such as auto.  [default: a private one]"),
]

IsForced = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]
Species = Annotated[
    list[str] | None,
    typer.Option(help="Elements of types 1, 2, … of a LAMMPS file: K,Na; may be repeated."),
]
Axis = Annotated[
    str | None,
    typer.Option(
        help="Along which transport runs in the file: x, y or z; wide vacuum across is then that "
        "of a wire.  [default: z]"
    ),
]


def reading_of(species: list[str] | None, axis: str | None) -> "Reading":
    """Return how a file of structures is to be read, as options say it."""
    from sekkei.structure.files import Reading

    words = [word for one in species or () for word in one.replace(",", " ").split()]
    return Reading(tuple(words), axis)


_MOST_SHOWN = 80


def parse_options(pairs: list[str] | None) -> dict[str, Any]:
    """Turn ``key=value`` into options; values are read as YAML, so that numbers are numbers.

    Raises
    ------
    InvalidInputError
        If one is not of that form, or given twice.

    Examples
    --------
    >>> parse_options(["onsite=0.7", "name=x"])
    {'onsite': 0.7, 'name': 'x'}
    """
    from sekkei.plain_yaml import load_yaml

    found: dict[str, Any] = {}
    for pair in pairs or ():
        key, equals, text = pair.partition("=")
        shown = repr(pair if len(pair) <= _MOST_SHOWN else f"{pair[:_MOST_SHOWN]}…")
        if not (key and equals) or key in found:
            raise InvalidInputError(
                f"an option must be KEY=VALUE, each key once, but found {shown}; "
                "try --option onsite=0.7"
            )
        try:
            found[key] = load_yaml(text)[0]
        except InvalidInputError as error:
            raise InvalidInputError(
                f"the value of an option must be a number, a text or YAML, but found {shown}: "
                f"{error.message}"
            ) from error
    return found


def check_out(out: Path | None, *sources: Path, is_forced: bool = False) -> None:
    """See that a file can be written and replaces no other, before there is work to lose.

    Parameters
    ----------
    out
        File to write, or none.
    sources
        Files that are read, and must not be replaced.
    is_forced
        Whether a file that is there may be replaced.

    Raises
    ------
    InvalidInputError
        If it is one of the sources, is there and not to be replaced, is a folder, or cannot be
        written where it is.
    """
    if out is None:
        return
    target = Path(os.path.realpath(out))  # where a link leads to
    if target.is_symlink():
        raise InvalidInputError(f"results must go into a file, but {out} is a link to itself")
    if any(_is_same(out, source) for source in sources):
        raise InvalidInputError(
            f"results must go into a file of their own, but {out} is what is read; name another"
        )
    if out.is_dir():
        raise InvalidInputError(f"results must go into a file, but {out} is a folder; add a name")
    folder = target.parent if out.is_symlink() else out.parent
    if not folder.is_dir():
        raise InvalidInputError(
            f"the folder of {out.name} must be there, but {folder} is none; make it first"
        )
    if out.is_file() and not is_forced:
        raise InvalidInputError(
            f"results must go into a new file, but {out} is there; add --force to replace it, or "
            "name another"
        )
    _check_writable(out, out if out.exists() else folder)


def _is_same(out: Path, source: Path) -> bool:
    if out.exists() and source.exists():
        return out.samefile(source)  # a hard link, too
    return os.path.realpath(out) == os.path.realpath(source)


def check_out_folder(out: Path | None) -> None:
    """See that a folder is there or can be made, and can be written to.

    Raises
    ------
    InvalidInputError
        If it is a file, or lies in one, or is read-only.
    """
    if out is None:
        return
    target = Path(os.path.realpath(out))  # where a link leads to
    if target.is_symlink():
        raise InvalidInputError(f"results must go into a folder, but {out} is a link to itself")
    nearest = next(place for place in (target, *target.parents) if place.exists())
    if not nearest.is_dir():
        raise InvalidInputError(
            f"results must go into a folder, but {nearest} is a file; name another place"
        )
    _check_writable(out, nearest)


def _check_writable(out: Path, place: Path) -> None:
    if not os.access(place, os.W_OK):
        raise InvalidInputError(
            f"{out} must be writable, but {place.absolute()} is read-only; name another place"
        )


def registry_uri(registry: str | None, lake: Path | None = None, *, must_exist: bool) -> str:
    """Return the address of the model registry that a user means.

    Parameters
    ----------
    registry
        A URI, a ``.db`` file or a folder; ``mlflow.db`` beside the lake if absent.
    lake
        Folder of the lake.
    must_exist
        Whether a registry that is not there is an error; otherwise it will be made.

    Raises
    ------
    InvalidInputError
        If it must exist and does not, or neither registry nor lake is given.
    """
    if registry is not None and "://" in registry:
        file = Path(registry.removeprefix("sqlite:///"))
        is_local = registry.startswith("sqlite:///")
    else:
        file, is_local = _registry_file(registry, lake), True
    if not is_local:
        return str(registry)
    if must_exist and not file.is_file():
        raise InvalidInputError(
            f"a registry of models must be there, but {file} is no file; train a model first, or "
            "name another --registry"
        )
    return f"sqlite:///{os.path.realpath(file)}"


def _registry_file(registry: str | None, lake: Path | None) -> Path:
    if registry is not None:
        given = Path(registry)
        return given if given.suffix == ".db" else given / "mlflow.db"
    if lake is None:
        raise InvalidInputError(
            "a model must be a folder that is there, or stand in a registry, but found neither the "
            "folder nor a registry; check its path, or try --registry or --lake"
        )
    return Path(os.path.realpath(lake)).parent / "mlflow.db"
