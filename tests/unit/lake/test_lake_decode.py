"""Rows come back from columns as the records that went in."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import (
    Batch,
    ConflictRow,
    ExperimentRow,
    LabelRow,
    PredictionRow,
    ProposalRow,
    SnapshotRow,
    WithdrawalRow,
    conflict_key,
    label_key,
    withdrawal_key,
)
from sekkei.lake.encode import encode
from sekkei.lake.field import RECORDS, places, rows_by_table, stored_rows
from sekkei.lake.schema import RAGGED, SCHEMA

# Filters need them; they follow from the specification of an experiment, or from its atoms.
DERIVED = {
    "experiment/electrode",
    "experiment/electrode_element",
    "experiment/potential",
    "experiment/seed",
    "experiment/contact_seed",
    "experiment/temperature_k",
    "experiment/composition",
} | {
    f"{ragged.owner}/{name}" for ragged in RAGGED.values() for name in (ragged.offset, ragged.count)
}
COLUMNS = {f"{table}/{column.name}" for table, found in SCHEMA.items() for column in found}


def test_every_field_has_a_column_and_every_column_a_field() -> None:
    # A new field of Label or of another record needs a column, or encoding would lose it; a new
    # column needs a field, or decoding would: both are named in sekkei.lake.field.
    paths = [place.path for table in RECORDS for place in places(table)]

    assert len(paths) == len(set(paths))
    assert set(paths) | DERIVED == COLUMNS
    assert not set(paths) & DERIVED


def test_every_column_is_encoded(batch) -> None:
    firsts = dict.fromkeys(RAGGED, 0)
    row = batch.labels[0]
    conflict = ConflictRow(conflict_key(row.key, row.label), row.key, row.label, row.provenance)
    withdrawal = WithdrawalRow(
        withdrawal_key("label", row.key, 0, "withdraw"), "label", row.key, 0, "withdraw",
        "a wrong lead", "node-1", 100.0, "0.1.0",
    )  # fmt: skip
    batch = replace(batch, conflicts=(conflict,), withdrawals=(withdrawal,))

    assert encode(stored_rows(rows_by_table(batch)), firsts).keys() == COLUMNS


@pytest.mark.parametrize(
    ("record", "rows"),
    [
        (ExperimentRow, "experiments"),
        (PredictionRow, "predictions"),
        (ProposalRow, "proposals"),
    ],
    ids=["experiment", "prediction", "proposal"],
)
def test_records_of_plain_values_come_back_equal(filled, batch, record, rows) -> None:
    sent = getattr(batch, rows)[::-1]

    found = filled.rows(record, [row.key for row in sent])

    assert repr(found) == repr(sent)  # NaN equals NaN here


def test_labels_of_several_grids_come_back_in_one_call(lake, batch, labels) -> None:
    rng = np.random.default_rng(5)
    made = [
        replace(
            labels(rng, n_energy, f"chain-{n_energy}"),
            eigenchannels=rng.uniform(size=n_channel),
            rung=n_channel,
        )
        for n_energy, n_channel in ((5, 0), (3, 2), (9, 6))
    ]
    subject = batch.snapshots[0].key
    rows = [
        LabelRow(label_key(subject, m.recipe), subject, m, batch.labels[0].provenance) for m in made
    ]
    with lake.committer() as committer:
        made_of = Batch(experiments=batch.experiments, snapshots=batch.snapshots[:1])
        committer.commit(replace(made_of, labels=tuple(rows)), "three methods")

    found = lake.refreshed().rows(LabelRow, [row.key for row in rows[::-1]])

    for row, sent in zip(found, rows[::-1], strict=True):
        np.testing.assert_array_equal(row.label.energies, sent.label.energies)
        np.testing.assert_array_equal(row.label.transmission, sent.label.transmission)
        np.testing.assert_array_equal(row.label.eigenchannels, sent.label.eigenchannels)
        assert (row.label.rung, row.provenance) == (sent.label.rung, sent.provenance)
        assert not row.label.transmission.flags.writeable


def test_an_outcome_is_a_label_or_a_refusal(filled, batch) -> None:
    refused, labelled = batch.refusals[0], batch.labels[0]

    refusal, label, again = filled.outcomes([refused.key, labelled.key, refused.key])

    assert refusal == again == refused.refusal
    assert label.recipe == labelled.label.recipe
    assert label.iterations == 3


def test_an_outcome_that_the_lake_does_not_hold_is_told(filled, batch) -> None:
    with pytest.raises(InvalidInputError, match=r"that of a label or a refusal in .* 1 of 2 are"):
        filled.outcomes([batch.labels[0].key, "ab" * 16])


def test_a_row_that_the_lake_does_not_hold_is_told(filled) -> None:
    with pytest.raises(InvalidInputError, match="a key must be that of a snapshot in"):
        filled.rows(SnapshotRow, ["ab" * 16])
