"""``sekkei channels``: where in a structure its eigenchannels and its electrons are."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekkei.cli.engine import default_labeler
from sekkei.cli.label_explain import FIGURES
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
from sekkei.cli.output import print_record, say
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.transport.channels import AtomicChannels
    from sekkei.transport.open_device import OpenDevice

SUFFIXES = (*FIGURES, ".csv")

_COLUMNS = (
    "element", "x_angstrom", "y_angstrom", "z_angstrom", "from_left_per_ev", "from_right_per_ev",
)  # fmt: skip


def channels(  # noqa: PLR0913  (each is an option of the command line)
    file: Annotated[Path, typer.Argument(help="Structures as extxyz, in the input convention.")],
    *,
    frame: Annotated[int, typer.Option(min=0, help="Which structure of the file.")] = 0,
    energy: Annotated[float, typer.Option(help="Against the Fermi level, in eV.")] = 0.0,
    count: Annotated[int, typer.Option(min=1, help="How many, the most transparent first.")] = 3,
    labeler: LabelerName = None,
    option: LabelerOptions = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Draw them (.png, .svg, .pdf), or write a row for each atom (.csv)."),
    ] = None,
    species: Species = None,
    axis: Axis = None,
    force: IsForced = False,
    as_json: AsJson = False,
) -> None:
    """Show where eigenchannels of a structure live, and its local density of states."""
    from sekkei.structure.files import read_junctions
    from sekkei.transport.channels import junction_channels
    from sekkei.transport.device_labeler import make_device_labeler

    if out is not None and out.suffix not in SUFFIXES:
        raise InvalidInputError(
            f"channels can be written as {' or '.join(SUFFIXES)}, but found {out.name!r}; change "
            "the ending"
        )
    check_out(out, file, is_forced=force)
    junctions, options = read_junctions(file, reading_of(species, axis)), parse_options(option)
    if frame >= len(junctions):
        raise InvalidInputError(
            f"--frame must be below {len(junctions)}, as many as {file} holds, but is {frame}"
        )
    engine = make_device_labeler(default_labeler(labeler, options), **options)
    device, found = junction_channels(engine, junctions[frame], energy, count)
    record = {
        "frame": frame,
        "energy_ev": round(found.energy, 6),
        "transmissions": [round(float(value), 6) for value in found.transmissions],
        "n_atom": len(device.numbers),
        "states_from_left_per_ev": round(float(found.from_left.sum()), 4),
        "states_from_right_per_ev": round(float(found.from_right.sum()), 4),
        "engine": engine.engine,
        "recipe": engine.recipe,
    }
    print_record(record, as_json=as_json)
    if out is not None:
        _write(out, device, found)
        say(f"wrote {out}")


def _write(out: Path, device: "OpenDevice", found: "AtomicChannels") -> None:
    if out.suffix == ".csv":
        _write_atoms(out, device, found)
        return
    from sekkei.observe.figures import ChannelPicture, as_bytes, eigenchannel_figure

    picture = ChannelPicture(
        device.positions,
        found.transmissions,
        found.weights,
        {"from the left": found.from_left, "from the right": found.from_right},
    )
    kind = out.suffix.removeprefix(".")
    out.write_bytes(as_bytes(eigenchannel_figure(picture), kind))  # type: ignore[arg-type]


def _write_atoms(out: Path, device: "OpenDevice", found: "AtomicChannels") -> None:
    from ase.data import chemical_symbols

    names = [f"channel_{i + 1}_per_ev" for i in range(len(found.transmissions))]
    with out.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow([*_COLUMNS, *names])
        for i, number in enumerate(device.numbers):
            values = [*device.positions[i], found.from_left[i], found.from_right[i]]
            values += found.weights[:, i].tolist()
            table.writerow([chemical_symbols[number], *(f"{float(v):.6g}" for v in values)])
