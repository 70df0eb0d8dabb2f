"""The recipe's one electron an atom and its functional, beside more electrons and another one.

The many-electron data sets share nothing with the recipe's pseudopotentials but the valence
functions on the atoms, and in the largest set of these hardly anything is left of their choice.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sekkei.bench.accuracy_table import MANY, Pair, range_rows, variation_row
from sekkei.bench.contacts import Contact
from sekkei.bench.kept import KeptLabel, kept_label
from sekkei.bench.result import Row
from sekkei.errors import LabelError
from sekkei.transport.cache import ArrayCache
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.model import find_electron_model
from sekkei.transport.gpaw.numerics import DftNumerics

ALONE = "electrons, functions and functional alone"


@dataclass(frozen=True, slots=True)
class ElectronLabels:
    """One contact with several models of its electrons."""

    contact: Contact
    """The atoms."""

    recipe: KeptLabel
    """One electron, LDA, the recipe's functions."""

    many: KeptLabel
    """Many electrons instead."""

    pbe: KeptLabel
    """Many electrons and PBE instead."""

    largest: KeptLabel
    """Many electrons, LDA, the largest set of functions."""


def label_electrons(
    cache: ArrayCache, contacts: Sequence[Contact], say: Callable[[str], None]
) -> tuple[list[ElectronLabels], list[str]]:
    """Label contacts by each model; a refusal is a note."""
    recipe = GpawLabeler()
    others = [
        GpawLabeler(DftNumerics.model_validate(fields), model=find_electron_model(model))
        for model, fields in (
            ("many-electron-lda", {}),
            ("many-electron-pbe", {}),
            ("many-electron-lda", {"basis": "reference"}),
        )
    ]
    found, notes = [], []
    for i, contact in enumerate(contacts):
        try:
            labels = [kept_label(cache, one, contact.junction) for one in (recipe, *others)]
        except LabelError as error:
            notes.append(f"{contact.name}, frame {contact.frame}: {error.message}")
            continue
        found.append(ElectronLabels(contact, *labels))
        say(
            f"{i + 1} of {len(contacts)}: {contact.name} frame {contact.frame}: recipe "
            f"{labels[0].conductance:.3f}, many electrons {labels[1].conductance:.3f}, PBE "
            f"{labels[2].conductance:.3f}, largest set {labels[3].conductance:.3f} G0"
        )
    return found, notes


def electron_pairs(found: Sequence[ElectronLabels]) -> list[Pair]:
    """Return the recipe's labels beside those of many electrons in the largest set."""
    return [_pair(one.contact, one.recipe, one.largest) for one in found]


def _pair(contact: Contact, found: KeptLabel, reference: KeptLabel) -> Pair:
    return Pair(contact.name, contact.frame, contact.junction.n_atom, found, reference)


def electron_rows(found: Sequence[ElectronLabels]) -> Iterator[Row]:
    """Return the recipe's errors by range, and what each part of them is."""
    yield from range_rows(electron_pairs(found), MANY)
    steps = {
        "one electron instead of many": [(one.recipe, one.many) for one in found],
        "recipe's functions instead of the largest set": [(one.many, one.largest) for one in found],
        "LDA instead of PBE": [(one.many, one.pbe) for one in found],
    }
    yield from (variation_row(ALONE, name, pairs) for name, pairs in steps.items() if pairs)
