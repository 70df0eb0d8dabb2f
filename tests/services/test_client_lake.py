"""The lake of a service, by the client: what it returns is what the library returns there."""

import pandas as pd
import pytest

import sekkei
from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.observe import TraceSelection, observe_histogram

TABLES = ("label", "snapshot", "experiment", "refusal", "prediction")


@pytest.fixture(scope="module")
def far(service):
    with sekkei.connect(service.url, service.tokens["reader"]) as connection:
        yield connection.lake


@pytest.fixture(scope="module")
def near(service):
    return Lake.open(service.settings.lake)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_the_same_frame_as_where_the_lake_is(far, near, table):
    pd.testing.assert_frame_equal(far.query(table), near.query(table))


def test_rows_that_fit_a_filter_come_page_by_page_as_the_same_records(far, near, monkeypatch):
    monkeypatch.setattr("sekkei.client.lake._PAGE", 7)
    where, columns = (
        ['stage = "pull"', "conductance_g0 > 0.1"],
        ["key", "elements", "conductance_g0"],
    )

    found = far.selection("label", where, columns)
    known = near.selection("label", where, columns)

    rows = [*known.records()]
    assert [*found.records()] == rows
    assert [*found.records(3)] == rows[:3]
    assert found.count() == len(rows) > 7
    pd.testing.assert_frame_equal(pd.concat(found.frames(), ignore_index=True), known.frame())


def test_structures_come_bit_for_bit(far, near):
    keys = sorted(near.keys("snapshot"))[:70]

    found, known = far.junctions(keys), near.junctions(keys)

    assert len(found) == 70
    for one, other in zip(found, known, strict=True):
        assert one.positions.tobytes() == other.positions.tobytes()
        assert one.numbers.tolist() == other.numbers.tolist()
        assert one.regions.tolist() == other.regions.tolist()
        assert one.electrode_period == other.electrode_period
        assert one.lateral_period == other.lateral_period


def test_a_histogram_is_the_same_with_its_peaks(far, near):
    found = far.histogram(element="K")
    known = observe_histogram(near, TraceSelection(element="K"))

    assert found.counts.tolist() == known.histogram.counts.tolist()
    assert (found.peaks, found.comparison) == (known.peaks, known.comparison)
    assert (found.selection, found.summary) == (known.selection, known.summary)
    assert not found.counts.flags.writeable


def test_rows_are_described_traced_and_shown_with_their_spectrum(far, near):
    key = min(near.keys("label"))

    energies, transmission = far.transmission(key)

    known = near.transmissions([key])
    assert energies.tolist() == known[0].tolist()
    assert transmission.tolist() == known[1][0].tolist()
    assert far.describe(key)[0]["key"] == key
    assert [step["table"] for step in far.trace(key)] == [s["table"] for s in near.trace(key)]
    assert far.keys("label") == near.keys("label")


def test_a_state_stays_as_it_is_and_its_history_is_told(far, near):
    old = near.history(2)[1][0]

    assert far.state_id == far.refreshed().state_id == near.state_id
    assert far.history(2) == near.history(2)
    assert far.at(old).state_id == old
    assert far.info()["rows"] == near.info()["rows"]
    assert far.info()["path"].startswith("http://127.0.0.1")


def test_what_cannot_be_asked_is_refused_in_the_words_of_the_library(far, near):
    wrong = [
        ("query", "label", ["conductance > 1"]),
        ("query", "label", ["conductance_g0 >"]),
        ("junctions", ["0" * 32]),
        ("describe", "0" * 32),
    ]

    for verb, *asked in wrong:
        with pytest.raises(InvalidInputError) as there:
            getattr(near, verb)(*asked)
        with pytest.raises(InvalidInputError) as here:
            getattr(far, verb)(*asked)
        assert here.value.message == there.value.message.replace(str(near.path), "the lake")
