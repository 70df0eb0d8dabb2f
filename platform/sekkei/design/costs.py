"""What structures and labels of a campaign cost, and which structures are worth a label."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from sekkei.specification import Specification

_Seconds = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=0)]


class Costs(Specification):
    """CPU time that a campaign, or a search for the first hit, has spent."""

    n_made: _Count = 0
    """Structures, or pullings, that were made and estimated."""

    made_s: _Seconds = 0.0
    """CPU time of these, in s."""

    n_label: _Count = 0
    """Structures, or pullings, that were labelled."""

    label_s: _Seconds = 0.0
    """CPU time of these, in s."""

    @property
    def is_known(self) -> bool:
        """Whether there is something to go by."""
        return self.n_made > 0 and self.n_label > 0

    @property
    def structure_s(self) -> float:
        """CPU time of one structure, in s."""
        return self.made_s / self.n_made

    @property
    def one_label_s(self) -> float:
        """CPU time of one label, in s."""
        return self.label_s / self.n_label

    def __add__(self, more: "Costs") -> "Costs":
        """Return what both are together."""
        return Costs(
            n_made=self.n_made + more.n_made,
            made_s=self.made_s + more.made_s,
            n_label=self.n_label + more.n_label,
            label_s=self.label_s + more.label_s,
        )


def best_to_label(chances: Sequence[float], made_s: float, label_s: float) -> tuple[int, ...]:
    r"""Choose the structures whose labels make a hit cheapest, the likeliest first.

    To label the ``k`` likeliest of ``n`` that were estimated costs, for each hit to be expected,

    .. math:: V_k = \frac{n c_\mathrm{made} + k c_\mathrm{label}}{\sum_{i \le k} p_i}.

    The ``k`` with the least is taken, at least 1. Where a label is dear beside a structure, few
    are; where it is cheap, all with a chance are.

    Notes
    -----
    The least :math:`V_k` is the reservation value of a box that costs as much to open:
    M. L. Weitzman, Econometrica 47, 641 (1979), doi:10.2307/1910412.

    Parameters
    ----------
    chances
        Of a hit, of each structure.
    made_s
        Cost of one structure with its estimate.
    label_s
        Cost of one label, in the same unit.

    Examples
    --------
    >>> best_to_label([0.1, 0.6, 0.0, 0.5], made_s=1.0, label_s=10.0)
    (1, 3)
    >>> best_to_label([0.1, 0.6, 0.0, 0.5], made_s=1.0, label_s=0.1)
    (1, 3, 0)
    """
    order = np.argsort(-np.array(chances), kind="stable")
    hits = np.cumsum(np.array(chances)[order])
    k = np.arange(1, len(order) + 1)
    values = (len(order) * made_s + k * label_s) / np.maximum(hits, 1e-100)
    return tuple(order[: int(np.argmin(values)) + 1].tolist())
