"""Laws of the proposer port, and a laboratory whose answers are known."""

import abc
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sekkei.design.asking import ask
from sekkei.design.candidate import Candidate, Failure, Observation
from sekkei.design.proposer import Proposer, SobolProposer
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.errors import ExperimentError
from sekkei.shapes import Float
from sekkei.structure.junction import Junction
from sekkei.testing.point_label import point_label
from sekkei.transport.labeler import Outcome, Refusal

_WEIGHT = {"Li": 1.1, "Na": 1.0, "K": 0.85, "Rb": 0.75, "Cs": 0.6}


class ProposerLaws(abc.ABC):
    """Inherit, say how to make a proposer, and every law of `Proposer` is a test.

    A proposer that needs other states to show its colours overrides `make_state`.
    """

    n_proposal = 3

    @abc.abstractmethod
    def make_proposer(self) -> Proposer:
        """Return the proposer under test."""

    def make_state(self) -> DesignState:
        """Return a campaign with observations, a failure and something pending."""
        spec = DesignSpec(target_g0=1.7, forbidden=("Cs",), max_species=2, initial=6, seed=5)
        state, proposals = ask(DesignState(spec=spec), 10, SobolProposer())
        problem = SmoothProblem(scatter_g0=0.05)
        seen = [
            Observation(
                candidate=p.candidate,
                conductance_g0=problem.conductance(p.candidate),
                sigma_g0=0.05,
                source="measured",
            )
            for p in proposals[:8]
        ]
        lost = Failure(
            candidate=proposals[8].candidate,
            step="realise",
            kind="ExperimentError",
            message="broke",
        )
        return tell(state, [*seen, lost])

    def test_equal_states_give_equal_proposals(self) -> None:
        state = self.make_state()
        copy = DesignState.from_json(state.to_json())

        once = self.make_proposer().propose(state, self.n_proposal)
        again = self.make_proposer().propose(copy, self.n_proposal)

        assert once == again

    def test_every_candidate_is_in_the_space(self) -> None:
        state = self.make_state()

        proposals = self.make_proposer().propose(state, self.n_proposal)

        for proposal in proposals:
            state.space.check(proposal.candidate)
            assert sum(proposal.candidate.composition.values()) == 1.0

    def test_as_many_as_asked_for_all_different_none_pending(self) -> None:
        state = self.make_state()

        proposals = self.make_proposer().propose(state, self.n_proposal)

        pending = {p.candidate.key for p in state.pending}
        keys = {p.candidate.key for p in proposals}
        assert len(proposals) == len(keys) == self.n_proposal
        assert len({p.id for p in proposals}) == self.n_proposal
        assert not keys & pending

    def test_global_random_states_stay_as_they_were(self) -> None:
        state = self.make_state()
        before_torch = torch.random.get_rng_state().clone()
        before_numpy = np.random.get_state(legacy=False)  # noqa: NPY002 (what is under test)

        self.make_proposer().propose(state, self.n_proposal)

        after_numpy = np.random.get_state(legacy=False)  # noqa: NPY002
        assert torch.equal(before_torch, torch.random.get_rng_state())
        np.testing.assert_equal(after_numpy, before_numpy)

    def test_a_prediction_comes_with_its_interval(self) -> None:
        proposals = self.make_proposer().propose(self.make_state(), self.n_proposal)

        for proposal in proposals:
            assert (proposal.predicted_g0 is None) == (proposal.interval_g0 is None)
            if proposal.predicted_g0 is not None and proposal.interval_g0 is not None:
                low, high = proposal.interval_g0
                assert 0.0 <= low <= proposal.predicted_g0 <= high


@dataclass(frozen=True, slots=True)
class SmoothProblem:
    """A laboratory without atoms: conductance is a known function of the candidate.

    ``0.9 * width * weight(composition) * exp(-elongation / (4 + length / 2))`` G0, plus a scatter
    that depends on the seed alone. The structures that it makes are two atoms whose distance is
    the conductance, so that whoever estimates or verifies sees the structure and nothing else.
    """

    scatter_g0: float = 0.1
    """Standard deviation between realisations of one candidate, in G0."""

    surrogate_sigma_g0: float = 0.1
    """Standard deviation of the surrogate's error, in G0."""

    breaks_beyond_angstrom: float = math.inf
    """Realisations stretched further than this fail."""

    refuses_below_g0: float = 0.0
    """Labels of structures that conduct less than this are refused."""

    def conductance(self, candidate: Candidate) -> float:
        """Return the conductance of a candidate without scatter, in G0."""
        weight = math.fsum(_WEIGHT[s] * x for s, x in candidate.composition.items())
        decay = 4.0 + candidate.neck_length / 2.0
        fall = math.exp(-candidate.elongation_angstrom / decay)
        return 0.9 * candidate.neck_width * weight * fall

    def realise(self, candidate: Candidate, seed: int) -> Junction:
        """Make a pair of atoms as far apart as the candidate conducts."""
        if candidate.elongation_angstrom > self.breaks_beyond_angstrom:
            raise ExperimentError(
                f"the contact must hold, but broke at {candidate.elongation_angstrom} Å"
            )
        scatter = self.scatter_g0 * np.random.default_rng(seed).standard_normal()
        distance = max(0.0, self.conductance(candidate) + float(scatter))
        positions = [[0.0, 0.0, 0.0], [0.0, 0.0, distance]]
        return Junction.from_sequences([19, 19], positions, [-1, 1], 1.0)

    def pull(self, candidate: Candidate, seed: int, n_frame: int) -> Sequence[Junction]:
        """Make such pairs of a candidate that is pulled less and less far, the last one in full."""
        parts = (candidate.elongation_angstrom * (i + 1) / n_frame for i in range(n_frame))
        shorter = [candidate.model_copy(update={"elongation_angstrom": far}) for far in parts]
        return [self.realise(one, seed) for one in shorter]

    def estimate(
        self, junctions: Sequence[Junction]
    ) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
        """Read the distance off with an error that the structure decides."""
        truth = np.array([_distance(junction) for junction in junctions])
        # The digits beyond the visible ones serve as the seed: equal structures, equal errors.
        errors = [np.random.default_rng(int(g * 1e12)).standard_normal() for g in truth]
        noisy = np.maximum(0.0, truth + self.surrogate_sigma_g0 * np.array(errors))
        return noisy, np.full(truth.shape, self.surrogate_sigma_g0)

    def verify(self, junctions: Sequence[Junction]) -> Sequence[Outcome]:
        """Read the distance off exactly."""
        return [self._label(_distance(junction)) for junction in junctions]

    def _label(self, conductance: float) -> Outcome:
        if conductance < self.refuses_below_g0:
            return Refusal(kind="BandEdgeError", message="too thin", recipe="smooth")
        return point_label(conductance, "smooth", n_channel=20)


def _distance(junction: Junction) -> float:
    return float(junction.positions[1, 2])
