"""Which of the candidates seen so far are most likely to hit."""

import numpy as np

from sekkei.design.calibration import believed
from sekkei.design.candidate import Proposal, hit_probability, interval_90
from sekkei.design.process import fit_process
from sekkei.design.proposer import proposal_id
from sekkei.design.state import DesignState
from sekkei.design.vendor import manual_seed


def rank_candidates(state: DesignState) -> tuple[Proposal, ...]:
    """Rank the candidates that were observed and never failed, the likeliest hit first.

    The chance is that of a *fresh* realisation under the fitted process, so that a lucky structure
    does not carry its candidate; with too few observations, that of the observation alone.
    """
    failed = {f.candidate.key for f in state.failures}
    seen = {o.candidate.key: o for o in believed(state) if o.candidate.key not in failed}
    if not seen:
        return ()
    candidates = [o.candidate for o in seen.values()]
    with manual_seed(state.spec.seed):
        process = fit_process(state)
    if process is None:
        mean = np.array([o.conductance_g0 for o in seen.values()])
        sigma = np.array([o.sigma_g0 for o in seen.values()])
    else:
        mean, sigma = process.predict(candidates)
    chance = [
        hit_probability(state.spec, float(m), float(s)) for m, s in zip(mean, sigma, strict=True)
    ]
    order = np.argsort(-np.array(chance), kind="stable")
    return tuple(
        Proposal(
            id=proposal_id(state, candidates[i], rank),
            candidate=candidates[i],
            acquisition="probability of a hit",
            predicted_g0=max(0.0, float(mean[i])),
            interval_g0=interval_90(float(mean[i]), float(sigma[i])),
        )
        for rank, i in enumerate(order)
    )
