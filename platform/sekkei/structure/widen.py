"""The same device between other leads: a thin wire, a wide one, a surface."""

import numpy as np
from ase.data import atomic_numbers, chemical_symbols
from scipy.spatial import cKDTree

from sekkei.errors import AtomOverlapError, ElectrodeError
from sekkei.shapes import Bool, Float
from sekkei.structure.contact import build_contact
from sekkei.structure.electrode import Electrode, build_electrode
from sekkei.structure.element import lattice_constant
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import DEVICE, LEFT, RIGHT, Junction
from sekkei.structure.lateral import close_pairs, nearest_image
from sekkei.structure.lead import recognise_leads
from sekkei.structure.lead_sites import MATCH_ANGSTROM

CLEARANCE = 0.6
"""Nearest that an atom may come to a new one, in lattice constants.

Nearest neighbours in bcc are 0.87 apart; an atom nearer than 0.6 has slid beside the old lead.
"""

_MOST_ATOMS = 200
"""Of a period: labels between larger electrodes take days."""


def widen_leads(junction: Junction, electrode: str) -> Junction:
    """Put the device of a junction between wider leads of the same crystal.

    The atoms of the device stay where they are. The leads gain the sites of the wider electrode,
    over as many periods as they had; of all places that contain the old lead, the most central
    one is taken.

    Parameters
    ----------
    junction
        With perfect leads cut from bcc along z, such as `build_contact` and experiments make.
    electrode
        A wire or a surface that `build_electrode` knows, such as ``bcc100-9+12`` or
        ``surface-bcc100-4x4``. Between surfaces the device repeats across: choose a cell that
        keeps its images apart.

    Returns
    -------
    Junction
        Left lead, device, right lead; with the lateral period of a surface.

    Raises
    ------
    ElectrodeError
        If a lead is not perfect, has atoms of several elements, or is no part of the new one.
    AtomOverlapError
        If an atom of the device stands where the new lead goes, or meets an image across.
    InvalidInputError
        If there is no such electrode.

    Examples
    --------
    >>> from sekkei.structure.contact import build_contact
    >>> from sekkei.structure.experiment import ContactSpec
    >>> thin = build_contact(ContactSpec(electrode="bcc100-5+4"))
    >>> thin.n_atom, widen_leads(thin, "bcc100-9+12").n_atom
    (79, 127)
    """
    leads, element = recognise_leads(junction), _lead_element(junction)
    thin = leads.electrode
    wide = build_electrode(electrode, element)
    _check_period(junction, wide, electrode)
    placed = _placed(thin, wide, electrode)
    device = junction.regions == DEVICE
    beyond = np.array([0.0, 0.0, leads.right_offset])
    left = _lead(junction, LEFT, thin, placed.positions)
    right = _lead(junction, RIGHT, thin, placed.positions + beyond)
    number = atomic_numbers[element]
    widened = Junction.from_sequences(
        np.pad(junction.numbers[device], (len(left), len(right)), constant_values=number),
        np.vstack([left, junction.positions[device], right]),
        np.repeat([LEFT, DEVICE, RIGHT], [len(left), int(device.sum()), len(right)]),
        junction.electrode_period,
        wide.lateral_period,
    )
    _check_room(junction, widened, CLEARANCE * lattice_constant(element))
    return widened


def check_holds(electrode: str, wire: str) -> None:
    """Check that contacts between a wire, as they are cut, can be put between another electrode.

    Parameters
    ----------
    electrode, wire
        Names, as `build_electrode` knows them.

    Raises
    ------
    ElectrodeError
        If the wire is no part of the electrode, or the electrode is too large to be labelled.
    AtomOverlapError
        If a contact has no room there, such as between narrow surfaces.
    InvalidInputError
        If there is no such electrode.

    Examples
    --------
    >>> check_holds("surface-bcc100-4x4", "bcc100-5+4")
    """
    # Of any metal: all have the same lattice.
    n_atom = build_electrode(electrode, "K").numbers.size
    if n_atom > _MOST_ATOMS:
        raise ElectrodeError(
            f"an electrode must have at most {_MOST_ATOMS} atoms in a period, because labels take "
            f"days beyond, but {electrode} has {n_atom}; take fewer cells",
            electrode=electrode,
        )
    contact = ContactSpec(electrode=wire, composition={"K": 1.0}, neck_length=1, neck_width=1)
    try:
        widen_leads(build_contact(contact), electrode)
    except AtomOverlapError as error:
        raise AtomOverlapError(
            f"a contact between {wire} must have room between {electrode}, but is too near to its "
            "own images, or to the leads; take a surface of more cells, or another wire"
        ) from error


def _lead_element(junction: Junction) -> str:
    symbols = sorted({chemical_symbols[z] for z in junction.numbers[junction.regions != DEVICE]})
    if len(symbols) > 1:
        raise ElectrodeError(
            f"leads must be of one element to be widened, but are of {', '.join(symbols)}; "
            "put the alloy into the device",
            elements=symbols,
        )
    return str(symbols[0])


def _check_period(junction: Junction, wide: Electrode, name: str) -> None:
    if abs(junction.electrode_period - wide.period) > MATCH_ANGSTROM:
        raise _no_part(
            name,
            f"repeat every {junction.electrode_period:.3f} Å and it every {wide.period:.3f} Å",
        )
    if junction.lateral_period not in (None, wide.lateral_period):
        raise _no_part(name, "are surfaces with a lateral period of their own")


def _placed(thin: Electrode, wide: Electrode, name: str) -> Electrode:
    """Move the wide electrode to where it contains the thin one."""
    centre = thin.positions[:, :2].mean(axis=0)
    options = []
    for shift in thin.positions[0] - wide.positions:
        moved = wide.positions + shift
        # Of each site of a surface, the image that is nearest to the old lead.
        moved[:, :2] = centre + nearest_image(moved[:, :2] - centre, wide.lateral_period)
        missing = int((~_is_held(thin, moved, wide)).sum())
        # Rounded, so that equally central places tie and the order of the sites decides.
        aside = round(float(np.linalg.norm(moved[:, :2].mean(axis=0) - centre)), 3)
        options.append((missing, aside, moved))
    missing, _, positions = min(options, key=lambda option: option[:2])
    if missing:
        raise _no_part(
            name,
            f"have {thin.numbers.size} atoms in a period that do not all fall on its "
            f"{wide.numbers.size}",
        )
    return Electrode(wide.numbers, positions, wide.period, wide.lateral_period)


def _is_held(
    thin: Electrode, sites: Float[np.ndarray, "site 3"], wide: Electrode
) -> Bool[np.ndarray, " atom"]:
    between = nearest_image(thin.positions[:, None] - sites[None], wide.lateral_period)
    along = between[..., 2] - np.round(between[..., 2] / wide.period) * wide.period
    distance = np.hypot(np.linalg.norm(between[..., :2], axis=-1), along)
    return np.asarray((distance < MATCH_ANGSTROM).any(axis=1))


def _lead(
    junction: Junction, side: int, thin: Electrode, sites: Float[np.ndarray, "site 3"]
) -> Float[np.ndarray, "atom 3"]:
    """Repeat sites over the whole periods that the old lead has at one side."""
    old = junction.positions[junction.regions == side]
    bottom = old[:, 2].min() - MATCH_ANGSTROM
    first = np.array(sites)
    first[:, 2] += np.ceil((bottom - first[:, 2]) / thin.period) * thin.period
    first = first[np.lexsort(np.round(first, 3).T)]
    n_period = len(old) // thin.numbers.size
    shifts = np.arange(n_period)[:, None, None] * [0.0, 0.0, thin.period]
    return np.asarray((first + shifts).reshape(-1, 3))


def _check_room(junction: Junction, widened: Junction, room: float) -> None:
    # Pairs nearer than any in the junction itself are new, whatever its elements and its strain.
    nearest, _ = cKDTree(junction.positions).query(junction.positions, k=2)
    room = min(room, float(nearest[:, 1].min()) - 1e-9)
    pairs = close_pairs(widened.positions, room, widened.lateral_period)
    inside = widened.regions[pairs] == DEVICE
    if not inside.any():
        return
    first_device = int((widened.regions == LEFT).sum())
    member = np.flatnonzero(junction.regions == DEVICE)
    atoms = member[np.unique(pairs[inside]) - first_device].tolist()
    raise AtomOverlapError(
        f"new leads must stay {room:.2f} Å clear of the device, but would meet its atoms "
        f"{', '.join(map(str, atoms[:5]))}{' …' if len(atoms) > 5 else ''}; take a snapshot in "
        "which none has slid beside a grip, or a surface of more cells",
        atoms=atoms,
    )


def _no_part(name: str, why: str) -> ElectrodeError:
    return ElectrodeError(
        f"the leads must be a part of {name} to be widened to it, but they {why}; choose a wider "
        "electrode of the same direction",
        electrode=name,
    )
