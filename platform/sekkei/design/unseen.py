"""What estimates may not see: structures of one candidate that differ in form."""

from collections.abc import Iterable, Mapping

import numpy as np

from sekkei.design.candidate import Observation

_G0_PER_ANGSTROM = 3.0
"""How much structures of one candidate differ in conductance for what they differ in form, in G0
per Å, as standard deviations; of 120 candidates with 3 structures each, see decision 0054."""


def form_spreads_g0(observations: Iterable[Observation]) -> Mapping[str, float]:
    """Say how much the conductance of structures of a candidate may differ for their form.

    Parameters
    ----------
    observations
        What was seen; estimates know the form of their structure.

    Returns
    -------
    Mapping
        Standard deviation in G0, by the key of a candidate; only of those of which two structures
        or more have a form.
    """
    forms: dict[str, dict[str, tuple[float, ...]]] = {}
    for seen in observations:
        if seen.form:
            forms.setdefault(seen.candidate.key, {})[seen.structure] = seen.form
    return {
        key: _G0_PER_ANGSTROM * _spread(list(found.values()))
        for key, found in forms.items()
        if len(found) > 1
    }


def _spread(forms: list[tuple[float, ...]]) -> float:
    return float(np.sqrt(np.var(np.array(forms), axis=0, ddof=1).mean()))
