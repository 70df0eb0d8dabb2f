"""``sekkei model predict``: what a model says of files, or of every snapshot of a lake."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli.engine import open_pool
from sekkei.cli.model_options import DEFAULT_NAME, REGISTERED_OR_SAVED, AnyLake, open_model
from sekkei.cli.options import Address, AsJson, IsSerial, Registry, Workers
from sekkei.cli.outcome import finish, finish_if_interrupted
from sekkei.cli.output import print_record, print_rows, say
from sekkei.errors import InvalidInputError, LabelError

if TYPE_CHECKING:
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
    workers: Workers = None,
    serial: IsSerial = False,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Predict structures of your own, or what this model did not predict yet of a lake."""
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
    from sekkei.structure.files import read_junctions

    # A file that cannot be read is told before the first prediction.
    named = [(file, read_junctions(file)) for file in files]
    n_refused = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal n_refused
        for file, junctions in named:
            for row in _predicted(predictor, junctions):
                n_refused += "refusal" in row
                yield {"file": str(file), **row}

    with finish_if_interrupted("nothing was kept; run the same command again"):
        print_rows(rows(), as_json=as_json, shown=_SHOWN)
    finish(sum(len(junctions) for _, junctions in named) - n_refused, n_refused)


def _predicted(predictor: "Predictor", junctions: "Sequence[Junction]") -> Iterator[dict[str, Any]]:
    for start in range(0, len(junctions), _AT_ONCE):
        some = junctions[start : start + _AT_ONCE]
        try:
            rows = [*_rows(predictor, some)]
        except LabelError:
            # Whichever it is, the others can be predicted.
            rows = [_one(predictor, start + i, junction) for i, junction in enumerate(some)]
        yield from ({**row, "frame": start + i} for i, row in enumerate(rows))


def _one(predictor: "Predictor", frame: int, junction: "Junction") -> dict[str, Any]:
    try:
        return next(_rows(predictor, [junction]))
    except LabelError as error:
        kind = type(error).__name__
        say(f"sekkei: frame {frame} refused: {kind}: {error.message}")
        return {
            "frame": frame,
            "n_atom": junction.n_atom,
            "refusal": kind,
            "message": error.message,
        }


def _rows(predictor: "Predictor", junctions: "Sequence[Junction]") -> Iterator[dict[str, Any]]:
    found = predictor.predict(junctions)
    for i, junction in enumerate(junctions):
        mean, sigma = float(found.mean[i]), float(found.sigma[i])
        yield {
            "frame": i,
            "n_atom": junction.n_atom,
            "conductance_g0": mean,
            "sigma_g0": sigma,
            "low_g0": max(0.0, mean - sigma),
            "high_g0": min(float(found.n_channel[i]), mean + sigma),
            "n_channel": int(found.n_channel[i]),
            "outside": bool(found.is_outside[i]),
            "reason": found.reasons[i] or None,
            "quantity": predictor.quantity,
            "model": predictor.identity,
        }


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
