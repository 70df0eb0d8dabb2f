"""``sekkei label``: what a user's own structures conduct."""

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli.engine import default_labeler
from sekkei.cli.label_explain import FIGURES, explain_all, picture
from sekkei.cli.label_leads import find_leads
from sekkei.cli.options import AsJson, LabelerName, LabelerOptions, check_out, parse_options
from sekkei.cli.outcome import finish, finish_if_interrupted
from sekkei.cli.output import print_rows, say
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.structure.junction import Junction
    from sekkei.transport.explanation import Explained
    from sekkei.transport.labeler import Label, Labeler

SUFFIXES = (".extxyz", ".csv", *FIGURES)

_SHOWN = (
    "frame", "n_atom", "conductance_g0", "error_g0", "window_conductance_g0", "n_channel",
    "cpu_seconds", "refusal",
)  # fmt: skip


def label(  # noqa: PLR0913  (each is an option of the command line)
    file: Annotated[Path, typer.Argument(help="Structures as extxyz, in the input convention.")],
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
    as_json: AsJson = False,
) -> None:
    """Compute what structures of your own conduct."""
    from sekkei.structure.files import read_junctions
    from sekkei.transport.plugins import make_labeler

    if is_leads_wanted:
        _check_suffix(out, (".extxyz",))
        check_out(out, file)
        find_leads(file, out, as_json=as_json)
        return
    _check_suffix(out, SUFFIXES if is_explained else SUFFIXES[:2])
    check_out(out, file)
    junctions, options = read_junctions(file), parse_options(option)
    engine = make_labeler(default_labeler(labeler, options), **options)
    if is_explained:
        _explain(engine, junctions, temperature_k, out, as_json=as_json)
        return
    done: list[tuple[int, Junction, Label]] = []
    with finish_if_interrupted("labels so far are printed; run the same command again for all"):
        print_rows(_rows(engine, junctions, done), as_json=as_json, shown=_SHOWN)
    if out is not None:
        _write(out, done)
        say(f"wrote {out}")
    finish(len(done), len(junctions) - len(done))


def _rows(
    engine: "Labeler",
    junctions: "Sequence[Junction]",
    done: "list[tuple[int, Junction, Label]]",
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
                done.append((frame, junction, outcome))
                yield _row(frame, junction, outcome)
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
    found: list[Explained] = []
    with finish_if_interrupted("what was explained is printed; run the same command again for all"):
        found.extend(explain_all(engine, junctions, temperature_k, as_json=as_json))
    labelled = [(frame, one, one.label) for frame, one in enumerate(found) if one.label is not None]
    if out is not None and out.suffix in FIGURES and labelled:
        _draw(out, labelled)
        say(f"wrote {out}")
    elif out is not None and out.suffix not in FIGURES:
        _write(out, [(frame, one.junction, label) for frame, one, label in labelled])
        say(f"wrote {out}")
    finish(len(labelled), len(junctions) - len(labelled))


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


def _write(out: Path, done: "Sequence[tuple[int, Junction, Label]]") -> None:
    if out.suffix == ".csv":
        _write_spectra(out, done)
    else:
        _write_structures(out, done)


def _write_structures(out: Path, done: "Sequence[tuple[int, Junction, Label]]") -> None:
    import ase.io

    frames = []
    for frame, junction, found in done:
        atoms = junction.to_atoms()
        atoms.info |= _row(frame, junction, found)
        frames.append(atoms)
    ase.io.write(out, frames, format="extxyz")


def _write_spectra(out: Path, done: "Sequence[tuple[int, Junction, Label]]") -> None:
    with out.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["frame", "energy_ev", "transmission"])
        for frame, _, found in done:
            for energy, value in zip(found.energies, found.transmission, strict=True):
                table.writerow([frame, float(energy), float(value)])
