"""``sekkei histogram``: what an experimenter would measure, beside what was measured."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sekkei.cli.options import AsJson, LakeFolder, Registry, check_out_folder, registry_uri
from sekkei.cli.output import print_json, print_rows, say
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.observe import LakeHistogram

_PEAKS = ("position", "interval", "support", "height")
_COMPARED = (
    "nominal", "expected", "measured_g0", "ours_g0", "interval_g0", "support", "verdict", "remark",
)  # fmt: skip


def histogram(  # noqa: PLR0913  (each is an option of the command line)
    *,
    lake: LakeFolder,
    model: Annotated[
        str | None,
        typer.Option(help="Predictions of NAME, NAME:VERSION or an identity, instead of labels."),
    ] = None,
    registry: Registry = None,
    element: Annotated[str | None, typer.Option(help="Only pure contacts, such as K.")] = None,
    electrode: Annotated[str | None, typer.Option(help="Only between these wires.")] = None,
    quantity: Annotated[
        Literal["conductance_g0", "window_conductance_g0"] | None,
        typer.Option(help="Of the labels; conductance_g0 if left out. Not with --model."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the figure.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Histogram the conductance of a lake, and compare it with experiment."""
    from sekkei.lake import Lake
    from sekkei.observe import TraceSelection, observe_histogram, predictions_of

    check_out_folder(out)
    _check_quantity(model, quantity)
    opened = Lake.open(lake)
    if model is not None:
        model = predictions_of(opened, model, lambda name: _identity(name, registry, lake))
    found = observe_histogram(
        opened, TraceSelection(model, element, electrode, quantity or "conductance_g0")
    )
    if found.remark:
        say(found.remark)
    files = _draw(found, out)
    for file in files:
        say(f"wrote {file}")
    if as_json:
        print_json(_record(found) | {"files": files})
        return
    print_rows(map(asdict, found.peaks), as_json=False, shown=_PEAKS)
    print_rows(map(asdict, found.comparison), as_json=False, shown=_COMPARED)
    sys.stdout.write(found.summary + "\n")


def _check_quantity(model: str | None, quantity: str | None) -> None:
    if model is not None and quantity is not None:
        raise InvalidInputError(
            "predictions must be taken as what their model learned, but found --quantity "
            f"{quantity} beside --model {model}; leave out one of them"
        )


def _record(found: "LakeHistogram") -> dict[str, Any]:
    return {
        **asdict(found.selection),
        "state": found.state_id,
        "n_experiment": len(found.histogram.experiments),
        "n_trace": found.histogram.n_trace,
        "n_snapshot": found.histogram.n_snapshot,
        "peaks": [asdict(peak) for peak in found.peaks],
        "comparison": [asdict(row) for row in found.comparison],
        "summary": found.summary,
    }


def _draw(found: "LakeHistogram", out: Path) -> list[str]:
    from sekkei.observe.figures import histogram_figure, save

    name = "labels" if found.selection.model is None else "surrogate"
    figure = histogram_figure({name: found.histogram}, measured=found.measured, peaks=found.peaks)
    return [str(path) for path in save(figure, out, "histogram", ("png", "svg"))]


def _identity(model: str, registry: str | None, lake: Path) -> str:
    from sekkei.model import find_model
    from sekkei.tracking import MlflowRegistry

    row = find_model(MlflowRegistry(registry_uri(registry, lake, must_exist=True)), model)
    say(f"predictions of {row.name}:{row.version}, identity {row.identity}")
    return row.identity
