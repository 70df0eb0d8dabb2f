from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import DEVICE

SYMBOLS = ("Li", "Na", "K", "Rb", "Cs")


# Plain values only: strategies must not run checked code, whose checker draws random numbers.
contact_values = st.fixed_dictionaries(
    {
        "electrode": st.sampled_from(["staggered-3", "bcc100-4+1", "bcc100-5+4", "bcc100-9+4"]),
        "parts": st.lists(st.integers(0, 20), min_size=5, max_size=5).filter(any),
        "neck_length": st.integers(1, 6),
        "neck_width": st.integers(1, 13),
        "device_periods": st.integers(3, 8),
        "seed": st.integers(0, 2**32),
    }
)


def specify(values: dict[str, Any]) -> ContactSpec:
    total = sum(values["parts"])
    fractions = {s: part / total for s, part in zip(SYMBOLS, values["parts"], strict=True)}
    rest = {key: value for key, value in values.items() if key != "parts"}
    return ContactSpec(composition=fractions, **rest)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(contact_values)
def test_counts_of_atoms_are_the_composition_rounded(values: dict[str, Any]) -> None:
    spec = specify(values)

    contact = build_contact(spec)

    device = contact.numbers[contact.regions == DEVICE]
    for symbol, number in zip(SYMBOLS, (3, 11, 19, 37, 55), strict=True):
        exact = spec.composition[symbol] * device.size
        assert abs(int((device == number).sum()) - exact) < 1.0 + 1e-9


@settings(max_examples=50, deadline=None, derandomize=True)
@given(contact_values)
def test_no_two_atoms_are_nearer_than_in_the_smallest_crystal(values: dict[str, Any]) -> None:
    spec = specify(values)

    contact = build_contact(spec)

    separation = contact.positions[:, None] - contact.positions[None]
    distance = np.linalg.norm(separation, axis=2) + 100.0 * np.eye(contact.n_atom)
    # Vegard's lattice constant is never below lithium's, whose neighbours are 3.04 angstrom apart.
    assert distance.min() > 3.0
