"""The benchmark of descriptors, at its smallest."""

import numpy as np
import pytest

from sekkei.bench import descriptor
from sekkei.bench.peer import Peer
from sekkei.model.direct.descriptor import DescriptorOptions, describe_atoms
from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec

ALLOY = build_contact(ContactSpec(composition={"K": 0.5, "Na": 0.3, "Cs": 0.2}))


def test_without_dscribe_ours_is_measured_and_a_note_says_so(monkeypatch) -> None:
    monkeypatch.setattr(descriptor, "DSCRIBE", Peer("no_such_code", "pip install it"))
    monkeypatch.setattr(descriptor, "SIZES", descriptor.SIZES[:1])
    monkeypatch.setattr(descriptor, "_import_seconds", lambda: 3.0)

    found = descriptor.measure(is_quick=True, say=lambda _: None)

    assert [row["work"] for row in found.rows] == [
        "potassium, about 80 atoms",
        "alloys, about 80 atoms",
        descriptor.IMPORT,
    ]
    assert all(row["per_s"] > 0.0 for row in found.rows)
    assert found.notes[0].startswith("no_such_code is not installed: pip install it")


def test_dscribe_agrees_where_it_is_installed() -> None:
    if descriptor.DSCRIBE.missing():
        pytest.skip("dscribe is not installed")
    options = DescriptorOptions()

    found = descriptor.DSCRIBE.compute(**descriptor._job([ALLOY], options))

    ours = describe_atoms(ALLOY, np.arange(ALLOY.n_atom), options)[:, :-2]
    np.testing.assert_allclose(found["first"], ours, rtol=1e-4, atol=1e-5)
