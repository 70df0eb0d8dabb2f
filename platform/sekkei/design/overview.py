"""Where a design stands, in rows for people and machines."""

import math
from collections.abc import Iterator
from typing import Any

from sekkei.design.calibration import believed
from sekkei.design.candidate import Observation, Proposal
from sekkei.design.finalist import Finalist
from sekkei.design.outcome import as_asked
from sekkei.design.ranking import rank_candidates
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, told_by_round, unheld


def summary(state: DesignState) -> dict[str, Any]:
    """Return the numbers of a design."""
    every = [as_asked(state.spec, o) for o in state.observations]
    seen = [o.conductance_g0 for o in every]
    labels = [o for o in every if o.source != "surrogate"]
    return {
        "design": state.spec.key,
        "target": str(state.spec.target),
        **_meaning(state),
        "rounds": state.n_round,
        "asked": state.n_asked,
        "observations": len(seen),
        "labelled_or_measured": len(labels),
        "hits": sum(state.spec.target.contains(o.conductance_g0) for o in labels),
        "failures": len(state.failures),
        "pending": len(state.pending),
        "held": len(state.held),
        "lowest_g0": min(seen, default=math.nan),
        "highest_g0": max(seen, default=math.nan),
    }


def _meaning(state: DesignState) -> dict[str, Any]:
    """Say what numbers are where they are no conductances."""
    if not state.spec.is_distance:
        return {}
    most = state.spec.target.high_g0
    return {"numbers": f"distances from what is asked for, in G0; at most {most:g} is a hit"}


def round_rows(state: DesignState) -> Iterator[dict[str, Any]]:
    """Return what each finished round added, and what came after the last."""
    for i, (seen, failed) in enumerate(told_by_round(state)):
        if i < state.n_round or seen or failed:
            yield {
                "round": i if i < state.n_round else None,
                "observations": len(seen),
                "failures": len(failed),
                **_nearest(state, seen),
            }


def pending_rows(state: DesignState) -> list[dict[str, Any]]:
    """Return the proposals that wait for an outcome."""
    free = {proposal.id for proposal in unheld(state)}
    return [{**proposal_row(state.spec, p), "is_held": p.id not in free} for p in state.pending]


def failure_rows(state: DesignState, n: int) -> list[dict[str, Any]]:
    """Return the last candidates that have no number, and why."""
    return [
        {**one.candidate.described(state.spec), **one.model_dump(exclude={"candidate"})}
        for one in state.failures[-n:]
    ]


def best_rows(state: DesignState, n: int) -> list[dict[str, Any]]:
    """Return the candidates that are likeliest to hit, with what was seen of them."""
    proofs = proofs_of(state)
    return [
        {
            **_without_id(proposal_row(state.spec, proposal)),
            **_seen_of(state, proposal),
            "is_verified": proofs.get(proposal.candidate.key),
        }
        for proposal in best_proposals(state, n)
    ]


def best_proposals(state: DesignState, n: int) -> tuple[Proposal, ...]:
    """Return the candidates that are likeliest to hit; those whose proof failed come last.

    Of a finalist is what was said of it when it was proved, unless something was told since: its
    fresh structures had their say in that.
    """
    proofs, proved = proofs_of(state), _proved(state)
    ranked = [
        proved[one.candidate.key].proposal if one.candidate.key in proved else one
        for one in rank_candidates(state)
    ]
    ranked.sort(key=lambda one: (proofs.get(one.candidate.key) is False, -(one.chance or 0.0)))
    return tuple(ranked[:n])


def proofs_of(state: DesignState) -> dict[str, bool]:
    """Return what the proof of a candidate said, by its key, unless something was told since."""
    return {key: found.is_verified for key, found in _proved(state).items() if found.n_seed}


def finalist_rows(state: DesignState) -> list[dict[str, Any]]:
    """Return the finalists, with what was said of them and what proved true."""
    return [
        {
            **_without_id(proposal_row(state.spec, one.proposal)),
            **one.model_dump(mode="json", exclude=_left_out(state)),
        }
        for one in state.finalists
    ]


def _left_out(state: DesignState) -> set[str]:
    no_spectrum = {"verified_spectrum"} if state.spec.spectrum is None else set()
    return {"proposal", "structure", "n_seen"} | no_spectrum


def proposal_row(spec: DesignSpec, proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as one flat row."""
    return {
        "id": proposal.id,
        **proposal.candidate.described(spec),
        "predicted_g0": proposal.predicted_g0,
        "interval_90_g0": proposal.interval_g0,
        "chance": proposal.chance,
    }


def reach_warning(state: DesignState) -> str | None:
    """Say that a target is outside all that was seen, if it is: no model is right there.

    Nothing is said while the first, even spread is still out, nor of plateaus and spectra: that
    none was seen yet says little of whether one can be.
    """
    is_early = not state.observations or state.n_told < state.spec.initial
    if is_early or state.spec.plateau is not None or state.spec.spectrum is not None:
        return None
    seen = [o.conductance_g0 for o in believed(state)]
    low, high = min(seen), max(seen)
    if state.spec.target.low_g0 <= high and state.spec.target.high_g0 >= low:
        return None
    return (
        f"the target, {state.spec.target}, is outside all that was seen so far, {low:.3g} to "
        f"{high:.3g} G0: it may be out of reach of this space"
    )


def _proved(state: DesignState) -> dict[str, Finalist]:
    return {f.proposal.candidate.key: f for f in state.finalists if f.n_seen == state.n_seen}


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    # That of a rank is no proposal's: it cannot be told of.
    return {name: value for name, value in row.items() if name != "id"}


def _nearest(state: DesignState, seen: tuple[Observation, ...]) -> dict[str, Any]:
    labels = [as_asked(state.spec, o) for o in seen if o.source != "surrogate"]
    best = min(labels, key=lambda o: state.spec.target.miss(o.conductance_g0), default=None)
    return {
        "labelled_or_measured": len(labels),
        "hits": sum(state.spec.target.contains(o.conductance_g0) for o in labels),
        "nearest_g0": None if best is None else best.conductance_g0,
    }


def _seen_of(state: DesignState, proposal: Proposal) -> dict[str, Any]:
    key = proposal.candidate.key
    seen = [o for o in state.observations if o.candidate.key == key and o.source != "surrogate"]
    if state.spec.spectrum is not None:
        return {
            "labelled_or_measured_g0": [o.conductance_g0 for o in seen] or None,
            "labelled_or_measured_spectrum": [o.spectrum for o in seen] or None,
        }
    found = [as_asked(state.spec, o).conductance_g0 for o in seen]
    return {"labelled_or_measured_g0": found or None}
