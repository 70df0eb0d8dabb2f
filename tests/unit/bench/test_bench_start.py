"""What `sekkei bench start` measures."""

from sekkei.bench import start


def test_every_verb_is_measured_beside_what_it_needs(monkeypatch) -> None:
    seconds = iter(range(1, 100))
    monkeypatch.setattr(start, "_fill", lambda _: None)
    monkeypatch.setattr(start, "cpu_seconds", lambda _: float(next(seconds)))

    result = start.measure(is_quick=True, say=lambda _: None)

    assert [row["verb"] for row in result.rows][:3] == ["--help", "electrode list", "lake info"]
    # Odd calls are the verb, even ones the imports: 1, 3, 5, 7, 9 beside 2, 4, 6, 8, 10.
    assert (result.rows[0]["cpu_seconds_median"], result.rows[0]["needed_cpu_seconds"]) == (5, 6)
    assert result.rows[0]["ratio"] == 5 / 6


def test_cpu_time_is_that_of_the_command() -> None:
    import sys

    idle, busy = (
        start.cpu_seconds([sys.executable, "-c", f"sum(range({n}))"]) for n in (1, 20_000_000)
    )

    assert idle < busy
