"""A long record cut into pulls and pushes, by a rule that is stated."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.shapes import Float
from sekkei.structure.experiment import Stage


@dataclass(frozen=True, slots=True)
class CutRule:
    """Where one trace ends and the next begins.

    ``thresholds``: a contact is *closed* once ``settle`` samples are at ``closed`` or above, and
    *open* once ``settle`` samples are at ``open`` or below; shorter visits are spikes. A pull runs
    from the last closed sample to an open one, a push from an open one to the first closed
    sample. Both meet where the displacement turns, or half-way through the open samples where
    none was recorded.

    ``turns``: a trace runs from one turning point of the displacement to the next, and the whole
    record is one if it never turns. It is a pull if its conductance falls from the first tenth to
    the last, else a push. Turns by less than a hundredth of the whole range are noise.
    """

    by: Literal["thresholds", "turns"] = "thresholds"
    """Which rule."""

    closed: float = 8.0
    """Conductance in G0 of a closed contact; ``thresholds`` only. What a pull shows near it is its
    start, so it belongs above the peaks of interest."""

    open: float = 0.1
    """Conductance in G0 of a broken contact; ``thresholds`` only."""

    settle: int = 3
    """Samples that make a state, and the fewest of a trace."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One stroke of a record."""

    stage: Stage
    """Whether the grips part or close."""

    displacements: Float[np.ndarray, " sample"]
    """Displacement in angstrom, or number of the sample; ascending, and larger is more open."""

    conductances: Float[np.ndarray, " sample"]
    """Conductance in G0."""


def cut_recording(
    conductances: Float[np.ndarray, " sample"],
    displacements: Float[np.ndarray, " sample"] | None,
    rule: CutRule | None = None,
) -> tuple[Piece, ...]:
    """Cut a record into pulls and pushes.

    Parameters
    ----------
    conductances
        In G0, all finite.
    displacements
        In angstrom, all finite; of either sign, since the conductance says which way is open.
    rule
        Where to cut.

    Returns
    -------
    tuple of Piece
        In order of the record; a stroke that is not complete at either end is left out.

    Raises
    ------
    InvalidInputError
        If the thresholds or ``settle`` cannot be, or turns are asked for without a displacement.
    """
    rule = rule or CutRule()
    _check(rule, has_displacement=displacements is not None)
    spans = (
        _between_thresholds(conductances, displacements, rule)
        if rule.by == "thresholds"
        else _between_turns(conductances, displacements)
    )
    return tuple(
        _piece(stage, span, conductances, displacements)
        for stage, span in spans
        if span.stop - span.start >= max(rule.settle, 2)
    )


def _check(rule: CutRule, *, has_displacement: bool) -> None:
    if not 0.0 < rule.open < rule.closed or not np.isfinite(rule.closed):
        raise InvalidInputError(
            "a broken contact must conduct less than a closed one and more than nothing, but found "
            f"open {rule.open:g} and closed {rule.closed:g} G0"
        )
    if rule.settle < 1:
        raise InvalidInputError(f"a state must last a sample or more, but found {rule.settle}")
    if rule.by == "turns" and not has_displacement:
        raise InvalidInputError(
            "traces cut at turns need a displacement, but none was recorded; cut by thresholds"
        )


def _between_thresholds(
    conductances: Float[np.ndarray, " sample"],
    displacements: Float[np.ndarray, " sample"] | None,
    rule: CutRule,
) -> Iterator[tuple[Stage, slice]]:
    visits = _visits(conductances, rule)
    n_sample = conductances.size
    for i, (is_closed, first, last) in enumerate(visits):
        before = visits[i - 1] if i > 0 else None
        after = visits[i + 1] if i + 1 < len(visits) else None
        if is_closed:
            continue
        end = last if after is not None else n_sample - 1
        turn = _turn(displacements, first, end)
        if before is not None:
            yield "pull", slice(before[2], turn + 1)
        if after is not None:
            # A record that begins open has a push from its start.
            yield "push", slice(turn if before is not None else 0, after[1] + 1)


def _visits(
    conductances: Float[np.ndarray, " sample"], rule: CutRule
) -> list[tuple[bool, int, int]]:
    """States in order, alternating: whether closed, first and last sample in it."""
    level = (conductances >= rule.closed).astype(np.int8) - (conductances <= rule.open)
    where = np.flatnonzero(level)
    if where.size == 0:
        return []
    sign = level[where]
    starts = np.append(0, np.flatnonzero(np.diff(sign)) + 1)
    ends = np.append(starts[1:], where.size)
    found: list[tuple[bool, int, int]] = []
    for start, end in zip(starts, ends, strict=True):
        if end - start < rule.settle:
            continue
        is_closed, first, last = bool(sign[start] > 0), int(where[start]), int(where[end - 1])
        if found and found[-1][0] == is_closed:  # what was between was a spike
            found[-1] = (is_closed, found[-1][1], last)
        else:
            found.append((is_closed, first, last))
    return found


def _turn(displacements: Float[np.ndarray, " sample"] | None, first: int, last: int) -> int:
    if displacements is None:
        return (first + last) // 2
    part = displacements[first : last + 1]
    # Away from where it broke, whichever sign that has; the middle of a hold.
    far = np.abs(part - part[0])
    farthest = np.flatnonzero(far >= far.max() * (1.0 - 1e-9))
    return first + int(farthest[farthest.size // 2])


def _between_turns(
    conductances: Float[np.ndarray, " sample"], displacements: Float[np.ndarray, " sample"] | None
) -> Iterator[tuple[Stage, slice]]:
    if displacements is None or displacements.size < 2:
        return
    turns = _turning_points(displacements)
    for first, last in pairwise(turns):
        part = conductances[first : last + 1]
        tenth = max(1, part.size // 10)
        is_pull = float(np.median(part[:tenth])) > float(np.median(part[-tenth:]))
        yield ("pull" if is_pull else "push"), slice(first, last + 1)


def _turning_points(displacements: Float[np.ndarray, " sample"]) -> list[int]:
    """First and last sample, and the extremes between them that stand out of the noise."""
    noise = 0.01 * float(np.ptp(displacements))
    found, extreme, direction = [0], 0, 0
    for i, value in enumerate(displacements.tolist()):
        ahead = value - displacements[extreme]
        if direction == 0:
            if abs(ahead) > noise:
                direction, extreme = (1 if ahead > 0.0 else -1), i
        elif ahead * direction >= 0.0:
            extreme = i
        elif abs(ahead) > noise:
            found.append(extreme)
            direction, extreme = -direction, i
    return [*found, displacements.size - 1]


def _piece(
    stage: Stage,
    span: slice,
    conductances: Float[np.ndarray, " sample"],
    displacements: Float[np.ndarray, " sample"] | None,
) -> Piece:
    part = conductances[span]
    if displacements is None:
        along = np.arange(part.size, dtype=np.float64)
    else:
        along = displacements[span]
        # Larger is more open: a pull ends open, a push begins so.
        runs_up = bool(along[-1] >= along[0])
        along = along if runs_up == (stage == "pull") else -along
    if displacements is None and stage == "push":
        along = -along
    order = np.argsort(along, kind="stable")
    return Piece(stage, along[order], part[order])
