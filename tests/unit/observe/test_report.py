import json
import re
from dataclasses import asdict, replace
from html.parser import HTMLParser

import pytest

from sekkei.errors import InvalidInputError
from sekkei.observe import ComparisonRow, measured_histogram
from sekkei.observe.report import (
    ReportContent,
    ReportFigure,
    ReportMetric,
    ReportSpread,
    render_report,
)
from sekkei.observe.report.table import spread_table
from sekkei.observe.report.wording import (
    DASH,
    composition,
    duration,
    headline,
    model_verdicts,
    number,
)

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'


def _summary() -> dict:
    """Made-up figures in the shape of a summary.json."""
    peak = ComparisonRow(
        1, "peak", 1.0, 0.1, 0.99, (0.95, 1.02), 1.0, "found", agrees=True, remark="12 passed"
    )
    proposals = [
        {
            "composition": {"K": 0.6, "Na": 0.4},
            "structure": "structures/1.extxyz",
            "predicted_g0": 0.9,
            "interval_g0": [0.7, 1.1],
            "verified_g0": 1.04,
            "engine": "gpaw",
            "round": 3,
        },
        {"composition": {"K": 1}, "structure": "structures/2.extxyz", "predicted_g0": 1},
    ]
    return {
        "title": "A contact of 1.00 G0",
        "generated_at": "2026-11-23",
        "counts": {"experiments": 12, "snapshots": 1400},
        "labels_by_engine": {"gpaw 26.7": {"count": 40, "cpu_seconds": 400}},
        "refusals_by_kind": {"ConvergenceError": 2},
        "metrics": [_metric("series", 0.1), _metric("Sharvin", 0.4, is_baseline=True)],
        "peaks": [asdict(peak)],
        "design": {
            "target_g0": 1,
            "tolerance_g0": 0.15,
            "is_first_principles": True,
            "proposals": proposals,
        },
        "lake_state": "SNAPSHOT1",
        "mlflow_run": "run1",
        "versions": {"sekkei": "0.1.0"},
        "stages": [{"name": "labels", "wall_seconds": 61.0}],
        "notes": ["nothing here is physics"],
    }


def _metric(model: str, mae: float, *, split="test", n=40, r2=0.9, is_baseline=False) -> dict:
    return {
        "model": model,
        "split": split,
        "n": n,
        "r2": r2,
        "mae": mae,
        "rmse": mae,
        "is_baseline": is_baseline,
    }


def _content(**changes) -> ReportContent:
    figures = [
        ReportFigure(section, f"caption of {section}", f"alternative of {section}", SVG)
        for section in ("answer", "histogram", "model", "design", "data")
    ]
    summary = json.loads(json.dumps(_summary()))
    content = ReportContent.from_summary(summary, figures=figures, measured=measured_histogram("K"))
    return replace(content, **changes)


class _Page(HTMLParser):
    """Collects what a page loads, and its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        known = dict(attrs)
        self.tags.append((tag, known))
        self.loads += [known[name] for name in ("src", "srcset", "poster", "data") if name in known]
        if tag == "link":
            self.loads.append(known["href"])


def test_every_figure_is_inside_the_page_with_its_alternative() -> None:
    page = _Page(render_report(_content()))

    images = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(images) == 5
    assert all(i["src"].startswith("data:image/svg+xml;base64,") for i in images)
    assert [i["alt"].split()[-1] for i in images] == [
        "answer",
        "histogram",
        "model",
        "design",
        "data",
    ]


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs() -> None:
    text = render_report(_content())
    page = _Page(text)

    assert all(load.startswith("data:") for load in page.loads)
    assert not re.search(r"https?://|@import|url\(", text)
    assert "script" not in {tag for tag, _ in page.tags}
    assert "default-src 'none'" in text


def test_hostile_strings_are_shown_and_not_obeyed() -> None:
    hostile = '"><script>alert(1)</script><img src=http://evil.example/x>'
    content = _content(
        title=hostile,
        lake_state=hostile,
        counts={hostile: 1},
        versions={hostile: hostile},
        notes=(hostile,),
        figures=(ReportFigure("answer", hostile, hostile, SVG),),
    )

    page = _Page(render_report(content))

    assert "script" not in {tag for tag, _ in page.tags}
    assert all(load.startswith("data:") for load in page.loads)


def test_a_page_is_accessible() -> None:
    page = _Page(render_report(_content()))

    tags = [tag for tag, _ in page.tags]
    attributes = dict(page.tags)
    assert attributes["html"]["lang"] == "en"
    assert tags.count("h1") == 1
    assert tags.count("caption") == tags.count("table") > 5
    assert {a.get("scope") for tag, a in page.tags if tag == "th"} == {"col", "row"}
    links = [a["href"][1:] for tag, a in page.tags if tag == "a"]
    assert links == [a["id"] for tag, a in page.tags if tag == "section"]


def test_the_headline_names_the_best_verified_design() -> None:
    said = headline(_content())

    assert said.text == (
        "A contact of 60 % K, 40 % Na conducts 1.04 G₀ by first principles, "
        "0.04 G₀ from the target."
    )
    assert said.tone == "good"


def test_a_miss_is_called_a_miss() -> None:
    said = headline(_content(target_g0=2.0))

    assert said.text.startswith("No proposal hits the target. The nearest, 60 % K, 40 % Na")
    assert said.tone == "bad"


def test_a_fallback_labeler_proves_nothing() -> None:
    content = _content(is_first_principles=False)

    assert "by a fallback labeler" in headline(content).text
    assert headline(content).tone == "open"
    assert "near, but not proven" in render_report(content)


def test_without_verification_there_is_no_answer() -> None:
    content = _content()
    unproven = tuple(replace(p, verified_g0=None) for p in content.proposals)

    said = headline(replace(content, proposals=unproven))

    assert said.text.startswith("No proposal has been verified")
    assert "Nearest by a label" in render_report(content)
    assert "Nearest by a label" not in render_report(replace(content, proposals=unproven))


@pytest.mark.parametrize(
    ("model_mae", "words", "tone"),
    [
        (0.1, "the error of series is 75 % below that of the best baseline, Sharvin", "good"),
        (0.39, "series and the best baseline, Sharvin, are level", "open"),
        (0.8, "the baseline Sharvin beats the best model, series", "bad"),
    ],
    ids=["better", "level", "worse"],
)
def test_the_verdict_follows_from_the_figures(model_mae: float, words: str, tone: str) -> None:
    rows = [
        ReportMetric(**_metric("series", model_mae)),
        ReportMetric(**_metric("Sharvin", 0.4, is_baseline=True)),
        ReportMetric(**_metric("Bessel", 0.6, is_baseline=True)),
    ]

    (said,) = model_verdicts(rows)

    assert words in said.text
    assert said.tone == tone


def test_weak_evidence_is_called_weak() -> None:
    rows = [
        ReportMetric(**_metric("series", 0.1, n=7, r2=-0.3)),
        ReportMetric(**_metric("Sharvin", 0.4, n=7, is_baseline=True)),
    ]

    (said,) = model_verdicts(rows)

    assert "R² below 0" in said.text
    assert said.text.endswith("7 snapshots are weak evidence.")


def test_what_was_trained_on_proves_nothing() -> None:
    rows = [ReportMetric(**_metric("series", 0.1, split=s)) for s in ("train", "cross-validation")]

    (said,) = model_verdicts(rows)

    assert said.text.startswith("Nothing was held out")


def test_a_model_without_baseline_has_no_verdict() -> None:
    (said,) = model_verdicts([ReportMetric(**_metric("series", 0.1))])

    assert said.text == "On “test” no baseline was evaluated, so there is no verdict."


def test_nan_in_a_summary_says_that_there_is_none() -> None:
    summary = _summary()
    summary["design"]["proposals"][0]["verified_g0"] = float("nan")

    content = ReportContent.from_summary(summary)

    assert content.proposals[0].verified_g0 is None


@pytest.mark.parametrize("key", ["design", "stages", "lake_state"])
def test_a_missing_key_is_named(key: str) -> None:
    summary = _summary()
    del summary[key]

    with pytest.raises(InvalidInputError, match=f"the summary must have {key}, but has"):
        ReportContent.from_summary(summary)


def test_a_row_without_its_fields_is_refused() -> None:
    summary = _summary()
    del summary["metrics"][0]["is_baseline"]

    with pytest.raises(InvalidInputError, match=r"fields of ReportMetric, but found .*is_baseline"):
        ReportContent.from_summary(summary)


def test_an_empty_run_still_has_a_report() -> None:
    content = _content(
        peaks=(), metrics=(), proposals=(), figures=(), refusals_by_kind={}, measured=None
    )

    text = render_report(content)

    assert "No measured histogram to compare with." in text
    assert "Nothing was proposed." in text
    assert "No label was refused." in text


def test_numbers_are_written_for_people() -> None:
    assert number(-0.256) == "−0.26"  # noqa: RUF001
    assert number(None) == number(float("nan")) == "–"  # noqa: RUF001
    assert composition({"K": 1.0, "Na": 0.0}) == "pure K"
    assert [duration(s) for s in (0.0, 9.99, 59.7, 3599.7)] == [
        "0 s",
        "10 s",
        "1 min 0 s",
        "1 h 0 min",
    ]


def _spread(model: str, mae: float, n_best: int, *, is_baseline=False, **changes) -> dict:
    return {
        "model": model,
        "split": "test",
        "n_split": 4,
        "n": 60,
        "n_best": n_best,
        "r2_mean": 0.7,
        "r2_std": 0.1,
        "r2_min": 0.62,
        "r2_max": 0.86,
        "mae_mean": mae,
        "mae_std": 0.05,
        "mae_min": mae - 0.05,
        "mae_max": mae + 0.05,
        "is_baseline": is_baseline,
    } | changes


@pytest.mark.parametrize(
    ("n_best", "mae", "words", "tone"),
    [
        (4, 0.2, "series beats every baseline in each of 4 splits", "good"),
        (3, 0.2, "it depends on the split whether series beats every baseline; it does in", "open"),
        (0, 0.5, "series beats the baselines in none of 4 splits", "bad"),
        (0, 0.2, "it depends on the split", "open"),
    ],
    ids=["always", "mostly", "never", "on-average"],
)
def test_over_several_splits_the_verdict_claims_no_more_than_they_bear(
    n_best: int, mae: float, words: str, tone: str
) -> None:
    rows = [
        ReportSpread(**_spread("series", mae, n_best)),
        ReportSpread(**_spread("ridge", 0.4, 4 - n_best, is_baseline=True)),
    ]

    (said,) = model_verdicts([ReportMetric(**_metric("series", 0.1))], rows)

    assert words in said.text
    assert said.tone == tone
    assert f"{mae:.2f}\xa0±\xa00.05 against 0.40\xa0±\xa00.05 G₀ of the best" in said.text
    assert "R² 0.62 to 0.86 against" in said.text


def test_the_page_shows_the_spread_beside_every_baseline() -> None:
    rows = [
        _spread("series", 0.2, 3),
        _spread("ridge", 0.4, 1, is_baseline=True, r2_mean=None, r2_std=None, r2_min=None),
        _spread("series", 0.1, 4, split="cross-validation"),
    ]
    content = ReportContent.from_summary(_summary() | {"spread": rows})

    table = spread_table(content)

    assert [row[0] for row in table.rows] == ["series", "ridge (baseline)"]
    assert table.rows[0][2:5] == ("3 of 4", "0.70\xa0±\xa00.10", "0.62 to 0.86")
    assert table.rows[1][3:5] == (DASH, DASH)
    assert "Models and baselines over 4 splits: mean ± standard deviation" in render_report(content)
    assert "The split of the model in use alone" in render_report(content)


def test_a_single_split_shows_no_spread() -> None:
    assert "standard deviation" not in render_report(_content())
