"""Labels of the same contacts between different leads: a file of lines, a table, a figure."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from sekkei.bench.result import BenchResult, Row, describe_machine
from sekkei.observe.figures import as_bytes
from sekkei.observe.figures.leads import LeadCurve, leads_figure
from sekkei.structure.experiment import Snapshot


@dataclass(frozen=True, slots=True)
class LeadLabel:
    """One contact between one pair of leads: a line of the file."""

    frame: int
    """Of the experiment."""

    lead: str
    """Name of the electrode."""

    recipe: str
    """Of the labels; lines of another recipe are passed over."""

    n_atom: int
    """Of the junction, before its leads were extended."""

    conductance_g0: float
    """T(E_F)."""

    window_conductance_g0: float
    """Mean over the window of the recipe."""

    n_channel: int
    """Of the electrode, at most."""

    energies_ev: tuple[float, ...]
    """Against the Fermi level."""

    transmission: tuple[float, ...]
    """At each of them."""

    iterations: int
    """Of the density."""

    cpu_s: float
    """Without the electrode's own calculation."""


Labels = dict[tuple[int, str], LeadLabel]
"""By frame and lead."""

_LINE = TypeAdapter(LeadLabel)


def read_labels(file: Path | None, recipes: Collection[str]) -> Labels:
    """Return what earlier runs kept of some recipes, by frame and lead."""
    if file is None or not file.is_file():
        return {}
    lines = file.read_text("utf-8").splitlines()
    kept = [_LINE.validate_json(line) for line in lines]
    return {(one.frame, one.lead): one for one in kept if one.recipe in recipes}


def append_label(file: Path | None, found: LeadLabel) -> None:
    """Keep a finished label as one more line."""
    if file is None:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(asdict(found)) + "\n")


def make_result(
    contacts: Sequence[Snapshot],
    leads: Sequence[str],
    known: Labels,
    notes: Sequence[str],
    checks: Sequence[str] = (),
) -> BenchResult:
    """Tabulate what is known, checks of the last lead included, and draw the leads."""
    ordered = sorted(contacts, key=lambda snapshot: snapshot.displacement)
    rows = [
        _row(snapshot, known[snapshot.frame, lead])
        for snapshot in ordered
        for lead in (*leads, *checks)
        if (snapshot.frame, lead) in known
    ]
    reached = [f"{lead} {_count(known, ordered, lead)}" for lead in leads]
    told = [f"Contacts reached, of {len(ordered)}: {', '.join(reached)}."]
    told += [_against(known, ordered, lead, leads[-1]) for lead in (*leads[:-1], *checks)]
    figure = leads_figure(_curves(known, ordered, leads)) if rows else None
    files = {f"leads.{kind}": as_bytes(figure, kind) for kind in ("png", "svg")} if figure else {}
    machine = describe_machine(("sekkei", "gpaw", "numpy", "scipy", "torch"))
    return BenchResult("leads", rows, [*told, *notes], machine, files)


def _row(snapshot: Snapshot, found: LeadLabel) -> Row:
    return {
        "frame": snapshot.frame,
        "displacement_angstrom": round(snapshot.displacement, 3),
        "lead": found.lead,
        "n_atom": found.n_atom,
        "n_channel": found.n_channel,
        "conductance_g0": found.conductance_g0,
        "window_conductance_g0": found.window_conductance_g0,
        "iterations": found.iterations,
        "cpu_s": found.cpu_s,
    }


def _count(known: Labels, contacts: Sequence[Snapshot], lead: str) -> int:
    return sum((snapshot.frame, lead) in known for snapshot in contacts)


def _against(known: Labels, contacts: Sequence[Snapshot], lead: str, widest: str) -> str:
    pairs = [
        (known[s.frame, lead], known[s.frame, widest])
        for s in contacts
        if (s.frame, lead) in known and (s.frame, widest) in known
    ]
    if not pairs:
        return f"{lead} and {widest} have no contact in common yet."
    fermi = np.array([one.conductance_g0 - other.conductance_g0 for one, other in pairs])
    window = np.array(
        [one.window_conductance_g0 - other.window_conductance_g0 for one, other in pairs]
    )
    return (
        f"{lead} less {widest}, {len(pairs)} contacts: T(E_F) {fermi.mean():+.2f} on average, "
        f"{np.abs(fermi).mean():.2f} in magnitude, at most {np.abs(fermi).max():.2f} G0; window "
        f"mean {window.mean():+.2f}, {np.abs(window).mean():.2f}, {np.abs(window).max():.2f} G0."
    )


def _curves(
    known: Labels, contacts: Sequence[Snapshot], leads: Sequence[str]
) -> Sequence[LeadCurve]:
    curves = []
    for lead in leads:
        here = [s for s in contacts if (s.frame, lead) in known]
        labels = [known[s.frame, lead] for s in here]
        curves.append(
            LeadCurve(
                lead,
                np.array([s.displacement for s in here]),
                np.array([one.conductance_g0 for one in labels]),
                np.array([one.window_conductance_g0 for one in labels]),
            )
        )
    return curves
