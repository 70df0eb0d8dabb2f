"""The loop: ask, realise, estimate, verify, tell, and at the end prove with fresh structures."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence

from sekkei.design.asking import ask
from sekkei.design.candidate import Proposal
from sekkei.design.problem import DesignProblem, DesignResult, RoundResult, Trial
from sekkei.design.proof import DECLARED_CHANCE, verify_finalists
from sekkei.design.proposer import Proposer, SobolProposer, n_free_candidates
from sekkei.design.ranking import rank_candidates
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, end_round, tell, told_by_round, unheld
from sekkei.design.step import (
    costs_after,
    estimate_all,
    first_of_each,
    most_promising,
    n_to_label,
    outcomes_of,
    realise_all,
    verify_some,
)
from sekkei.design.stopping import reason_to_stop
from sekkei.errors import InvalidInputError

RoundCallback = Callable[[DesignState, RoundResult], None]

_WORTH = 0.2
"""Chance from which on more structures of a labelled candidate are made."""

_PATIENCE = 0.9
"""What is left of the least chance of a label after each round without one."""

_LOST = 2
"""Rounds without a label after which a search looks elsewhere, too."""

_MAY_HIT = 0.05
"""Chance of a structure from which on its label may be a hit, as estimates are corrected."""

_ENOUGH = 4
"""Until it has so many times those of a proposal: by then its scatter is known."""


def run_design(
    spec: DesignSpec,
    problem: DesignProblem,
    state: DesignState | None = None,
    progress: RoundCallback | None = None,
    proposer: Proposer | None = None,
) -> DesignResult:
    """Run a campaign to its end, from the beginning or from where it stopped.

    Parameters
    ----------
    spec
        What is asked for.
    problem
        What makes, estimates and verifies structures.
    state
        Where an earlier run stopped; a fresh start if absent.
    progress
        Called after each round with the new state and what the round did: the place to persist.
    proposer
        Who proposes; if absent the one that the specification names, and with ``label_at_chance``
        an even spread in every second of the rounds that find nothing likely.

    Raises
    ------
    InvalidInputError
        If ``state`` belongs to another specification.
    """
    state = _started(spec, state)
    rounds = []
    while (reason := reason_to_stop(state)) is None:
        state, done = design_round(state, problem, proposer)
        rounds.append(done)
        if progress is not None:
            progress(state, done)
    proved, verifications = verify_finalists(state, problem)
    searched = state.model_copy(update={"finalists": proved.finalists})
    return DesignResult(proved, tuple(rounds), verifications, reason, searched)


def design_round(
    state: DesignState, problem: DesignProblem, proposer: Proposer | None = None
) -> tuple[DesignState, RoundResult]:
    """Do one round: proposals are realised, estimated, and the most promising ones verified.

    Proposals that are still pending, as after a stop, are taken up before new ones are asked for;
    those that somebody holds are left to them. A space of fewer candidates than a round wants
    gives those that it has. A proposal that gives no number ends as a failure in the state, never
    as a number.
    """
    spec = state.spec
    is_warm = spec.warm_start and state.n_told >= spec.initial
    n_wanted = spec.batch if state.n_round or is_warm else spec.initial
    if not unheld(state):
        n_asked = max(1, min(n_wanted, n_free_candidates(state)))
        state, _ = ask(state, n_asked, proposer or _who_looks_elsewhere(state))
    started = time.process_time()
    trials = estimate_all(spec, problem, _realised(state, problem))
    made_s = time.process_time() - started
    least = least_chance(state)
    if spec.round_seeds > 1:
        trials, which = _with_unlabelled(state, problem, trials, least)
    else:
        which = most_promising(state, trials, n_to_label(state, trials), least)
    trials = verify_some(problem, trials, which)
    state = tell(state, outcomes_of(spec, trials))
    if spec.label_by_cost:
        # Else equal campaigns have equal states, however fast the machine was.
        state = state.model_copy(update={"costs": costs_after(state.costs, trials, made_s)})
    result = RoundResult(n_round=state.n_round, trials=trials, least_chance=least)
    return end_round(state), result


def least_chance(state: DesignState) -> float:
    """Return the chance of a hit from which on the next round labels; 0 if any will do.

    It is ``label_at_chance``, times 0.9 for each round since the last label was told: a search that
    waits for something likely must not wait for ever. The round after that label is not counted.
    """
    least = state.spec.label_at_chance or 0.0
    return least * _PATIENCE ** (_rounds_without_label(state) if least else 0)


def _who_looks_elsewhere(state: DesignState) -> Proposer | None:
    """Return who spreads proposals evenly, in every second of the rounds that find nothing likely.

    Where an acquisition sees its best, all contacts may be of one plateau beside the target.
    """
    waits = state.spec.label_at_chance and state.spec.verify_per_round
    n_waited = _rounds_without_label(state) if waits else 0
    is_turn = n_waited >= _LOST and n_waited % 2 == 0
    return SobolProposer() if is_turn else None


def _rounds_without_label(state: DesignState) -> int:
    n = -1  # What was told since the last round is of none.
    for seen, failed in reversed(list(told_by_round(state))):
        if any(o.source != "surrogate" for o in seen) or any(f.step != "realise" for f in failed):
            break
        n += 1
    return max(n, 0)


def _realised(state: DesignState, problem: DesignProblem) -> tuple[Trial, ...]:
    purposes = [f"round {state.n_round}"]
    purposes += [f"{purposes[0]}, again {i}" for i in range(1, state.spec.round_seeds)]
    return tuple(
        trial
        for purpose in purposes
        for trial in realise_all(state.spec, problem, unheld(state), purpose)
    )


def _with_unlabelled(
    state: DesignState, problem: DesignProblem, trials: tuple[Trial, ...], least: float
) -> tuple[tuple[Trial, ...], tuple[int, ...]]:
    """Return trials, and which of them to label: those of the likeliest candidates without a label.

    A label tells what the estimates of its whole candidate are worth, so it is spent where it may
    make a hit sure, on a candidate of this round or of an earlier one; of those another structure
    is made. Where the label is there and the scatter between structures leaves the chance open,
    more structures are made: they cost little, and tell it.
    """
    spec, n = state.spec, n_to_label(state, trials)
    seen = tell(state, outcomes_of(spec, trials))
    ranked = rank_candidates(seen)
    labelled = {o.candidate.key for o in seen.observations if o.source != "surrogate"}
    unlabelled = [p for p in ranked if p.candidate.key not in labelled]
    likely = [p for p in unlabelled if (p.chance or 0.0) >= least]
    now = {trial.proposal.candidate.key for trial in trials}
    # With a least chance, what its estimate says to miss needs no label: another may get it.
    wanted = likely if least else likely[:n]
    earlier = [proposal for proposal in wanted if proposal.candidate.key not in now][:n]
    again = realise_all(spec, problem, earlier, f"round {state.n_round}, to label")
    unsure = _open(seen, ranked, labelled)
    for i in range(spec.round_seeds):
        again += realise_all(spec, problem, unsure, f"round {state.n_round}, surer {i}")
    trials += estimate_all(spec, problem, again)
    if least:
        in_order = most_promising(seen, trials, len(trials), min(_MAY_HIT, least))
    else:
        in_order = tuple(i for i, trial in enumerate(trials) if trial.estimate_g0 is not None)
    place = first_of_each(trials, in_order)
    keys = [proposal.candidate.key for proposal in wanted]
    return trials, tuple([place[key] for key in keys if key in place][:n])


def _open(
    seen: DesignState, ranked: Sequence[Proposal], labelled: Collection[str]
) -> list[Proposal]:
    """Choose labelled candidates of which more structures may make a hit sure."""
    made = Counter(o.candidate.key for o in seen.observations if o.source == "surrogate")
    enough = _ENOUGH * seen.spec.round_seeds
    return [
        one
        for one in ranked
        if one.candidate.key in labelled
        and _WORTH <= (one.chance or 0.0) < DECLARED_CHANCE
        and made[one.candidate.key] < enough
    ][: seen.spec.verify_per_round]


def _started(spec: DesignSpec, state: DesignState | None) -> DesignState:
    if state is None:
        return DesignState(spec=spec)
    if state.spec != spec:
        raise InvalidInputError(
            "a campaign must go on with the specification it began with, but they differ in "
            f"{', '.join(_differences(spec, state.spec))}; start afresh or restore it"
        )
    return state


def _differences(one: DesignSpec, other: DesignSpec) -> list[str]:
    return [name for name in type(one).model_fields if getattr(one, name) != getattr(other, name)]
