"""Which of the candidates seen so far are most likely to hit."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from sekkei.design.calibration import believed
from sekkei.design.candidate import Proposal
from sekkei.design.chance import prospects
from sekkei.design.process import ConductanceProcess, fit_process
from sekkei.design.proposer import proposal_id
from sekkei.design.state import DesignState
from sekkei.design.target import belief_of
from sekkei.design.vendor import manual_seed


def rank_candidates(state: DesignState) -> tuple[Proposal, ...]:
    """Rank the candidates that were observed, the likeliest hit first.

    One that failed has no number but an estimate, and is left out; one that failed and was labelled
    or measured, too, hits the more seldom the more of its contacts failed.

    The chance is that of a *fresh* realisation (see `prospects`), so that a lucky structure does
    not carry its candidate. With too few observations for one, candidates are ranked by what
    was observed, and no chance is claimed.
    """
    return ranked_by_process(state)[0]


def shares_made(state: DesignState) -> dict[str, float]:
    """Return which share of the contacts of a candidate came to a number, where some failed.

    Estimates do not count: what failed after one has no label.
    """
    failed = Counter(f.candidate.key for f in state.failures)
    sure = Counter(o.candidate.key for o in state.observations if o.source != "surrogate")
    return {key: sure[key] / (sure[key] + n) for key, n in failed.items()}


def finalists_of(state: DesignState, ranked: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """Choose the candidates that are proved: the likeliest hits.

    Where an element is spared they are those of the front: each has less of it than all that are
    likelier. On it are candidates at least half as likely as the likeliest, and the likeliest
    others where it is short.
    """
    spec = state.spec
    if spec.sparing is None:
        return tuple(ranked[: spec.finalists])
    front: list[Proposal] = []
    for one in ranked:
        least = min((_fraction(o, spec.sparing) for o in front), default=math.inf)
        is_likely = (one.chance or 0.0) >= 0.5 * (ranked[0].chance or 0.0)
        if is_likely and _fraction(one, spec.sparing) < least:
            front.append(one)
    others = [one for one in ranked if one not in front]
    # Those with the least of it, if there are too many: the others are between them.
    chosen = {one.id for one in [*reversed(front), *others][: spec.finalists]}
    return tuple(one for one in ranked if one.id in chosen)


def _fraction(one: Proposal, symbol: str) -> float:
    return one.candidate.composition.get(symbol, 0.0)


def ranked_by_process(
    state: DesignState,
) -> tuple[tuple[Proposal, ...], ConductanceProcess | None]:
    """Rank candidates like `rank_candidates`, and return the process, if there is one."""
    made = shares_made(state)
    seen = {o.candidate.key: o for o in believed(state) if made.get(o.candidate.key, 1.0) > 0.0}
    if not seen:
        return (), None
    candidates = [o.candidate for o in seen.values()]
    with manual_seed(state.spec.seed):
        process = fit_process(state)
    if process is None:
        beliefs = [
            belief_of(o.conductance_g0, o.sigma_g0, state.spec.distance) for o in seen.values()
        ]
        chance = [belief.chance(state.spec.target) for belief in beliefs]
    else:
        found = prospects(state, process, candidates)
        beliefs, chance = [one.belief for one in found], [one.chance for one in found]
    chance = [one * made.get(c.key, 1.0) for one, c in zip(chance, candidates, strict=True)]
    order = np.argsort(-np.array(chance), kind="stable")
    ranked = tuple(
        Proposal(
            id=proposal_id(state, candidates[i], rank),
            candidate=candidates[i],
            acquisition="probability of a hit",
            predicted_g0=beliefs[i].median_g0,
            interval_g0=beliefs[i].interval_90_g0,
            # One structure says nothing of the scatter between structures: no chance is claimed.
            chance=None if process is None else chance[i],
        )
        for rank, i in enumerate(order)
    )
    return ranked, process
