"""What went into a label, for people who look at one structure closely."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from ase.data import chemical_symbols

from sekkei.errors import LabelError
from sekkei.shapes import Int
from sekkei.structure.electrode import Electrode
from sekkei.structure.find_leads import LeadProposal, propose_leads
from sekkei.structure.junction import DEVICE, Junction
from sekkei.structure.lead import Leads, check_overlap, recognise_leads
from sekkei.structure.lead_room import check_lead_room
from sekkei.structure.naming import crystal_direction, known_name
from sekkei.threads import few_threads
from sekkei.transport.device_labeler import DeviceLabeler, labelled_device
from sekkei.transport.electrode.scan import BandSource, ElectrodeScan, scan_electrode
from sekkei.transport.labeler import Label, Labeler, Refusal
from sekkei.transport.open_device import OpenDevice, Supercell
from sekkei.transport.thermo import Thermoelectric, check_reach, fano_factor, thermoelectric

_CONDUCTS = 1e-9
_SAME_PERIOD_ANGSTROM = 1e-3


@dataclass(frozen=True, slots=True)
class ElectrodeFacts:
    """What the leads of a junction are."""

    kind: str
    """``wire in vacuum`` or ``surface``."""

    name: str | None
    """Under which `build_electrode` makes it; None if it is no known one."""

    direction: str | None
    """Of the crystal along z, such as ``bcc [100]``; None if it is no known one."""

    elements: Mapping[str, int]
    """Atoms of each element in one period."""

    n_atom: int
    """Atoms in one period."""

    period: float
    """Along z in angstrom."""

    lateral_period: tuple[float, float] | None
    """Of a surface along x and y, in angstrom."""

    n_left: int
    """Whole periods that the junction has at the left end."""

    n_right: int
    """And at the right end."""


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What the matrices behind a label are."""

    supercell: Supercell
    """Where they were computed."""

    alignment_shift: float | None
    """Added to the levels so that the ends have those of the electrode, in eV; None where both
    are on one scale by construction."""

    mean_channel: float
    """Open channels of the electrode at E_F, averaged over k across."""


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """What became of one junction, and why. Either ``label`` or ``refusal`` is there."""

    junction: Junction
    """The junction."""

    engine: str
    """Name and version of what computed, for people."""

    recipe: str
    """Identity of the method."""

    n_device_atom: int
    """Atoms that belong to no lead."""

    elements: Mapping[str, int]
    """Atoms of each element."""

    electrode: ElectrodeFacts | None = None
    """None where the leads are not perfect."""

    scan: ElectrodeScan | None = None
    """Channels of the electrode against energy; None for surfaces, and for labelers that know no
    bands."""

    device: DeviceFacts | None = None
    """None where it was refused, and for labelers without matrices."""

    label: Label | None = None
    """What it conducts."""

    fano_factor: float | None = None
    """Shot noise; None where there are no eigenchannels, or none of them conducts."""

    thermoelectric: Thermoelectric | None = None
    """None where nothing conducts, or T is known at the Fermi level only."""

    temperature_k: float = 300.0
    """Of ``thermoelectric``."""

    refusal: Refusal | None = None
    """Why there is no label."""

    proposal: LeadProposal | None = None
    """Of a refused junction: leads that it could be said to have, where these are others."""


@few_threads()
def explain(labeler: Labeler, junction: Junction, temperature_k: float = 300.0) -> Explained:
    """Label a junction from one calculation, and say what went into the label.

    Parameters
    ----------
    labeler
        Any; one that has matrices or knows bands says more.
    junction
        As for a label; one whose device reaches into the outermost period of a lead is refused.
    temperature_k
        Of the thermopower.

    Raises
    ------
    InvalidInputError
        If the energies do not reach as far as the temperature wants.
    """
    energies = getattr(labeler, "energies", None)  # of labelers that have a grid of their own
    if energies is not None and len(energies) > 1:
        check_reach(energies, temperature_k)
    started = time.process_time()
    try:
        check_lead_room(junction)
        label, leads, device = _labelled(labeler, junction)
    except LabelError as error:
        spent = time.process_time() - started
        refusal = Refusal(type(error).__name__, error.message, labeler.recipe, spent)
        return _refused(labeler, junction, refusal)
    return Explained(
        junction=junction,
        engine=label.engine,
        recipe=label.recipe,
        n_device_atom=_n_device_atom(junction),
        elements=_count(junction.numbers),
        electrode=_electrode_facts(leads),
        scan=_scan(labeler, leads.electrode),
        device=device,
        label=label,
        fano_factor=_fano(label),
        thermoelectric=_thermal(label, temperature_k),
        temperature_k=temperature_k,
    )


def _labelled(labeler: Labeler, junction: Junction) -> tuple[Label, Leads, DeviceFacts | None]:
    if isinstance(labeler, DeviceLabeler):
        label, device = labelled_device(labeler, junction)
        return label, device.leads, _device_facts(device)
    check_overlap(junction)
    leads = recognise_leads(junction)
    return labeler.label(junction), leads, None


def _refused(labeler: Labeler, junction: Junction, refusal: Refusal) -> Explained:
    electrode, scan = None, None
    try:
        check_lead_room(junction)
        check_overlap(junction)
        leads = recognise_leads(junction)
        electrode = _electrode_facts(leads)
        scan = _scan(labeler, leads.electrode)
    except LabelError:
        pass  # the refusal says it
    return Explained(
        junction=junction,
        engine=labeler.engine,
        recipe=labeler.recipe,
        n_device_atom=_n_device_atom(junction),
        elements=_count(junction.numbers),
        electrode=electrode,
        scan=scan,
        refusal=refusal,
        proposal=_other_leads(junction),
    )


def _device_facts(device: OpenDevice) -> DeviceFacts:
    return DeviceFacts(device.supercell, device.alignment_shift, device.mean_channel)


def _electrode_facts(leads: Leads) -> ElectrodeFacts:
    electrode, name = leads.electrode, known_name(leads.electrode)
    return ElectrodeFacts(
        kind="wire in vacuum" if electrode.lateral_period is None else "surface",
        name=name,
        direction=crystal_direction(name),
        elements=_count(electrode.numbers),
        n_atom=electrode.numbers.size,
        period=electrode.period,
        lateral_period=electrode.lateral_period,
        n_left=leads.n_left,
        n_right=leads.n_right,
    )


def _count(numbers: Int[np.ndarray, " atom"]) -> dict[str, int]:
    kinds, counts = np.unique(numbers, return_counts=True)
    return {str(chemical_symbols[z]): int(n) for z, n in zip(kinds, counts, strict=True)}


def _n_device_atom(junction: Junction) -> int:
    return int((junction.regions == DEVICE).sum())


def _scan(labeler: Labeler, electrode: Electrode) -> ElectrodeScan | None:
    if electrode.lateral_period is not None or not isinstance(labeler, BandSource):
        return None
    return scan_electrode(labeler, electrode)


def _fano(label: Label) -> float | None:
    if float(label.eigenchannels.sum()) <= _CONDUCTS:
        return None
    return fano_factor(label.eigenchannels.clip(0.0, 1.0))


def _thermal(label: Label, temperature_k: float) -> Thermoelectric | None:
    if label.energies.size < 2 or float(label.transmission.max()) <= 0.0:
        return None
    return thermoelectric(label.energies, label.transmission, temperature_k)


def _other_leads(junction: Junction) -> LeadProposal | None:
    """Return where the leads could be, if that is not what the junction says."""
    try:
        found = propose_leads(junction.numbers, junction.positions, junction.lateral_period)
    except LabelError:
        return None
    is_same_period = abs(found.period - junction.electrode_period) < _SAME_PERIOD_ANGSTROM
    if is_same_period and (found.regions == junction.regions).all():
        return None
    return found
