"""How soon a page is seen, and how soon the next rows of many are there."""

import time
from statistics import median

import pytest

from sekkei.bench.lake_filter import make_rows

PAGES = ("/", "/campaigns", "/lake", "/histogram", "/models", "/designs")
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"

# Medians and best of three: others may use the machine, and the promise is about ours.


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_painted_within_two_seconds(serve, shelf, visit, path):
    visitor = visit(serve(shelf))

    painted = [visitor.open(path).evaluate(PAINTED) for _ in range(3)]

    assert min(painted) <= 2000.0, painted


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_paged_within_a_fifth_of_a_second(serve, tmp_path):
    make_rows(tmp_path, 100_000)
    service = serve(lake=tmp_path / "rows")
    asked = {"filter": "conductance_g0 > 3", "limit": 100}
    first = service.get("/v1/lake/rows", params=asked).json()
    cursor, seconds, seen = first["next_cursor"], [], {row["key"] for row in first["rows"]}

    for _ in range(20):
        begun = time.perf_counter()
        page = service.get("/v1/lake/rows", params=asked | {"cursor": cursor}).json()
        seconds.append(time.perf_counter() - begun)
        cursor = page["next_cursor"]
        seen.update(row["snapshot"] for row in page["rows"])

    assert first["total"] == pytest.approx(50_000, rel=0.02)
    assert median(seconds) <= 0.2, seconds
