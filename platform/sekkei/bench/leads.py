"""The same contacts between a thin wire, wider wires and surfaces: what the leads decide."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from sekkei.bench.leads_table import LeadLabel, append_label, make_result, read_labels
from sekkei.bench.result import BenchResult
from sekkei.bench.timing import one_thread
from sekkei.errors import LabelError
from sekkei.structure.dynamics import run_experiment
from sekkei.structure.experiment import ContactSpec, ExperimentSpec, Snapshot
from sekkei.structure.selection import select_spread
from sekkei.structure.widen import widen_leads
from sekkei.transport.gpaw_labeler import GpawLabeler
from sekkei.transport.numerics import DftNumerics

THIN = "bcc100-5+4"
"""Leads of the experiment."""

LEADS = (THIN, "bcc100-9+4", "bcc100-9+12", "surface-bcc100-3x3")
"""Leads of [100] that hold 5+4, from thin to macroscopic."""

N_CONTACT = 10
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
    # An edge near E_F changes nothing but what is refused: bcc100-9+12 has one 15 meV away.
    labeler = GpawLabeler(DftNumerics(edge_ev=0.0))
    keep = folder / FILE if folder else None
    known, notes = read_labels(keep, labeler.recipe), []
    wanted = [(s, lead) for s in contacts for lead in leads if (s.frame, lead) not in known]
    with one_thread():
        try:
            for snapshot, lead in wanted:
                say(f"frame {snapshot.frame} between {lead}")
                try:
                    found = _label(labeler, snapshot, lead)
                except LabelError as error:
                    notes.append(f"Refused: frame {snapshot.frame} between {lead}: {error.message}")
                    continue
                known[snapshot.frame, lead] = found
                append_label(keep, found)
        except KeyboardInterrupt:
            notes.append("Interrupted: the same command with the same --out goes on from here.")
    return make_result(contacts, leads, known, notes)


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


def _label(labeler: GpawLabeler, snapshot: Snapshot, lead: str) -> LeadLabel:
    # Its own electrode is cut anew, too, so that all four differ in nothing but their width.
    junction = widen_leads(snapshot.junction, lead)
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
