"""The benchmark of the lake, at its smallest."""

from multiprocessing.pool import ThreadPool

import pytest

from sekkei.bench.lake_filter import FILTERS, make_rows, time_filters
from sekkei.bench.lake_ingest import ROADS
from sekkei.lake import Lake


@pytest.mark.parametrize("name", ROADS)
def test_every_road_stores_all_records(name, tmp_path):
    with ThreadPool(3) as pool:
        seconds = ROADS[name](pool, tmp_path / "records.db", [(seed, 4) for seed in range(3)])

    assert seconds > 0.0
    if name.startswith("lake"):
        lake = Lake.open(tmp_path / "records.db")
        assert len(lake.keys("label")) == len(lake.keys("snapshot")) == 12
        assert lake.verify() == []


def test_the_lake_and_duckdb_find_the_same_rows(tmp_path):
    make_rows(tmp_path, 2000)

    found = list(time_filters(tmp_path, n_repeat=1))

    assert [row["filter"] for row in found] == list(FILTERS)
    assert all(0 < row["rows_found"] < 2000 for row in found)
    assert all({"first_s", "warm_s", "duckdb_s"} <= set(row) for row in found)
