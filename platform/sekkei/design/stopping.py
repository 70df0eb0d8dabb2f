"""When a campaign ends, as its state alone says it."""

from sekkei.design.chance import prospects
from sekkei.design.ranking import ranked_by_process
from sekkei.design.state import DesignState


def reason_to_stop(state: DesignState) -> str | None:
    """Say why no further round is done; ``None`` if one is.

    Equal states give equal reasons, so a campaign that is resumed ends where it would have ended.
    """
    spec = state.spec
    if state.n_round >= spec.rounds:
        return f"all rounds, {spec.rounds}, are done"
    if spec.stop_at_chance is None:
        return None
    chance = _best_chance(state)
    if chance is None or chance < spec.stop_at_chance:
        return None
    return (
        f"after {state.n_round} of {spec.rounds} rounds a candidate hits with a chance of "
        f"{chance:.3g}, at least stop_at_chance, {spec.stop_at_chance:g}"
    )


def _best_chance(state: DesignState) -> float | None:
    ranked, process = ranked_by_process(state)
    if process is None or not ranked:
        return None
    candidates = [proposal.candidate for proposal in ranked[: state.spec.finalists]]
    return max(found.chance for found in prospects(state, process, candidates))
