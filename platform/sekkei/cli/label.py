"""``sekkei label``: what a user's own structures conduct."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli.engine import default_labeler
from sekkei.cli.label_explain import FIGURES, explain_all, picture
from sekkei.cli.label_file import KINDS, LabelFile
from sekkei.cli.label_leads import print_leads, say_surfaces
from sekkei.cli.options import (
    AsJson,
    Axis,
    IsForced,
    LabelerName,
    LabelerOptions,
    Species,
    check_out,
    parse_options,
    reading_of,
)
from sekkei.cli.outcome import finish, finish_if_interrupted
from sekkei.cli.output import print_rows, say
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.structure.junction import Junction
    from sekkei.transport.explanation import Explained
    from sekkei.transport.labeler import Label, Labeler

_SHOWN = (
    "frame", "n_atom", "conductance_g0", "error_g0", "window_conductance_g0", "n_channel",
    "cpu_seconds", "refusal",
)  # fmt: skip


def label(  # noqa: PLR0913  (each is an option of the command line)
    file: Annotated[Path, typer.Argument(help="Structures in the input convention.")],
    *,
    labeler: LabelerName = None,
    option: LabelerOptions = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write structures with their labels (.extxyz), every T(E) (.csv), or, with "
            "--explain, a figure (.png, .svg, .pdf)."
        ),
    ] = None,
    is_explained: Annotated[
        bool, typer.Option("--explain", help="Print what went into each label.")
    ] = False,
    is_leads_wanted: Annotated[
        bool, typer.Option("--find-leads", help="Label nothing: propose which atoms are leads.")
    ] = False,
    temperature_k: Annotated[
        float, typer.Option("--temperature", min=0.1, help="Of the thermopower explained, in K.")
    ] = 300.0,
    species: Species = None,
    axis: Axis = None,
    force: IsForced = False,
    as_json: AsJson = False,
) -> None:
    """Compute what structures of your own conduct."""
    from sekkei.structure.files import read_junctions
    from sekkei.transport.plugins import make_labeler

    reading = reading_of(species, axis)

    _check_suffix(out, (KINDS[0],) if is_leads_wanted else KINDS + FIGURES * is_explained)
    check_out(out, file, is_forced=force)
    if is_leads_wanted:
        print_leads(file, reading, out, as_json=as_json)
        return
    junctions, options = read_junctions(file, reading), parse_options(option)
    say_surfaces(file, junctions)
    engine = make_labeler(default_labeler(labeler, options), **options)
    if is_explained:
        _explain(engine, junctions, temperature_k, out, as_json=as_json)
        return
    kept = LabelFile(out)
    with finish_if_interrupted(_advice(out)):
        rows = _rows(engine, junctions, kept, is_told=not as_json and len(junctions) > 1)
        print_rows(rows, as_json=as_json, shown=_SHOWN)
    _say_written(kept, out)
    finish(kept.n_label, len(junctions) - kept.n_label)


def _advice(out: Path | None) -> str:
    again = "run the same command again for all"
    if out is None:
        return f"labels so far are printed; {again}"
    return f"labels so far are printed and in {out}; {again}, with --force"


def _say_written(kept: LabelFile, out: Path | None) -> None:
    if kept.n_label and out is not None:
        say(f"wrote {out}")
    elif out is not None:
        say(f"nothing to write into {out}: no structure was labelled")


def _rows(
    engine: "Labeler", junctions: "Sequence[Junction]", kept: LabelFile, *, is_told: bool
) -> Iterator[dict[str, Any]]:
    from sekkei.progress import show_progress
    from sekkei.transport.guarded import GuardedLabeler
    from sekkei.transport.labeler import Label, label_all

    with show_progress(sys.stderr) as progress:
        progress.started("labels", len(junctions))
        pairs = zip(junctions, label_all(GuardedLabeler(engine), junctions), strict=True)
        for frame, (junction, outcome) in enumerate(pairs):
            progress.advanced("labels")
            if isinstance(outcome, Label):
                row = _row(frame, junction, outcome)
                kept.append(frame, junction, outcome, row)
                if is_told:  # a table comes when all is done
                    progress.said(f"frame {frame}: {outcome.conductance:.4g} G0")
                yield row
            else:
                progress.said(f"sekkei: frame {frame} refused: {outcome.kind}: {outcome.message}")
                yield {
                    "frame": frame,
                    "n_atom": junction.n_atom,
                    "refusal": outcome.kind,
                    "message": outcome.message,
                    "recipe": outcome.recipe,
                    "cpu_seconds": outcome.cpu_seconds,
                }


def _row(frame: int, junction: "Junction", label: "Label") -> dict[str, Any]:
    return {
        "frame": frame,
        "n_atom": junction.n_atom,
        "conductance_g0": label.conductance,
        "error_g0": label.error,
        "window_conductance_g0": label.window_conductance,
        "window_ev": label.window,
        "n_channel": label.n_channel,
        "fermi_level_ev": label.fermi_level,
        "engine": label.engine,
        "recipe": label.recipe,
        "iterations": label.iterations,
        "cpu_seconds": label.cpu_seconds,
    }


def _explain(
    engine: "Labeler",
    junctions: "Sequence[Junction]",
    temperature_k: float,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    is_drawn = out is not None and out.suffix in FIGURES
    kept = LabelFile(None if is_drawn else out)
    drawn: list[tuple[int, Explained, Label]] = []
    with finish_if_interrupted("what was explained is printed; run the same command again for all"):
        explained = explain_all(engine, junctions, temperature_k, as_json=as_json)
        for frame, one in enumerate(explained):
            if one.label is not None:
                row = _row(frame, one.junction, one.label)
                kept.append(frame, one.junction, one.label, row)
                drawn.append((frame, one, one.label))
    if out is not None and is_drawn and drawn:
        _draw(out, drawn)
    _say_written(kept, out)
    finish(kept.n_label, len(junctions) - kept.n_label)


def _draw(out: Path, labelled: "Sequence[tuple[int, Explained, Label]]") -> None:
    from sekkei.observe.figures import as_bytes
    from sekkei.observe.figures.spectrum import spectrum_figure

    pictures = {f"frame {frame}": picture(one, label) for frame, one, label in labelled}
    kind = out.suffix.removeprefix(".")
    out.write_bytes(as_bytes(spectrum_figure(pictures), kind))  # type: ignore[arg-type]


def _check_suffix(out: Path | None, known: Sequence[str]) -> None:
    if out is not None and out.suffix not in known:
        figure = out.suffix in FIGURES
        raise InvalidInputError(
            f"labels can be written as {' or '.join(known)}, but found {out.name!r}; "
            + ("a figure is drawn with --explain" if figure else "change the ending")
        )
