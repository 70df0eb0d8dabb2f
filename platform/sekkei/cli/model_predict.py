"""``sekkei model predict``: what a model says of files, or of every snapshot of a lake."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli.engine import open_pool
from sekkei.cli.model_options import DEFAULT_NAME, REGISTERED_OR_SAVED, AnyLake, open_model
from sekkei.cli.options import Address, AsJson, IsSerial, Registry, Workers
from sekkei.cli.outcome import finish, finish_if_interrupted
from sekkei.cli.output import print_record, print_rows, say
from sekkei.cli.server_options import Server, open_server
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.model.each import StructurePrediction
    from sekkei.model.predictor import Predictor
    from sekkei.structure.junction import Junction

_AT_ONCE = 256
"""Structures that are described at a time, so that a long file needs no more memory."""

_SHOWN = (
    "file", "frame", "n_atom", "conductance_g0", "sigma_g0", "low_g0", "high_g0", "n_channel",
    "outside", "reason", "refusal",
)  # fmt: skip


def predict(  # noqa: PLR0913  (each is an option of the command line)
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Structures as extxyz; all snapshots of the lake if absent."),
    ] = None,
    *,
    lake: AnyLake = None,
    registry: Registry = None,
    model: Annotated[str, typer.Option("--model", help=REGISTERED_OR_SAVED)] = DEFAULT_NAME,
    server: Server = None,
    workers: Workers = None,
    serial: IsSerial = False,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Predict structures of your own, or what this model did not predict yet of a lake."""
    if server is not None:
        others = {"lake": lake, "registry": registry, "workers": workers, "address": address}
        _predict_there(files or (), model, server, others, as_json=as_json)
        return
    if files:
        _predict_files(files, open_model(model, registry, lake)[1], as_json=as_json)
        return
    if lake is None:
        raise InvalidInputError(
            "structures to predict must be named, but found neither FILE nor --lake; try "
            "sekkei model predict contact.extxyz --model FOLDER"
        )
    found = open_model(model, registry, lake)
    with open_pool(workers, address, is_serial=serial) as pool:
        _predict_lake(lake, found, pool, as_json=as_json)


def _predict_files(files: Sequence[Path], predictor: "Predictor", *, as_json: bool) -> None:
    from sekkei.model.each import predict_each

    about = {"quantity": predictor.quantity, "model": predictor.identity}
    _tell(files, lambda junctions: (predict_each(predictor, junctions, _AT_ONCE), about), as_json)


def _predict_there(
    files: Sequence[Path], model: str, server: str, others: dict[str, Any], *, as_json: bool
) -> None:
    if not files:
        raise InvalidInputError(
            "a service predicts structures that are sent to it, but found no FILE; name one, or "
            "submit a campaign with a stage of inference"
        )
    with open_server(server, **others) as connection:

        def ask(junctions: "Sequence[Junction]") -> "tuple[Iterable[StructurePrediction], _About]":
            found = connection.models.predict(model, junctions)
            return found.predictions, {"quantity": found.quantity, "model": found.identity}

        _tell(files, ask, as_json)


_About = dict[str, str]


def _tell(
    files: Sequence[Path],
    predict: "Callable[[Sequence[Junction]], tuple[Iterable[StructurePrediction], _About]]",
    as_json: bool,  # noqa: FBT001  (handed on)
) -> None:
    from sekkei.structure.files import read_junctions

    # A file that cannot be read is told before the first prediction.
    named = [(file, read_junctions(file)) for file in files]
    n_refused = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal n_refused
        for file, junctions in named:
            predictions, about = predict(junctions)
            for found in predictions:
                n_refused += found.refusal is not None
                yield {"file": str(file), **_row(found, about)}

    with finish_if_interrupted("nothing was kept; run the same command again"):
        print_rows(rows(), as_json=as_json, shown=_SHOWN)
    finish(sum(len(junctions) for _, junctions in named) - n_refused, n_refused)


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
