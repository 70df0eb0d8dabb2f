"""When a campaign ends, as its state alone says it."""

from sekkei.design.ranking import rank_candidates
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
    ranked = rank_candidates(state)
    return ranked[0].chance if ranked else None
