"""Sentences and numbers of the report, computed from its content and from nothing else."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sekkei.observe.report.content import (
    ReportContent,
    ReportMetric,
    ReportProposal,
    ReportSpread,
)

Tone = Literal["good", "bad", "open"]

DASH = "\N{EN DASH}"
"""Stands where there is no value."""

NOT_HELD_OUT = frozenset({"train", "training", "val", "validation", "cross-validation"})
"""Splits that training has seen, were it only to know when to stop."""

LEVEL_WITHIN = 0.05
"""Errors nearer than this fraction of the larger one are called level."""

_WORSE_THAN_MEAN = " It predicts worse than the mean of the labels would (R² below 0)."

FEW_SNAPSHOTS = 30
"""A verdict on fewer snapshots is weak, and says so."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence and how it ends for the reader."""

    text: str
    """The sentence."""

    tone: Tone
    """Good news, bad news, or undecided."""


def is_hit(proposal: ReportProposal, content: ReportContent) -> bool | None:
    """Tell whether a proposal was verified within tolerance; ``None`` if it was not verified."""
    if proposal.verified_g0 is None:
        return None
    return abs(proposal.verified_g0 - content.target_g0) <= content.tolerance_g0


def best_verified(content: ReportContent) -> ReportProposal | None:
    """Proposal whose verified conductance is nearest to the target."""
    verified = [
        (abs(p.verified_g0 - content.target_g0), i, p)
        for i, p in enumerate(content.proposals)
        if p.verified_g0 is not None
    ]
    return min(verified)[2] if verified else None


def headline(content: ReportContent) -> Statement:
    """Answer the question that was asked."""
    best = best_verified(content)
    if best is None or best.verified_g0 is None:
        return Statement(
            "No proposal has been verified: what follows are predictions, not answers.", "open"
        )
    distance = abs(best.verified_g0 - content.target_g0)
    how = "by first principles" if content.is_first_principles else "by a fallback labeler"
    conducts = f"{composition(best.composition)} conducts {best.verified_g0:.2f} G₀ {how}"
    if not is_hit(best, content):
        text = f"No proposal hits the target. The nearest, {conducts}: {distance:.2f} G₀ away."
        return Statement(text, "bad")
    text = f"A contact of {conducts}, {distance:.2f} G₀ from the target."
    if not content.is_first_principles:
        return Statement(f"{text} That is no proof: verify it by first principles.", "open")
    return Statement(text, "good")


def model_verdicts(
    metrics: Sequence[ReportMetric], spread: Sequence[ReportSpread] = ()
) -> tuple[Statement, ...]:
    """Say for each held-out split whether the best model beats the best baseline.

    Where a split was drawn several times, all of them speak, and no single one.
    """
    drawn = [row for row in spread if row.split not in NOT_HELD_OUT and row.n_split > 1]
    several = list(dict.fromkeys(row.split for row in drawn))
    single = [
        split
        for split in dict.fromkeys(m.split for m in metrics)
        if split not in NOT_HELD_OUT and split not in several
    ]
    if not several and not single:
        return (Statement("Nothing was held out, so nothing is known of the model.", "open"),)
    return (
        *(
            _spread_verdict(split, [row for row in drawn if row.split == split])
            for split in several
        ),
        *(_verdict(split, [m for m in metrics if m.split == split]) for split in single),
    )


def composition(fractions: Mapping[str, float]) -> str:
    """Write a composition, most abundant first.

    Examples
    --------
    >>> composition({"Na": 0.25, "K": 0.75})
    '75 % K, 25 % Na'
    """
    present = sorted(((x, s) for s, x in fractions.items() if x > 0.0), reverse=True)
    if len(present) == 1:
        return f"pure {present[0][1]}"
    return ", ".join(f"{100.0 * x:.0f} % {symbol}" for x, symbol in present)


def number(value: float | None, digits: int = 2) -> str:
    """Write a number with fixed digits; a dash for none or NaN."""
    if value is None or math.isnan(value):
        return DASH
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def plus_minus(value: float | None, spread: float | None, digits: int = 2) -> str:
    """Write a number and its spread, where it has one.

    Examples
    --------
    >>> plus_minus(0.257, 0.1).replace(chr(160), " "), plus_minus(0.257, None)
    ('0.26 ± 0.10', '0.26')
    """
    if value is None or spread is None:
        return number(value, digits)
    space = "\N{NO-BREAK SPACE}"
    return f"{number(value, digits)}{space}±{space}{number(spread, digits)}"


def interval(ends: tuple[float, float] | None, digits: int = 2) -> str:
    """Write an interval."""
    return DASH if ends is None else f"{number(ends[0], digits)} to {number(ends[1], digits)}"


def between(least: float | None, greatest: float | None) -> str:
    """Write the least and the greatest of several; a dash where there is none."""
    return DASH if least is None or greatest is None else interval((least, greatest))


def duration(seconds: float) -> str:
    """Write a time in the unit that suits it.

    Examples
    --------
    >>> duration(0.25), duration(75.2), duration(7260.0)
    ('0.25 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 10.0:
        return f"{seconds:.2g} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _spread_verdict(split: str, rows: Sequence[ReportSpread]) -> Statement:
    models = [row for row in rows if not row.is_baseline]
    baselines = [row for row in rows if row.is_baseline]
    if not models or not baselines:
        return _no_verdict(split, is_model_there=bool(models))
    model = min(models, key=lambda row: row.mae_mean)
    baseline = min(baselines, key=lambda row: row.mae_mean)
    n_split = model.n_split
    facts = (
        f"mean error {plus_minus(model.mae_mean, model.mae_std)} against "
        f"{plus_minus(baseline.mae_mean, baseline.mae_std)} G₀ of the best baseline, "
        f"{baseline.model}; "
        f"R² {between(model.r2_min, model.r2_max)} against "
        f"{between(baseline.r2_min, baseline.r2_max)}"
    )
    tone: Tone = "open"
    if model.n_best == n_split and model.mae_mean < baseline.mae_mean:
        said, tone = f"{model.model} beats every baseline in each of {n_split} splits", "good"
    elif model.n_best == 0 and model.mae_mean >= baseline.mae_mean:
        said, tone = f"{model.model} beats the baselines in none of {n_split} splits", "bad"
    else:
        said = (
            f"it depends on the split whether {model.model} beats every baseline; it does in "
            f"{model.n_best} of {n_split}"
        )
    weak = f" {model.n} snapshots are weak evidence." if model.n < FEW_SNAPSHOTS else ""
    worse = "" if model.r2_mean is None or model.r2_mean >= 0.0 else _WORSE_THAN_MEAN
    return Statement(f"On “{split}” {said} ({facts}).{worse}{weak}", tone)


def _no_verdict(split: str, *, is_model_there: bool) -> Statement:
    missing = "baseline" if is_model_there else "model"
    return Statement(f"On “{split}” no {missing} was evaluated, so there is no verdict.", "open")


def _verdict(split: str, rows: Sequence[ReportMetric]) -> Statement:
    models = [row for row in rows if not row.is_baseline]
    baselines = [row for row in rows if row.is_baseline]
    if not models or not baselines:
        return _no_verdict(split, is_model_there=bool(models))
    model, baseline = min(models, key=lambda m: m.mae), min(baselines, key=lambda m: m.mae)
    facts = f"({model.mae:.3f} against {baseline.mae:.3f} G₀, {model.n} snapshots)"
    larger = max(model.mae, baseline.mae)
    tone: Tone
    if larger == 0.0 or abs(model.mae - baseline.mae) <= LEVEL_WITHIN * larger:
        text = (
            f"On “{split}” {model.model} and the best baseline, {baseline.model}, are level {facts}"
        )
        tone = "open"
    elif model.mae < baseline.mae:
        share = 100.0 * (1.0 - model.mae / baseline.mae)
        text = (
            f"On “{split}” the error of {model.model} is {share:.0f} % below that of the best "
            f"baseline, {baseline.model} {facts}"
        )
        tone = "good"
    else:
        text = (
            f"On “{split}” the baseline {baseline.model} beats the best model, "
            f"{model.model} {facts}"
        )
        tone = "bad"
    return Statement(f"{text}.{_reservations(model)}", tone)


def _reservations(model: ReportMetric) -> str:
    words = ""
    if model.r2 is not None and model.r2 < 0.0:
        words += _WORSE_THAN_MEAN
    if model.n < FEW_SNAPSHOTS:
        words += f" {model.n} snapshots are weak evidence."
    return words
