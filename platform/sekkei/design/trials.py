"""How many labels a proposer needs until one is a hit: the figure by which proposers compare."""

from sekkei.design.asking import ask, make_proposer
from sekkei.design.problem import DesignProblem
from sekkei.design.proposer import Proposer
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.design.step import outcomes_of, realise_all, verify_some
from sekkei.design.verified import is_verified_hit


def trials_to_hit(
    spec: DesignSpec, problem: DesignProblem, limit: int, proposer: Proposer | None = None
) -> int | None:
    """Count proposals, each realised once and labelled, until a label is within tolerance.

    No surrogate helps, and a proposal that fails counts. The first ``initial`` proposals come in
    one batch, later ones in batches of ``batch``.

    Parameters
    ----------
    spec
        What is asked for; its seed decides everything.
    problem
        Makes and verifies structures; its ``estimate`` is not used.
    limit
        Give up after so many.
    proposer
        Who proposes; the one that the specification names if absent.

    Returns
    -------
    int or None
        Position of the first hit, from 1; ``None`` if there was none within ``limit``.
    """
    state = DesignState(spec=spec)
    proposer = proposer or make_proposer(spec.proposer)
    n_done = 0
    while n_done < limit:
        n_wanted = min(limit - n_done, spec.batch if n_done else spec.initial)
        state, proposals = ask(state, n_wanted, proposer)
        trials = realise_all(spec, problem, proposals, f"trial {n_done}")
        made = [i for i, trial in enumerate(trials) if trial.junction is not None]
        trials = verify_some(problem, trials, made)
        for i, trial in enumerate(trials):
            if is_verified_hit(spec, trial):
                return n_done + i + 1
        n_done += n_wanted
        state = tell(state, outcomes_of(spec, trials))
    return None
