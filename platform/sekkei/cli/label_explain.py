"""``sekkei label --explain``: one structure, looked at closely."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sekkei.cli.output import print_record, say, say_error
from sekkei.errors import LabelError

if TYPE_CHECKING:
    from sekkei.observe.figures.spectrum import SpectrumPicture
    from sekkei.structure.electrode import Electrode
    from sekkei.structure.junction import Junction
    from sekkei.transport.electrode.scan import ElectrodeScan
    from sekkei.transport.explain import Explanation
    from sekkei.transport.labeler import Label, Labeler

FIGURES = (".png", ".svg", ".pdf")


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """What became of one structure."""

    frame: int
    """In the file."""

    junction: "Junction"
    """The structure."""

    record: Mapping[str, Any]
    """What is printed."""

    label: "Label | None" = None
    """None where it was refused."""

    scan: "ElectrodeScan | None" = None
    """Of its electrode; None for surfaces and labelers that know no bands."""


def explain_all(
    engine: "Labeler", junctions: "Sequence[Junction]", temperature_k: float, *, as_json: bool
) -> Iterator[Explained]:
    """Label structures one after the other, and print what went into each."""
    for frame, junction in enumerate(junctions):
        if not as_json and len(junctions) > 1:
            say(f"frame {frame}")
        found = _explained(engine, frame, junction, temperature_k)
        print_record(found.record if as_json else _filled(found.record), as_json=as_json)
        if found.label is None:
            say_error(
                f"frame {frame} refused: {found.record['refusal']}: {found.record['message']}"
            )
            _hint(junction)
        yield found


def picture(found: Explained, label: "Label") -> "SpectrumPicture":
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


def _explained(
    engine: "Labeler", frame: int, junction: "Junction", temperature_k: float
) -> Explained:
    from sekkei.transport.explain import Explainer

    record: dict[str, Any] = {"frame": frame, **_contents(junction)}
    scan = None
    try:
        electrode = _checked_electrode(junction)
        record["electrode"] = _electrode(junction, electrode)
        scan = _scan(engine, electrode)
        if scan is not None:
            record["channels"] = _channels(scan)
        if isinstance(engine, Explainer):
            explanation = engine.explain(junction)
            label = explanation.label
            record |= _calculation(explanation)
        else:
            label = engine.label(junction)
    except LabelError as error:
        record |= {"engine": engine.engine, "recipe": engine.recipe}
        record |= {"refusal": type(error).__name__, "message": error.message}
        return Explained(frame, junction, record, scan=scan)
    record |= _conduction(label, temperature_k)
    return Explained(frame, junction, record, label, scan)


def _checked_electrode(junction: "Junction") -> "Electrode":
    from sekkei.structure.lead import check_overlap, lead_electrode
    from sekkei.structure.lead_room import check_lead_room

    check_overlap(junction)
    check_lead_room(junction)
    return lead_electrode(junction)


def _contents(junction: "Junction") -> dict[str, Any]:
    from sekkei.structure.junction import DEVICE

    return {
        "n_atom": junction.n_atom,
        "n_device_atom": int((junction.regions == DEVICE).sum()),
        "elements": _count(junction.numbers.tolist()),
    }


def _count(numbers: Sequence[int]) -> dict[str, int]:
    from ase.data import chemical_symbols

    return {str(chemical_symbols[z]): numbers.count(z) for z in sorted(set(numbers))}


def _electrode(junction: "Junction", electrode: "Electrode") -> dict[str, Any]:
    from sekkei.structure.junction import LEFT, RIGHT
    from sekkei.structure.naming import crystal_direction, known_name

    size, name = electrode.numbers.size, known_name(electrode)
    return {
        "kind": "wire in vacuum" if electrode.lateral_period is None else "surface",
        "name": name,
        "direction": crystal_direction(name),
        "elements": _count(electrode.numbers.tolist()),
        "atoms_per_period": size,
        "period_angstrom": electrode.period,
        "lateral_period_angstrom": electrode.lateral_period,
        "left_periods": int((junction.regions == LEFT).sum()) // size,
        "right_periods": int((junction.regions == RIGHT).sum()) // size,
    }


def _scan(engine: "Labeler", electrode: "Electrode") -> "ElectrodeScan | None":
    from sekkei.transport.electrode.scan import BandSource, scan_electrode

    if electrode.lateral_period is not None or not isinstance(engine, BandSource):
        return None
    return scan_electrode(engine, electrode)


def _channels(scan: "ElectrodeScan") -> dict[str, Any]:
    return {
        "at_fermi_level": scan.n_channel,
        "nearest_edge_ev": round(scan.edge_distance, 6),
        "edge_limit_ev": scan.edge_limit,
        "verdict": scan.verdict,
    }


def _calculation(explanation: "Explanation") -> dict[str, Any]:
    cell = explanation.supercell
    return {
        "supercell": {
            "n_atom": cell.n_atom,
            "n_orbital": cell.n_orbital,
            "length_angstrom": round(cell.length, 4),
            "lead_periods": cell.lead_periods,
            "grid": cell.grid,
            "k_points_across": cell.n_k,
        },
        "alignment_shift_ev": explanation.alignment_shift,
        "mean_channel": explanation.mean_channel,
        "iterations": explanation.label.iterations,
        "rung": explanation.label.rung,
    }


def _conduction(label: "Label", temperature_k: float) -> dict[str, Any]:
    channels = [round(float(value), 6) for value in label.eigenchannels]
    return {
        "conductance_g0": label.conductance,
        "window_conductance_g0": label.window_conductance,
        "window_ev": label.window,
        "n_channel": label.n_channel,
        "fermi_level_ev": label.fermi_level,
        "eigenchannels": channels,
        "fano_factor": _fano(label),
        **_thermal(label, temperature_k),
        "cpu_seconds": label.cpu_seconds,
        "engine": label.engine,
        "recipe": label.recipe,
    }


def _fano(label: "Label") -> float | None:
    """Return None where the labeler gives no channels, or none of them conducts."""
    from sekkei.transport.thermo import fano_factor

    total = float(label.eigenchannels.sum())
    return fano_factor(label.eigenchannels.clip(0.0, 1.0)) if total > 1e-9 else None


def _thermal(label: "Label", temperature_k: float) -> dict[str, Any]:
    """Leave out what has no meaning where nothing conducts."""
    from sekkei.transport.thermo import thermoelectric

    if float(label.transmission.max()) <= 0.0:
        return {}
    found = thermoelectric(label.energies, label.transmission, temperature_k)
    return {
        "temperature_k": temperature_k,
        "thermal_conductance_g0": found.conductance_g0,
        "seebeck_uv_per_k": found.seebeck_uv_per_k,
        "lorenz": found.lorenz,
    }


def _hint(junction: "Junction") -> None:
    """Say where the leads could be, if that is not what the file says."""
    from sekkei.structure.find_leads import propose_leads

    try:
        found = propose_leads(junction.numbers, junction.positions, junction.lateral_period)
    except LabelError:
        return
    if (found.regions == junction.regions).all() and (
        abs(found.period - junction.electrode_period) < 1e-3
    ):
        return
    say(
        f"both ends repeat every {found.period:g} Å with {found.n_atom} atoms, over {found.n_left} "
        f"and {found.n_right} periods: --find-leads prints what the file would have to say"
    )
