"""``sekkei electrode``: the wires that contacts hang between, and what they are worth."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli.engine import default_labeler
from sekkei.cli.options import (
    AsJson,
    IsForced,
    LabelerName,
    LabelerOptions,
    check_out,
    parse_options,
)
from sekkei.cli.outcome import finish_if_interrupted
from sekkei.cli.output import print_rows, say
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.structure.electrode import Electrode
    from sekkei.transport.electrode.scan import BandSource, ElectrodeScan

SUFFIXES = (".png", ".svg", ".pdf")

_SHOWN = ("electrode", "n_atom", "n_channel", "edge_distance_ev", "smearing_ev", "window_ev",
          "verdict")  # fmt: skip
_STEPS = ("electrode", "from_ev", "to_ev", "channels")

ElementName = Annotated[str, typer.Option("--element", help="Chemical symbol.")]

app = typer.Typer(name="electrode", help="Wires that contacts hang between.", no_args_is_help=True)


@app.command("list")
def list_all(*, element: ElementName = "K", as_json: AsJson = False) -> None:
    """List the wires, with their sizes in one element."""
    from sekkei.structure.electrode import build_electrode, electrode_names

    wires = {name: build_electrode(name, element) for name in electrode_names()}
    print_rows([_size(name, wire) for name, wire in wires.items()], as_json=as_json)


@app.command()
def scan(  # noqa: PLR0913  (each is an option of the command line)
    name: Annotated[list[str], typer.Argument(help="Names of electrodes.")],
    *,
    element: ElementName = "K",
    labeler: LabelerName = None,
    option: LabelerOptions = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a figure (.png, .svg or .pdf), a panel for each.")
    ] = None,
    force: IsForced = False,
    as_json: AsJson = False,
) -> None:
    """Count the channels of electrodes against energy, and say which of them are usable."""
    from sekkei.structure.electrode import build_electrode
    from sekkei.transport.electrode.scan import scan_electrode

    _check_suffix(out)
    check_out(out, is_forced=force)
    wires = {one: build_electrode(one, element) for one in name}
    source = _source(labeler, parse_options(option))
    found: dict[str, ElectrodeScan] = {}
    rows = []
    with finish_if_interrupted(
        "electrodes of a labeler with a cache are kept; run the same command again"
    ):
        for one, wire in wires.items():
            found[one] = scan_electrode(source, wire)
            rows.append(_row(one, element, wire, found[one]))
            if as_json:
                print_rows(rows[-1:], as_json=True)
    if not as_json:
        print_rows(rows, as_json=False, shown=_SHOWN)
        print_rows(
            [{"electrode": row["electrode"], **step} for row in rows for step in row["steps"]],
            as_json=False,
            shown=_STEPS,
        )
    if out is not None:
        _draw(out, {f"{element} {one}": value for one, value in found.items()})
        say(f"wrote {out}")


def _source(labeler: str | None, options: dict[str, Any]) -> "BandSource":
    from sekkei.transport.electrode.scan import BandSource
    from sekkei.transport.plugins import make_labeler

    name = default_labeler(labeler, options)
    made = make_labeler(name, **options)
    if not isinstance(made, BandSource):
        raise InvalidInputError(
            f"the labeler of a scan must compute electrodes, but {name} does not; "
            "try --labeler gpaw or --labeler tight-binding"
        )
    return made


def _size(name: str, wire: "Electrode") -> dict[str, Any]:
    import numpy as np

    return {
        "electrode": name,
        "n_atom": wire.numbers.size,
        "n_layer": len(np.unique(np.round(wire.positions[:, 2], 3))),
        "period_angstrom": wire.period,
        "radius_angstrom": float(np.linalg.norm(wire.positions[:, :2], axis=1).max()),
    }


def _row(name: str, element: str, wire: "Electrode", scan: "ElectrodeScan") -> dict[str, Any]:
    return {
        "electrode": name,
        "element": element,
        "n_atom": wire.numbers.size,
        "n_channel": scan.n_channel,
        "edge_distance_ev": round(scan.edge_distance, 6),
        "edge_limit_ev": scan.edge_limit,
        "is_usable": scan.is_usable,
        "smearing_ev": scan.smearing,
        "window_ev": scan.window,
        "verdict": scan.verdict,
        "engine": scan.engine,
        "steps": [
            {"from_ev": round(low, 6), "to_ev": round(high, 6), "channels": n}
            for low, high, n in scan.steps
        ],
    }


def _check_suffix(out: Path | None) -> None:
    if out is not None and out.suffix not in SUFFIXES:
        raise InvalidInputError(
            f"a figure can be written as {', '.join(SUFFIXES)}, but found {out.name!r}; "
            "change the ending"
        )


def _draw(out: Path, scans: "dict[str, ElectrodeScan]") -> None:
    from sekkei.observe.figures import as_bytes
    from sekkei.observe.figures.electrode import channels_figure

    kind = out.suffix.removeprefix(".")
    out.write_bytes(as_bytes(channels_figure(scans), kind))  # type: ignore[arg-type]
