"""Tables of the report, as words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sekkei.observe.report.content import ReportContent
from sekkei.observe.report.wording import (
    DASH,
    NOT_HELD_OUT,
    between,
    composition,
    duration,
    interval,
    is_hit,
    number,
    plus_minus,
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of words."""

    caption: str
    """What it holds."""

    columns: tuple[str, ...]
    """Headers, with units; a leading ``#`` marks numbers, a leading ``@`` identifiers."""

    rows: tuple[tuple[str, ...], ...]
    """Cells; the first of each row is its header."""

    is_marked: tuple[bool, ...] = ()
    """Which rows stand out; all ``False`` if empty."""


def peak_table(content: ReportContent) -> Table:
    """Histogram against experiment, statement by statement."""
    agreement = {True: "yes", False: "no", None: "undecided"}
    return Table(
        "Peaks of our histogram against the measured one (G₀)",
        ("Conductance", "Measured", "#Ours", "#Interval", "Verdict", "Agrees", "Remark"),
        tuple(
            (
                f"{row.nominal} G₀",
                plus_minus(row.measured_g0, row.tolerance_g0)
                if row.expected == "peak"
                else "no peak",
                number(row.ours_g0),
                interval(row.interval_g0),
                row.verdict,
                agreement[row.agrees],
                row.remark,
            )
            for row in content.peaks
        ),
    )


def spread_table(content: ReportContent) -> Table:
    """Models and baselines over several splits, best first; held-out rows only."""
    rows = sorted(
        (row for row in content.spread if row.split not in NOT_HELD_OUT),
        key=lambda row: (row.split, row.mae_mean),
    )
    n_split = max((row.n_split for row in rows), default=0)
    return Table(
        f"Models and baselines over {n_split} splits: mean ± standard deviation, and least to "
        "greatest; smallest error first",
        ("Model", "Split", "#Best in", "#R²", "#R² range", "#MAE (G₀)", "#MAE range (G₀)"),
        tuple(
            (
                f"{row.model} (baseline)" if row.is_baseline else row.model,
                row.split,
                f"{row.n_best} of {row.n_split}",
                plus_minus(row.r2_mean, row.r2_std),
                between(row.r2_min, row.r2_max),
                plus_minus(row.mae_mean, row.mae_std),
                between(row.mae_min, row.mae_max),
            )
            for row in rows
        ),
        tuple(not row.is_baseline for row in rows),
    )


def metric_table(content: ReportContent) -> Table:
    """Models and baselines together, best first within each split; held-out splits first."""
    splits = list(dict.fromkeys(m.split for m in content.metrics))
    rows = sorted(
        content.metrics, key=lambda m: (m.split in NOT_HELD_OUT, splits.index(m.split), m.mae)
    )
    what = "The split of the model in use alone" if content.spread else "Models and baselines"
    return Table(
        f"{what}, best first on each part",
        ("Model", "Part", "#Snapshots", "#R²", "#MAE (G₀)", "#RMSE (G₀)"),
        tuple(
            (
                f"{m.model} (baseline)" if m.is_baseline else m.model,
                m.split,
                str(m.n),
                number(m.r2, 3),
                number(m.mae, 3),
                number(m.rmse, 3),
            )
            for m in rows
        ),
        tuple(not m.is_baseline for m in rows),
    )


def proposal_table(content: ReportContent) -> Table:
    """Proposals: verified ones first, nearest to the target first."""
    hit = "hit" if content.is_first_principles else "near, but not proven"
    words = {True: hit, False: "miss", None: "not verified"}

    def distance(i: int) -> tuple[bool, float]:
        proposal = content.proposals[i]
        known = proposal.verified_g0
        value = proposal.predicted_g0 if known is None else known
        return known is None, math.inf if value is None else abs(value - content.target_g0)

    order = [content.proposals[i] for i in sorted(range(len(content.proposals)), key=distance)]
    return Table(
        f"Proposals for {number(content.target_g0)} ± {number(content.tolerance_g0)} G₀, "
        "nearest first",
        (
            "Composition",
            "#Predicted (G₀)",
            "#Interval (G₀)",
            "#Verified (G₀)",
            "Outcome",
            "Verified by",
            "@Structure",
            "Remark",
        ),
        tuple(
            (
                composition(p.composition),
                number(p.predicted_g0),
                interval(p.interval_g0),
                number(p.verified_g0),
                words[is_hit(p, content)],
                p.engine or p.recipe or DASH,
                p.structure or DASH,
                p.remark or DASH,
            )
            for p in order
        ),
        tuple(is_hit(p, content) is True for p in order),
    )


def engine_table(content: ReportContent) -> Table:
    """Labels and CPU time by engine."""
    return Table(
        "Labels by engine",
        ("Engine", "#Labels", "#CPU time", "#CPU s per label"),
        tuple(
            (
                name,
                f"{cost.count:,}",
                duration(cost.cpu_seconds),
                f"{cost.cpu_seconds / cost.count:.3g}" if cost.count else DASH,
            )
            for name, cost in content.labels_by_engine.items()
        ),
    )


def refusal_table(content: ReportContent) -> Table:
    """Refusals by kind, most frequent first."""
    ranked = sorted(content.refusals_by_kind.items(), key=lambda item: (-item[1], item[0]))
    return Table(
        "Refused labels by kind", ("Kind", "#Refusals"), tuple((k, f"{n:,}") for k, n in ranked)
    )


def stage_table(content: ReportContent) -> Table:
    """Wall time by stage, with the total."""
    total = sum(stage.wall_seconds for stage in content.stages)
    rows = [(stage.name, duration(stage.wall_seconds)) for stage in content.stages]
    return Table(
        "Wall time by stage",
        ("Stage", "#Wall time"),
        (*rows, ("total", duration(total))),
        (*(False for _ in rows), True),
    )


def pair_table(caption: str, columns: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Table:
    """Table of names and values."""
    return Table(caption, tuple(columns), tuple(pairs))
