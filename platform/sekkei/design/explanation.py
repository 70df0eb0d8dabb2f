"""Ways to explain what was seen, and what follows of a structure that was not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from sekkei.design.target import Belief, Target
from sekkei.shapes import Float

_STRENGTH = 2.0
"""Structures of a candidate that its normal distribution counts for: with so many estimates,
half of what is expected of a further one is that it is like one of them (decision 0055)."""

_LIKE = 0.005
"""How far conductances of like structures differ, on the axis."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What to expect of one fresh realisation of a candidate."""

    belief: Belief
    """Its conductance, as one normal distribution."""

    chance: float
    """Probability of a hit."""


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """One way to explain what was seen, and what it says of fresh structures of candidates."""

    log_weight: float
    """Logarithm of how likely it is, up to a constant."""

    mean: Float[np.ndarray, " candidate"]
    """Expected value on the axis."""

    variance: Float[np.ndarray, "node candidate"]
    """Variance on the axis, for each scatter that structures may have."""

    node_weights: Float[np.ndarray, " node"]
    """How likely each of these scatters is."""

    sees: float = 0.0
    """How far a further structure may be taken to be like one of those that were estimated."""

    unseen: Float[np.ndarray, " candidate"] | float = 0.0
    """Variance by which structures differ that seem alike."""


def weigh(
    target: Target,
    explanations: Sequence[Explanation],
    levels: Sequence[Sequence[Belief]] | None = None,
) -> tuple[Prospect, ...]:
    r"""Average what explanations say of a fresh structure of each candidate.

    Structures may fall on two plateaus, which no normal distribution says. So a further one is
    like one of :math:`n` that were made with a probability of :math:`s n / (n + 2)`, where
    :math:`s` says how far estimates see what structures differ by, and else normally distributed.

    Parameters
    ----------
    target
        What is a hit.
    explanations
        All of the same candidates; at least one.
    levels
        What is believed of each structure of each candidate, on the axis; nothing of any if absent.

    Notes
    -----
    Predictive distribution of a Dirichlet process about a normal one: D. Blackwell and
    J. B. MacQueen, Ann. Stat. 1, 353 (1973), doi:10.1214/aos/1176342372.
    """
    weights = softmax(np.array([one.log_weight for one in explanations]))
    every = levels or [()] * explanations[0].mean.size
    return tuple(_prospect(target, explanations, weights, i, seen) for i, seen in enumerate(every))


def _prospect(
    target: Target,
    explanations: Sequence[Explanation],
    weights: Float[np.ndarray, " explanation"],
    i: int,
    levels: Sequence[Belief],
) -> Prospect:
    means = np.array([one.mean[i] for one in explanations])
    variances = np.array([one.variance[:, i] for one in explanations])
    each = weights[:, None] * explanations[0].node_weights
    mean = float(weights @ means)
    spread = float((each * (variances + ((means - mean) ** 2)[:, None])).sum())
    chances = [_chance(target, one, i, levels) for one in explanations]
    return Prospect(Belief(mean, float(np.sqrt(spread)), target.axis), float(weights @ chances))


def _chance(target: Target, one: Explanation, i: int, levels: Sequence[Belief]) -> float:
    mean, sigmas, n = float(one.mean[i]), np.sqrt(one.variance[:, i]), len(levels)
    normal = float(one.node_weights @ [_within(target, mean, sigma) for sigma in sigmas])
    if n < 2 or one.sees == 0.0:
        return normal
    like = np.sqrt(_LIKE**2 + np.broadcast_to(one.unseen, one.mean.size)[i])
    seen = np.mean([_within(target, x.mean, np.hypot(x.sigma, like)) for x in levels])
    alike = one.sees * n / (n + _STRENGTH)
    return (1.0 - alike) * normal + alike * float(seen)


def _within(target: Target, mean: float, sigma: float) -> float:
    return Belief(mean, float(sigma), target.axis).chance(target)
