"""Rows that were withdrawn stay in the store, and no reader sees them."""

import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import LabelRow, Lake, withdraw_rows
from sekkei.model import Dataset
from sekkei.transport.labeler import Refusal


def test_a_withdrawn_label_is_left_out_with_what_rests_on_it(filled, batch):
    row, other = batch.labels

    withdraw_rows(filled, [row.key], "the lead was wrong")
    lake = filled.refreshed()

    assert lake.keys("label") == {other.key}
    assert lake.query("label")["key"].tolist() == [other.key]
    assert lake.table("label")["key"].tolist() == [other.key]
    assert lake.select("label/conductance_g0").compute().tolist() == [other.label.conductance]
    assert lake.keys("matrix") == lake.keys("proposal") == frozenset()
    assert len(lake.keys("snapshot")) == 3
    assert Dataset.from_lake(lake, "chain-1").snapshot_keys == (other.snapshot,)
    assert lake.info()["withdrawn"] == {"label": 1, "proposal": 1, "matrix": 1}
    assert lake.info()["labels_by_engine"] == {"chain 1": 1}
    assert lake.verify() == []


def test_a_withdrawal_is_seen_in_history_and_wherever_the_row_is_shown(filled, batch):
    key = batch.labels[0].key

    state = withdraw_rows(filled, [key], "the lead was wrong")
    lake = filled.refreshed()

    assert lake.history(1)[0][0] == state
    assert lake.history(1)[0][2] == f"withdraw label {key}: the lead was wrong"
    assert lake.describe(key)[0]["withdrawn"] == "the lead was wrong"
    assert lake.trace(key)[0]["withdrawn"] == "the lead was wrong"
    (said,) = lake.table("withdrawal").to_dict("records")
    assert (said["table"], said["subject"], said["action"]) == ("label", key, "withdraw")
    assert said["node"]
    assert said["code_version"]
    assert filled.at(filled.state_id).keys("label") >= {key}


def test_a_withdrawn_label_is_not_made_again_and_answers_with_the_reason(filled, batch):
    row = batch.labels[0]
    withdraw_rows(filled, [row.key], "the lead was wrong")
    lake = filled.refreshed()

    with lake.committer() as committer:
        assert committer.commit(batch, "again") == lake.state_id

    assert row.key in lake.held("label")
    assert lake.outcomes([row.key]) == (Refusal("Withdrawn", "the lead was wrong", "chain-1"),)
    assert lake.rows(LabelRow, [row.key])[0].key == row.key  # who asks by its key still gets it


def test_a_row_can_be_reinstated_and_withdrawn_again(filled, batch):
    key = batch.labels[0].key
    withdraw_rows(filled, [key], "the lead was wrong")
    withdraw_rows(filled, [key], "it was right", is_undone=True)
    shown = filled.refreshed()
    state = withdraw_rows(filled, [key], "it was right", is_undone=True)
    withdraw_rows(filled, [key], "wrong after all")

    assert key in shown.keys("label")
    assert state == shown.state_id
    assert key not in filled.refreshed().keys("label")
    assert filled.refreshed().table("withdrawal")["ordinal"].tolist() == [0, 1, 2]
    assert filled.refreshed().verify() == []


def test_what_was_made_from_an_experiment_goes_with_it(filled, batch):
    withdraw_rows(filled, [batch.experiments[0].key], "wrong potential")
    lake = filled.refreshed()

    for table in ("experiment", "snapshot", "label", "refusal", "prediction", "proposal"):
        assert lake.query(table).empty
    reason = lake.describe(batch.labels[0].key)[0]["withdrawn"]
    assert reason == "something that it was made from was withdrawn"


def test_a_copy_of_all_keeps_withdrawals_and_one_by_filters_leaves_them_out(
    filled, batch, tmp_path
):
    withdraw_rows(filled, [batch.labels[0].key], "the lead was wrong")
    lake = filled.refreshed()

    whole = lake.copy(tmp_path / "whole")
    part = lake.copy(tmp_path / "part", ["conductance_g0 >= 0"])

    assert whole.info()["withdrawn"] == lake.info()["withdrawn"]
    assert part.info()["withdrawn"] == {}
    assert part.held("label") == {batch.labels[1].key}
    assert whole.verify() == part.verify() == []


def test_withdrawals_come_with_an_imported_lake(filled, batch, tmp_path):
    target = filled.copy(tmp_path / "target")
    withdraw_rows(filled, [batch.labels[0].key], "the lead was wrong")

    brought = target.import_rows(filled.path)

    assert brought["withdrawal"] == 1
    assert batch.labels[0].key not in target.refreshed().keys("label")


@pytest.mark.parametrize("reason", ["", " ", "two\nlines", "x" * 501])
def test_a_withdrawal_needs_a_reason_in_one_line(filled, batch, reason):
    with pytest.raises(InvalidInputError, match="a reason must be one line"):
        withdraw_rows(filled, [batch.labels[0].key], reason)


def test_what_is_not_there_cannot_be_withdrawn(filled):
    with pytest.raises(InvalidInputError, match="must be a row of the lake, but 'abab"):
        withdraw_rows(filled, ["ab" * 16], "no reason")


def test_a_lake_before_withdrawals_has_none(filled: Lake):
    assert filled.info()["withdrawn"] == {}
