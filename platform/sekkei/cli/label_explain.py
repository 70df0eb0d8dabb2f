"""``sekkei label --explain``: one structure, looked at closely."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sekkei.cli.output import print_record, say, say_error

if TYPE_CHECKING:
    from sekkei.observe.figures.spectrum import SpectrumPicture
    from sekkei.structure.find_leads import LeadProposal
    from sekkei.structure.junction import Junction
    from sekkei.transport.explanation import Explained
    from sekkei.transport.labeler import Label, Labeler

FIGURES = (".png", ".svg", ".pdf")


def explain_all(
    engine: "Labeler", junctions: "Sequence[Junction]", temperature_k: float, *, as_json: bool
) -> "Iterator[Explained]":
    """Label structures one after the other, and print what went into each."""
    from sekkei.transport.explanation import explain
    from sekkei.transport.explanation_record import explained_record

    for frame, junction in enumerate(junctions):
        if not as_json and len(junctions) > 1:
            say(f"frame {frame}")
        found = explain(engine, junction, temperature_k)
        record = {"frame": frame, **explained_record(found)}
        print_record(record if as_json else _filled(record), as_json=as_json)
        if found.refusal is not None:
            say_error(f"frame {frame} refused: {found.refusal.kind}: {found.refusal.message}")
        if found.proposal is not None:
            _hint(found.proposal)
        yield found


def picture(found: "Explained", label: "Label") -> "SpectrumPicture":
    """Return what the figure of one label shows."""
    from sekkei.observe.figures.spectrum import SpectrumPicture

    return SpectrumPicture(
        energies=label.energies,
        transmission=label.transmission,
        window=label.window,
        title=f"T(E$_F$) = {label.conductance:.3f}, mean {label.window_conductance:.3f}",
        step_energies=found.scan.energies if found.scan else None,
        step_channels=found.scan.channels if found.scan else None,
    )


def _filled(record: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is not known: people need no empty lines."""
    return {
        name: _filled(value) if isinstance(value, Mapping) else value
        for name, value in record.items()
        if value is not None and value != []
    }


def _hint(found: "LeadProposal") -> None:
    say(
        f"both ends repeat every {found.period:g} Å with {found.n_atom} atoms, over {found.n_left} "
        f"and {found.n_right} periods: --find-leads prints what the file would have to say"
    )
