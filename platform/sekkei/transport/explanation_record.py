"""What is told of an explained junction, with the unit of each number in its name."""

from math import isnan
from typing import Any

from sekkei.transport.explanation import DeviceFacts, ElectrodeFacts, Explained
from sekkei.transport.labeler import Label


def explained_record(found: Explained) -> dict[str, Any]:
    """Return names and values, for a table or for JSON; what is not known is None or left out."""
    record: dict[str, Any] = {
        "n_atom": found.junction.n_atom,
        "n_device_atom": found.n_device_atom,
        "elements": dict(found.elements),
    }
    if found.electrode is not None:
        record["electrode"] = _electrode(found.electrode)
    if found.scan is not None:
        record["channels"] = {
            "at_fermi_level": found.scan.n_channel,
            "nearest_edge_ev": round(found.scan.edge_distance, 6),
            "edge_limit_ev": found.scan.edge_limit,
            "verdict": found.scan.verdict,
        }
    if found.refusal is not None:
        record |= {"engine": found.engine, "recipe": found.recipe}
        record |= {"refusal": found.refusal.kind, "message": found.refusal.message}
    if found.label is not None:
        if found.device is not None:
            record |= _calculation(found.device, found.label)
        record |= _conduction(found, found.label)
    return record


def _electrode(facts: ElectrodeFacts) -> dict[str, Any]:
    return {
        "kind": facts.kind,
        "name": facts.name,
        "direction": facts.direction,
        "elements": dict(facts.elements),
        "atoms_per_period": facts.n_atom,
        "period_angstrom": facts.period,
        "lateral_period_angstrom": facts.lateral_period,
        "left_periods": facts.n_left,
        "right_periods": facts.n_right,
    }


def _calculation(device: DeviceFacts, label: Label) -> dict[str, Any]:
    cell = device.supercell
    return {
        "supercell": {
            "n_atom": cell.n_atom,
            "n_orbital": cell.n_orbital,
            "length_angstrom": round(cell.length, 4),
            "lead_periods": cell.lead_periods,
            "grid": cell.grid,
            "k_points_across": cell.n_k,
        },
        "alignment_shift_ev": device.alignment_shift,
        "mean_channel": device.mean_channel,
        "iterations": label.iterations,
        "rung": label.rung,
    }


def _conduction(found: Explained, label: Label) -> dict[str, Any]:
    record: dict[str, Any] = {
        "conductance_g0": label.conductance,
        "error_g0": None if isnan(label.error) else label.error,
        "window_conductance_g0": label.window_conductance,
        "window_ev": label.window,
        "n_channel": label.n_channel,
        "fermi_level_ev": label.fermi_level,
        "eigenchannels": [round(float(value), 6) for value in label.eigenchannels],
        "fano_factor": found.fano_factor,
    }
    if found.thermoelectric is not None:
        record |= {
            "temperature_k": found.temperature_k,
            "thermal_conductance_g0": found.thermoelectric.conductance_g0,
            "seebeck_uv_per_k": found.thermoelectric.seebeck_uv_per_k,
            "lorenz": found.thermoelectric.lorenz,
        }
    return record | {
        "cpu_seconds": label.cpu_seconds,
        "engine": label.engine,
        "recipe": label.recipe,
    }
