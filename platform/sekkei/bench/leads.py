"""The same contacts between a thin wire, wider wires and surfaces: what the leads decide."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from sekkei.bench.leads_table import LeadLabel, append_label, make_result, read_labels
from sekkei.bench.result import BenchResult
from sekkei.errors import LabelError
from sekkei.structure.dynamics import run_experiment
from sekkei.structure.experiment import ContactSpec, ExperimentSpec, Snapshot
from sekkei.structure.selection import select_spread
from sekkei.structure.widen import widen_leads
from sekkei.threads import few_threads
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.numerics import DftNumerics

THIN = "bcc100-5+4"
"""Leads of the experiment."""

LEADS = (THIN, "bcc100-9+4", "bcc100-9+12", "surface-bcc100-3x3")
"""Leads of [100] that hold 5+4, from thin to macroscopic."""

CHECKS = {
    "surface-bcc100-3x3, 4x4 k": ("surface-bcc100-3x3", {"lateral_kpoint_length_angstrom": 60.0}),
}
"""The surface with more k-points across."""

N_CONTACT, N_CHECKED = 10, 3
EXPERIMENT = ExperimentSpec(contact=ContactSpec(electrode=THIN, neck_width=5), cycles=1, seed=2)
"""One pulling of potassium, from about five channels to rupture."""

STRIDE = 3
"""Contacts are taken in steps of it, so that those done first already cover the range."""

FILE = "leads.jsonl"


def measure(
    *, is_quick: bool, say: Callable[[str], None], folder: Path | None = None
) -> BenchResult:
    """Label contacts of one pulling between each of the leads; see `sekkei.bench.registry.Measure`.

    Parameters
    ----------
    is_quick
        One contact between the two thinnest leads.
    say
        Takes one line of progress for people.
    folder
        Where finished labels are kept, one JSON line each, and found again by the next run.
    """
    leads = LEADS[:2] if is_quick else LEADS
    contacts = in_stride(choose_contacts(LEADS[1:], N_CONTACT))[: 1 if is_quick else N_CONTACT]
    checks = {} if is_quick else CHECKS
    labelers = {lead: _labeler({}) for lead in leads}
    labelers |= {name: _labeler(options) for name, (_, options) in checks.items()}
    keep = folder / FILE if folder else None
    known, notes = read_labels(keep, {one.recipe for one in labelers.values()}), []
    wanted = [(s, lead) for s in contacts for lead in leads]
    wanted += [(s, check) for s in contacts[:N_CHECKED] for check in checks]
    wanted = [(s, lead) for s, lead in wanted if (s.frame, lead) not in known]
    with few_threads(1):
        try:
            for snapshot, lead in wanted:
                say(f"frame {snapshot.frame} between {lead}")
                try:
                    found = _label(labelers[lead], snapshot, lead)
                except LabelError as error:
                    notes.append(f"Refused: frame {snapshot.frame} between {lead}: {error.message}")
                    continue
                known[snapshot.frame, lead] = found
                append_label(keep, found)
        except KeyboardInterrupt:
            notes.append("Interrupted: the same command with the same --out goes on from here.")
    return make_result(contacts, leads, known, notes, tuple(checks))


def choose_contacts(leads: Sequence[str], n: int) -> tuple[Snapshot, ...]:
    """Break one contact, and choose snapshots spread over what they conduct.

    Only those that have not broken, and whose device leaves room for each of the wider leads.
    """
    snapshots = run_experiment(EXPERIMENT, lambda _: None).snapshots
    whole = [s for s in snapshots if s.narrowest > 0.0 and _fits(s, leads)]
    return select_spread(whole, n)


def in_stride(contacts: Sequence[Snapshot]) -> tuple[Snapshot, ...]:
    """Reorder contacts so that any first few of them cover the range.

    Every third one from the first, then from the second, then from the third.
    """
    return tuple(c for start in range(STRIDE) for c in contacts[start::STRIDE])


def _fits(snapshot: Snapshot, leads: Sequence[str]) -> bool:
    try:
        for lead in leads:
            widen_leads(snapshot.junction, lead)
    except LabelError:
        return False
    return True


def _labeler(options: Mapping[str, object]) -> GpawLabeler:
    # An edge near E_F changes nothing but what is refused: bcc100-9+12 has one 15 meV away.
    return GpawLabeler(DftNumerics.model_validate({"edge_ev": 0.0, **options}))


def _label(labeler: GpawLabeler, snapshot: Snapshot, lead: str) -> LeadLabel:
    name, _ = CHECKS.get(lead, (lead, {}))
    # Its own electrode is cut anew, too, so that all four differ in nothing but their width.
    junction = widen_leads(snapshot.junction, name)
    found = labeler.label(junction)
    return LeadLabel(
        frame=snapshot.frame,
        lead=lead,
        recipe=found.recipe,
        n_atom=junction.n_atom,
        conductance_g0=found.conductance,
        window_conductance_g0=found.window_conductance,
        n_channel=found.n_channel,
        energies_ev=tuple(np.round(found.energies, 6).tolist()),
        transmission=tuple(np.round(found.transmission, 6).tolist()),
        iterations=found.iterations,
        cpu_s=round(found.cpu_seconds, 2),
    )
