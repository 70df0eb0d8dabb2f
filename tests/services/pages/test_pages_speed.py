"""How soon a page is seen, and how soon the next rows of many are there."""

import time
from statistics import median

import numpy as np
import pytest

from sekkei.bench.lake_filter import make_rows

PAGES = ("/", "/campaigns", "/lake", "/histogram", "/models", "/designs")
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"

# Others may use the machine: the best of some visits counts, and CPU time.


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_painted_within_two_seconds(serve, shelf, visit, path):
    visitor = visit(serve(shelf))

    painted = []
    while len(painted) < 8 and min(painted, default=np.inf) > 2000.0:
        page = visitor.open(path)
        painted.append(page.wait_for_function(PAINTED).json_value())

    assert min(painted) <= 2000.0, painted


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_paged_within_a_fifth_of_a_second(serve, tmp_path):
    make_rows(tmp_path, 100_000)
    service = serve(lake=tmp_path / "rows")
    asked = {"filter": "conductance_g0 > 3", "limit": 100}
    first = service.get("/v1/lake/rows", params=asked).json()
    cursor, seconds, seen = first["next_cursor"], [], {row["key"] for row in first["rows"]}

    for _ in range(20):
        begun = time.process_time()
        page = service.get("/v1/lake/rows", params=asked | {"cursor": cursor}).json()
        seconds.append(time.process_time() - begun)
        cursor = page["next_cursor"]
        seen.update(row["snapshot"] for row in page["rows"])

    assert first["total"] == pytest.approx(50_000, rel=0.02)
    assert median(seconds) <= 0.2, seconds
