"""How long a contact keeps the target while it is pulled, as one number with a slope."""

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from sekkei.design.target import Target
from sekkei.specification import Specification


class Plateau(Specification):
    """How much of its pulling a contact must spend within the target.

    The pulling of a candidate goes from nothing to its elongation. It is looked at after each of
    ``frames`` equal parts; a part is of the plateau if its end is within the
    target, wherever it lies.
    """

    share: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    """Least share of the pulling; or else there is a length."""

    angstrom: Annotated[float, Field(gt=0.0, le=100.0)] | None = None
    """Least length of the pulling, all parts together, in angstrom."""

    frames: Annotated[int, Field(ge=2, le=64)] = 6
    """Structures of one pulling; each of them is estimated, and each is labelled for a proof."""

    @model_validator(mode="after")
    def _one_measure(self) -> "Plateau":
        if (self.share is None) == (self.angstrom is None):
            raise ValueError("a plateau must have a share or a length in angstrom, and not both")
        return self

    def least_share(self, elongation_angstrom: float) -> float:
        """Return the least share of a pulling of this length."""
        if self.share is not None:
            return self.share
        return (self.angstrom or 0.0) / elongation_angstrom

    def target_of(self, within: Target) -> Target:
        """Return the target of `value`.

        With one bound it is that bound. With two, it is an upper bound of the distance from their
        middle.
        """
        amount = f"{self.angstrom:g} Å" if self.share is None else f"{100.0 * self.share:g} %"
        words = f"{within} over {amount} of the pulling"
        if within.is_one_sided:
            return Target(
                within.low_g0, within.high_g0, within.nominal_g0, within.axis, words=words
            )
        room = within.room_g0(within.nominal_g0)
        return Target(-math.inf, room, room, words=words)

    def value(
        self, within: Target, conductances_g0: Sequence[float], elongation_angstrom: float
    ) -> float:
        r"""Return the number that is within `target_of` if, and only if, enough of a pulling is.

        It is that of the frame that decides: sorted by distance from the target, the first one up
        to which the share is large enough. With one bound it is the conductance of that frame;
        with two, its distance from the middle:

        .. math:: m = \min \{ d : |\{ i : |g_i - t| \le d \}| \ge p\, n \}

        A share itself would be 0 wherever a contact is far away, and lead nowhere.

        Parameters
        ----------
        within
            Conductances that count.
        conductances_g0
            After each of equal parts of the pulling, in G0.
        elongation_angstrom
            Length of the pulling.
        """
        n = len(conductances_g0)
        n_least = math.ceil(self.least_share(elongation_angstrom) * n - 1e-9)
        misses = np.array([within.miss(g) for g in conductances_g0])
        i = int(np.argsort(misses, kind="stable")[min(n_least, n) - 1])
        return conductances_g0[i] if within.is_one_sided else float(misses[i])


def share_within(within: Target, conductances_g0: Sequence[float]) -> float:
    """Return the share of a pulling that is within a target."""
    return sum(map(within.contains, conductances_g0)) / len(conductances_g0)
