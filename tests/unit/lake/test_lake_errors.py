"""Errors of labels: those that are stored, and those that are read off stored spectra."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sekkei.lake import Batch, LabelRow, Lake, SnapshotRow, label_key
from sekkei.provenance import Provenance
from sekkei.structure.experiment import Snapshot, snapshot_key
from sekkei.structure.junction import Junction
from sekkei.transport.error_bar import FITTED, label_error
from sekkei.transport.labeler import Label

ENERGIES = np.linspace(-0.5, 0.5, 101)


def label_of(slope: float, *, recipe: str = FITTED.recipe, error: float = np.nan) -> Label:
    return Label(
        energies=ENERGIES,
        transmission=2.0 + slope * ENERGIES,
        conductance=2.0,
        window_conductance=2.0,
        window=0.05,
        n_channel=6,
        fermi_level=-2.0,
        recipe=recipe,
        engine="none",
        cpu_seconds=0.0,
        iterations=0,
        eigenchannels=np.array([1.0, 0.7, 0.3]),
        error=error,
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    labels = (
        label_of(1.0),
        label_of(3.0, error=0.125),
        label_of(1.0, recipe="another"),
        replace(label_of(1.0), eigenchannels=np.zeros(0)),
    )
    snapshots = tuple(_structure(i) for i in range(len(labels)))
    rows = tuple(
        LabelRow(
            label_key(of.key, label.recipe), of.key, label, Provenance("n", 0.0, 1.0, 1.0, "0")
        )
        for of, label in zip(snapshots, labels, strict=True)
    )
    made = Lake.create(tmp_path / "lake")
    with made.committer() as committer:
        committer.commit(Batch(snapshots=snapshots, labels=rows), "four labels")
    return made.refreshed()


def _structure(frame: int) -> SnapshotRow:
    junction = Junction.from_sequences([19, 19], [(0.0, 0.0, 0.0), (0.0, 0.0, 4.0)], [-1, 1], 5.33)
    snapshot = Snapshot(junction, frame, 0, "pull", 0.0, 0.0)
    return SnapshotRow(snapshot_key("", frame, junction), "", snapshot)


def test_an_error_that_was_not_stored_is_read_off_the_spectrum(lake: Lake) -> None:
    found = lake.query("label", (), ("error_g0",))["error_g0"].to_numpy()

    first = label_of(1.0)
    expected = label_error(
        FITTED.recipe, first.energies, first.transmission, first.eigenchannels
    ).likely
    np.testing.assert_allclose(found, [expected, 0.125, np.nan, np.nan], atol=1e-6)


def test_filters_compare_what_is_shown(lake: Lake) -> None:
    assert len(lake.query("label", ("error_g0 > 0.0",))) == 2
    assert len(lake.query("label", ("error_g0 IS UNKNOWN",))) == 2


def test_what_is_stored_stays_what_it_is(lake: Lake) -> None:
    lake.query("label", ("error_g0 > 0.0",))

    stored = np.asarray(lake.array("label/error_g0"))
    np.testing.assert_array_equal(stored, [np.nan, 0.125, np.nan, np.nan])
