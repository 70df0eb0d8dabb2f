"""``sekkei histogram``: what an experimenter would measure, beside what was measured."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sekkei.cli.options import AsJson, LakeFolder, Registry, registry_uri
from sekkei.cli.output import print_json, print_rows, say
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.lake import Lake
    from sekkei.observe import ComparisonRow, Histogram, MeasuredHistogram, Peak

Quantity = Literal["conductance_g0", "window_conductance_g0"]

_PEAKS = ("position", "interval", "support", "height")
_COMPARED = (
    "nominal", "expected", "measured_g0", "ours_g0", "interval_g0", "support", "verdict", "remark",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selection:
    """Which traces are counted."""

    model: str | None
    """Identity of the surrogate that predicted them; labels if absent."""

    element: str | None
    """Only pure contacts of this element."""

    electrode: str | None
    """Only contacts between these wires."""

    quantity: Quantity
    """Column of the labels."""


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
    quantity: Annotated[Quantity, typer.Option(help="Of the labels.")] = "conductance_g0",
    out: Annotated[Path, typer.Option(help="Folder for the figure.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Histogram the conductance of a lake, and compare it with experiment."""
    from sekkei.lake import Lake

    opened = Lake.open(lake)
    identity = None if model is None else _identity(model, registry, lake)
    chosen = Selection(identity, element or _only_element(opened), electrode, quantity)
    record = _observe(opened, chosen, out)
    for file in record["files"]:
        say(f"wrote {file}")
    if as_json:
        print_json(record)
        return
    print_rows(record["peaks"], as_json=False, shown=_PEAKS)
    print_rows(record["comparison"], as_json=False, shown=_COMPARED)
    sys.stdout.write(record["summary"] + "\n")


def _observe(lake: "Lake", chosen: Selection, out: Path) -> dict[str, Any]:
    import numpy as np

    from sekkei.observe import conductance_histogram, histogram_peaks, summary_sentence
    from sekkei.observe.lake_traces import lake_traces

    traces = lake_traces(
        lake,
        model=chosen.model,
        electrode=chosen.electrode,
        composition=None if chosen.element is None else {chosen.element: 1.0},
        quantity=chosen.quantity,
    )
    counted = conductance_histogram(traces)
    peaks = histogram_peaks(counted, np.random.default_rng(0))
    measured = _measured(chosen.element)
    rows = _compare(lake, chosen, counted, measured)
    return {
        **asdict(chosen),
        "state": lake.state_id,
        "n_experiment": len(counted.experiments),
        "n_trace": counted.n_trace,
        "n_snapshot": counted.n_snapshot,
        "peaks": [asdict(peak) for peak in peaks],
        "comparison": [asdict(row) for row in rows],
        "summary": summary_sentence(rows),
        "files": _draw(counted, measured, peaks, out, chosen),
    }


def _compare(
    lake: "Lake", chosen: Selection, counted: "Histogram", measured: "MeasuredHistogram | None"
) -> "tuple[ComparisonRow, ...]":
    import numpy as np

    from sekkei.observe import compare_with_measured

    if measured is None:
        return ()
    rng = np.random.default_rng(0)
    return compare_with_measured(counted, measured, rng, n_channel=_n_channel(lake, chosen))


def _n_channel(lake: "Lake", chosen: Selection) -> int | None:
    """Channels of the electrodes, where all that may have been counted have the same."""
    where = [] if chosen.electrode is None else [f'electrode = "{chosen.electrode}"']
    if chosen.element is not None:
        where.append(f"fraction_{chosen.element} = 1")
    found = set(lake.query("label", where, ["n_channel"])["n_channel"].tolist())
    return int(found.pop()) if len(found) == 1 else None


def _measured(element: str | None) -> "MeasuredHistogram | None":
    from sekkei.observe import measured_histogram

    if element is None:
        return None
    try:
        return measured_histogram(element)
    except InvalidInputError as error:
        say(error.message)
        return None


def _draw(
    counted: "Histogram",
    measured: "MeasuredHistogram | None",
    peaks: "Sequence[Peak]",
    out: Path,
    chosen: Selection,
) -> list[str]:
    from sekkei.observe.figures import histogram_figure, save

    name = "labels" if chosen.model is None else "surrogate"
    figure = histogram_figure({name: counted}, measured=measured, peaks=peaks)
    return [str(path) for path in save(figure, out, "histogram", ("png", "svg"))]


def _identity(model: str, registry: str | None, lake: Path) -> str:
    from sekkei.lake import Lake

    if model in set(Lake.open(lake).table("prediction")["model"]):
        return model
    from sekkei.model import find_model
    from sekkei.tracking import MlflowRegistry

    row = find_model(MlflowRegistry(registry_uri(registry, lake, must_exist=True)), model)
    say(f"predictions of {row.name}:{row.version}, identity {row.identity}")
    return row.identity


def _only_element(lake: "Lake") -> str | None:
    """Return the element of all experiments, if they are pure and of one."""
    table = lake.table("experiment")
    names = [name for name in table.columns if name.startswith("fraction_")]
    present = [name for name in names if bool((table[name] > 0.0).any())]
    return present[0].removeprefix("fraction_") if len(present) == 1 else None
