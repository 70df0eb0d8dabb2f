"""``sekkei model predict``: what a model says of files, or of every snapshot of a lake."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli.engine import open_pool
from sekkei.cli.label_leads import propose, say_box, say_surfaces
from sekkei.cli.model_options import DEFAULT_NAME, REGISTERED_OR_SAVED, AnyLake, open_model
from sekkei.cli.options import (
    Address,
    AsJson,
    Axis,
    IsSerial,
    Registry,
    Species,
    Workers,
    reading_of,
)
from sekkei.cli.outcome import finish, finish_if_interrupted
from sekkei.cli.output import print_record, print_rows, say, say_error
from sekkei.cli.server_options import Server, open_server
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.model.each import StructurePrediction
    from sekkei.model.predictor import Predictor
    from sekkei.structure.files import Reading
    from sekkei.structure.junction import Junction

_SHOWN = (
    "file", "frame", "n_atom", "conductance_g0", "sigma_g0", "low_g0", "high_g0", "n_channel",
    "outside", "reason", "refusal",
)  # fmt: skip


def predict(  # noqa: PLR0913  (each is an option of the command line)
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Structures of your own; all snapshots of the lake if absent."),
    ] = None,
    *,
    lake: AnyLake = None,
    registry: Registry = None,
    model: Annotated[str, typer.Option("--model", help=REGISTERED_OR_SAVED)] = DEFAULT_NAME,
    server: Server = None,
    workers: Workers = None,
    serial: IsSerial = False,
    address: Address = None,
    species: Species = None,
    axis: Axis = None,
    is_leads_wanted: Annotated[
        bool,
        typer.Option("--find-leads", help="Take the leads that are proposed, for files without."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Predict structures of your own, or what this model did not predict yet of a lake."""
    reading = reading_of(species, axis)
    if server is not None:
        named = _read_files(files or (), reading, is_leads_wanted=is_leads_wanted)
        others = {"lake": lake, "registry": registry, "workers": workers, "address": address}
        _predict_there(named, model, server, others, as_json=as_json)
        return
    if files:
        predictor = open_model(model, registry, lake)[1]
        named = _read_files(files, reading, is_leads_wanted=is_leads_wanted)
        _predict_files(named, predictor, as_json=as_json)
        return
    if species or axis or is_leads_wanted:
        raise InvalidInputError(
            "--species, --axis and --find-leads are for files, but found none; name one, or leave "
            "them out"
        )
    if lake is None:
        raise InvalidInputError(
            "structures to predict must be named, but found neither FILE nor --lake; try "
            "sekkei model predict contact.extxyz --model FOLDER"
        )
    found = open_model(model, registry, lake)
    with open_pool(workers, address, is_serial=serial) as pool:
        _predict_lake(lake, found, pool, as_json=as_json)


_About = dict[str, str]


@dataclass(slots=True)
class _Structures:
    """What a file holds: structures, and frames without leads."""

    file: Path
    frames: list[int]
    junctions: "list[Junction]"
    refused: list[dict[str, Any]]


def _predict_files(named: Sequence[_Structures], predictor: "Predictor", *, as_json: bool) -> None:
    from sekkei.model.each import predict_each

    about = {"quantity": predictor.quantity, "model": predictor.identity}
    _tell(named, lambda junctions: (predict_each(predictor, junctions), about), as_json)


def _predict_there(
    named: Sequence[_Structures],
    model: str,
    server: str,
    others: dict[str, Any],
    *,
    as_json: bool,
) -> None:
    if not named:
        raise InvalidInputError(
            "a service predicts structures that are sent to it, but found no FILE; name one, or "
            "submit a campaign with a stage of inference"
        )
    with open_server(server, **others) as connection:

        def ask(junctions: "Sequence[Junction]") -> "tuple[Iterable[StructurePrediction], _About]":
            found = connection.models.predict(model, junctions)
            return found.predictions, {"quantity": found.quantity, "model": found.identity}

        _tell(named, ask, as_json)


def _read_files(
    files: Sequence[Path], reading: "Reading", *, is_leads_wanted: bool
) -> list[_Structures]:
    """Read all files: one that cannot be read is told before the first prediction."""
    from sekkei.structure.files import read_junctions

    if is_leads_wanted:
        return [_with_leads(file, reading) for file in files]
    found = []
    for file in files:
        junctions = list(read_junctions(file, reading))
        say_surfaces(file, junctions)
        found.append(_Structures(file, list(range(len(junctions))), junctions, []))
    return found


def _with_leads(file: Path, reading: "Reading") -> _Structures:
    from sekkei.structure.files import read_frames
    from sekkei.structure.junction import Junction

    found = _Structures(file, [], [], [])
    frames = read_frames(file, reading)
    for frame, atoms in enumerate(frames):
        where = f"{file}, frame {frame}"
        try:
            found.junctions.append(Junction.from_atoms(propose(where, atoms).marked(atoms)))
            found.frames.append(frame)
        except InvalidInputError as error:
            say_error(error.message)
            told = {"refusal": type(error.__cause__ or error).__name__, "message": error.message}
            found.refused.append({"frame": frame, "n_atom": len(atoms), **told})
    say_box(file, frames)
    return found


def _tell(
    named: Sequence[_Structures],
    predict: "Callable[[Sequence[Junction]], tuple[Iterable[StructurePrediction], _About]]",
    as_json: bool,  # noqa: FBT001  (handed on)
) -> None:
    n_refused = sum(len(one.refused) for one in named)

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal n_refused
        for one in named:
            yield from ({"file": str(one.file), **row} for row in one.refused)
            predictions, about = predict(one.junctions)
            for frame, found in zip(one.frames, predictions, strict=True):
                n_refused += found.refusal is not None
                yield {"file": str(one.file), **_row(replace(found, frame=frame), about)}

    with finish_if_interrupted("nothing was kept; run the same command again"):
        print_rows(rows(), as_json=as_json, shown=_SHOWN)
    n_all = sum(len(one.junctions) + len(one.refused) for one in named)
    finish(n_all - n_refused, n_refused)


def _row(found: "StructurePrediction", about: _About) -> dict[str, Any]:
    row = {name: value for name, value in asdict(found).items() if name != "is_outside"}
    if found.refusal is not None:
        say(f"sekkei: frame {found.frame} refused: {found.refusal}: {found.message}")
        return {name: value for name, value in row.items() if value is not None}
    del row["refusal"], row["message"]
    reason = row.pop("reason")
    return {**row, "outside": found.is_outside, "reason": reason, **about}


def _predict_lake(lake: Path, found: Any, pool: Any, *, as_json: bool) -> None:
    from sekkei.campaign.context import open_context
    from sekkei.campaign.inference import run_inference
    from sekkei.lake import Lake
    from sekkei.progress import show_progress

    named, predictor = found
    with (
        finish_if_interrupted("what is done is in the lake; run the same command again to go on"),
        show_progress(sys.stderr) as progress,
        open_context(Lake.open(lake), pool, progress) as context,
    ):
        summary = run_inference(context, predictor)
    print_record({**named, **asdict(summary.stage), "outside": summary.n_outside}, as_json=as_json)
    if summary.n_outside:
        say(
            f"{summary.n_outside} of {summary.stage.done} snapshots are unlike what the model was "
            "trained on: their intervals are wide"
        )
    finish(summary.stage.done, summary.stage.refused)
