"""``sekkei histogram``: what an experimenter would measure, beside what was measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sekkei.cli.options import AsJson, Registry, check_out_folder
from sekkei.cli.output import say
from sekkei.cli.server_options import Server, open_server
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.observe import Source
    from sekkei.observe.measured import MeasuredFiles

ConductanceUnit = Literal["G0", "log10G0", "S", "uS", "nS", "A", "uA", "nA"]
DisplacementUnit = Literal["angstrom", "nm", "um", "m", "V"]


def histogram(  # noqa: PLR0913  (each is an option of the command line)
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="More files for --measured.")
    ] = None,
    *,
    lake: Annotated[Path | None, typer.Option(help="Folder of the lake.")] = None,
    server: Server = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Predictions of NAME, NAME:VERSION or an identity, instead of labels; may be "
            "repeated."
        ),
    ] = None,
    has_labels: Annotated[
        bool, typer.Option("--labels", help="Labels, too, beside the predictions.")
    ] = False,
    is_labelled: Annotated[
        bool, typer.Option("--labelled-only", help="Predictions of labelled snapshots only.")
    ] = False,
    registry: Registry = None,
    element: Annotated[str | None, typer.Option(help="Only pure contacts, such as K.")] = None,
    electrode: Annotated[str | None, typer.Option(help="Only between these wires.")] = None,
    quantity: Annotated[
        Literal["conductance_g0", "window_conductance_g0"] | None,
        typer.Option(help="Of the labels; conductance_g0 if left out."),
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(help="Of the labels, where the lake has those of several.")
    ] = None,
    measured: Annotated[
        list[Path] | None,
        typer.Option(help="Your own traces: files or folders of text, HDF5, TDMS or Igor."),
    ] = None,
    conductance_unit: Annotated[
        ConductanceUnit | None, typer.Option(help="Of the measurement; never guessed.")
    ] = None,
    bias_mv: Annotated[float | None, typer.Option(help="Bias in mV, for a current.")] = None,
    offset: Annotated[
        float, typer.Option(help="What the instrument shows at no conductance, in its unit.")
    ] = 0.0,
    series_ohm: Annotated[float, typer.Option(help="Resistance in series, in ohm.")] = 0.0,
    displacement_unit: Annotated[
        DisplacementUnit | None, typer.Option(help="Of the measurement; never guessed.")
    ] = None,
    angstrom_per_volt: Annotated[
        float | None, typer.Option(help="How far a piezo moves the grips.")
    ] = None,
    step: Annotated[
        float | None, typer.Option(help="Displacement per sample, where none was recorded.")
    ] = None,
    conductance_column: Annotated[
        str | None, typer.Option(help="Name or number; * stands for any text.")
    ] = None,
    displacement_column: Annotated[str | None, typer.Option(help="Likewise.")] = None,
    decimal: Annotated[
        Literal["point", "comma"] | None, typer.Option(help="Of a text, where it is not plain.")
    ] = None,
    cut: Annotated[
        Literal["thresholds", "turns"],
        typer.Option(help="Traces end at thresholds, or where the displacement turns."),
    ] = "thresholds",
    closed_g0: Annotated[float, typer.Option(help="A closed contact conducts this.")] = 8.0,
    open_g0: Annotated[float, typer.Option(help="A broken contact conducts this.")] = 0.1,
    per_block: Annotated[
        int, typer.Option(help="Cycles in a row that count as one experiment.")
    ] = 10,
    full: Annotated[bool, typer.Option("--full", help="Every analysis, with its figure.")] = False,
    out: Annotated[Path, typer.Option(help="Folder for the figures.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Histogram conductances of a lake or of your own traces, and compare them with experiment."""
    from sekkei.cli.histogram_lake import LakeRequest, read_lake
    from sekkei.cli.histogram_output import KINDS, Telling, tell_comparison, tell_one
    from sekkei.cli.histogram_server import chosen_model, tell_served
    from sekkei.observe import TraceSelection
    from sekkei.observe.figures.style import check_own
    from sekkei.observe.measured import Calibration, Columns, CutRule, MeasuredFiles, measured_files

    check_out_folder(out)
    check_own(out / f"histogram.{kind}" for kind in KINDS)  # that one is always drawn
    _check_quantity(model, quantity, has_labels=has_labels)
    if server is not None:
        here = {"lake": lake, "registry": registry, "measured": measured or more}
        narrowed = {"labelled_only": is_labelled, "full": full}
        with open_server(server, **here, **narrowed) as connection:
            asked = TraceSelection(
                chosen_model(model, has_labels=has_labels),
                element,
                electrode,
                quantity or "conductance_g0",
            )
            tell_served(connection, asked, recipe, out, as_json=as_json)
        return
    files = measured_files([*(measured or ()), *(more or ())])
    _check_sources(lake, files, is_named=bool(measured))
    found = None
    if lake is not None:
        request = LakeRequest(
            lake, tuple(model or ()), has_labels, is_labelled, registry, element, electrode,
            quantity, recipe,
        )  # fmt: skip
        found = read_lake(request, has_potentials=full)
    if found is not None and len(found.sources) == 1 and not (files or full):
        tell_one(found, out, as_json=as_json)
        return
    calibration = Calibration(
        conductance_unit, bias_mv, offset, series_ohm, displacement_unit, angstrom_per_volt, step
    )
    columns = Columns(conductance_column, displacement_column)
    wanted = MeasuredFiles(
        files, calibration, columns, CutRule(cut, closed_g0, open_g0), decimal, per_block
    )
    own = [_read(wanted)] if files else []
    tell_comparison(found, own, Telling(element, out, is_full=full, as_json=as_json))


def _check_quantity(model: list[str] | None, quantity: str | None, *, has_labels: bool) -> None:
    if model and quantity is not None and not has_labels:
        raise InvalidInputError(
            "predictions must be taken as what their model learned, but found --quantity "
            f"{quantity} beside --model {model[0]}; leave out one of them, or add --labels"
        )


def _check_sources(lake: Path | None, files: Sequence[Path], *, is_named: bool) -> None:
    if files and not is_named:
        raise InvalidInputError(
            f"measured files must stand behind --measured, but found {files[0]} without it"
        )
    if lake is None and not files:
        raise InvalidInputError(
            "a histogram needs conductances, but found neither; try --lake FOLDER or "
            "--measured FILE"
        )


def _read(wanted: "MeasuredFiles") -> "Source":
    from sekkei.observe.measured import read_measured

    read = read_measured(wanted)
    n_pull = sum(trace.stage == "pull" for trace in read.source.traces)
    say(
        f"{read.n_file} files, {read.n_sample} samples, {read.n_dropped} without a number, "
        f"{read.n_negative} below zero: {n_pull} pulls and {len(read.source.traces) - n_pull} "
        "pushes"
    )
    return read.source
