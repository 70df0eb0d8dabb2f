"""Two surrogates in turn: a quick one of all structures, a better one of those near the target."""

from collections.abc import Callable, Sequence

import numpy as np

from sekkei.design.contacts import Estimator
from sekkei.design.target import Target
from sekkei.shapes import Bool, Float
from sekkei.structure.junction import Junction

_SIGMAS = 2.0
"""Within so many standard deviations of the first estimate a structure may still hit."""

Chosen = Callable[[Bool[np.ndarray, " junction"], Bool[np.ndarray, " junction"]], None]


def staged_estimator(
    within: Target, first: Estimator, second: Estimator, chosen: Chosen | None = None
) -> Estimator:
    """Estimate all by the first surrogate, and again by the second what may be within a target.

    The second one costs more and errs less: of what is far from the target nobody needs to know
    better. Where it is not surer than the first, as outside of what it learned, the first has the
    word.

    Parameters
    ----------
    within
        Conductances that are asked for.
    first, second
        Return conductances and standard deviations in G0.
    chosen
        Is told each time which junctions may be within the target, and of which of them the second
        one has the word.
    """

    def estimate(
        junctions: Sequence[Junction],
    ) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
        mean, sigma = (np.array(column) for column in first(junctions))
        low, high = within.bounds("linear")
        is_near = (mean + _SIGMAS * sigma >= low) & (mean - _SIGMAS * sigma <= high)
        near = np.flatnonzero(is_near)
        is_better = np.zeros(len(junctions), dtype=bool)
        if near.size:
            again, sure = second([junctions[i] for i in near.tolist()])
            surer = sure < sigma[near]
            is_better[near[surer]] = True
            mean[is_better], sigma[is_better] = again[surer], sure[surer]
        if chosen is not None:
            chosen(is_near, is_better)
        return mean, sigma

    return estimate
