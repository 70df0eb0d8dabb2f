"""What a search spends until a candidate is proved, on problems whose answers are known."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import pytest

from sekkei.design.candidate import Candidate
from sekkei.design.problem import structure_key
from sekkei.design.pursuit import pursue_by_estimates, pursue_by_labels
from sekkei.design.specification import DesignSpec
from sekkei.design.state import realisation_seed
from sekkei.errors import InvalidInputError
from sekkei.structure.junction import Junction
from sekkei.testing.proposer_laws import SmoothProblem
from sekkei.transport.labeler import Label, Outcome

SPEC = DesignSpec(target_g0=3.8, tolerance_g0=0.1, initial=12, batch=4, seed=3, proposer="sobol")
CAMPAIGN = SPEC.model_copy(
    update={"initial": 24, "round_seeds": 3, "label_at_chance": 0.1, "proposer": "botorch"}
)


def test_a_label_that_hits_is_proved_by_fresh_structures_whose_labels_count():
    effort = pursue_by_labels(SPEC, SmoothProblem(scatter_g0=0.001), limit=100)

    # Where structures of one candidate are alike, the first hit is proved by two more labels: after
    # two hits of three the third changes nothing.
    assert effort.is_proved
    assert effort.n_proof == 1
    assert [miss <= 0.1 for miss in effort.misses_g0[-3:]] == [True] * 3
    assert all(miss > 0.1 for miss in effort.misses_g0[:-3])


def test_a_lucky_structure_is_no_proof():
    # Where structures differ by 1 G0, a hit says little of its candidate.
    spec = SPEC.model_copy(update={"target_g0": 2.0})

    effort = pursue_by_labels(spec, SmoothProblem(scatter_g0=1.0), limit=100)

    n_hit = sum(miss <= 0.1 for miss in effort.misses_g0)
    assert not effort.is_proved
    assert effort.n_proof > 1
    assert n_hit >= effort.n_proof


class Watched:
    """Keeps which labels of fresh structures said that they hit, candidate by candidate."""

    def __init__(self, spec: DesignSpec, problem: SmoothProblem) -> None:
        self._spec, self._problem = spec, problem
        self._fresh: dict[str, tuple[str, int]] = {}
        self.hits: dict[str, list[bool]] = defaultdict(list)
        self.places: dict[str, list[int]] = defaultdict(list)

    def realise(self, candidate: Candidate, seed: int) -> Junction:
        made = self._problem.realise(candidate, seed)
        seeds = [realisation_seed(self._spec, candidate, f"fresh {i}") for i in range(3)]
        if seed in seeds:
            self._fresh[structure_key(made)] = (candidate.key, seeds.index(seed))
        return made

    def estimate(self, junctions: Sequence[Junction]):
        return self._problem.estimate(junctions)

    def verify(self, junctions: Sequence[Junction]) -> Sequence[Outcome]:
        outcomes = self._problem.verify(junctions)
        for junction, outcome in zip(junctions, outcomes, strict=True):
            if structure_key(junction) in self._fresh and isinstance(outcome, Label):
                key, place = self._fresh[structure_key(junction)]
                self.hits[key].append(self._spec.target.contains(outcome.conductance))
                self.places[key].append(place)
        return outcomes


@pytest.mark.parametrize(
    ("pursue", "spec", "scatter_g0", "limit"),
    [
        (pursue_by_labels, SPEC.model_copy(update={"target_g0": 2.0}), 1.0, 100),
        (pursue_by_estimates, CAMPAIGN.model_copy(update={"tolerance_g0": 0.2}), 0.2, 40),
    ],
)
def test_a_proof_ends_as_soon_as_it_is_decided(pursue, spec, scatter_g0, limit):
    watched = Watched(spec, SmoothProblem(scatter_g0=scatter_g0, surrogate_sigma_g0=0.05))

    effort = pursue(spec, watched, limit)

    found = list(watched.hits.values())
    assert len(found) == effort.n_proof > 0
    for hits in found:
        before = hits[:-1]
        assert before.count(True) < 2
        assert before.count(False) < 2
    # One after the other as their seeds have it, whatever they look like.
    assert all(places == list(range(len(places))) for places in watched.places.values())
    assert [sum(hits) for hits in found].count(2) == effort.is_proved
    if pursue is pursue_by_labels:
        # It has no chances that could tell it to leave a proof.
        assert all(2 in {hits.count(True), hits.count(False)} for hits in found)


def test_a_proof_that_has_become_unlikely_is_left_and_costs_one_label():
    class Deceiving(SmoothProblem):
        """Its fresh structures are none of those that the estimates promise."""

        def verify(self, junctions):
            labels = super().verify(junctions)
            return [
                replace(label, conductance=0.5) if structure_key(one) in watched._fresh else label
                for one, label in zip(junctions, labels, strict=True)
            ]

    spec = CAMPAIGN.model_copy(update={"tolerance_g0": 0.2})
    watched = Watched(spec, SmoothProblem())
    watched._problem = Deceiving(scatter_g0=0.05, surrogate_sigma_g0=0.05)

    effort = pursue_by_estimates(spec, watched, 40)

    assert not effort.is_proved
    assert effort.n_proof > 0
    # One label of each says so; a second one would only settle it.
    assert [len(hits) for hits in watched.hits.values()] == [1] * effort.n_proof


def test_where_nothing_is_to_be_labelled_nothing_can_be_proved():
    none = SPEC.model_copy(update={"verify_seeds": 0})

    for pursue in (pursue_by_labels, pursue_by_estimates):
        with pytest.raises(InvalidInputError, match="needs fresh structures to label"):
            pursue(none, SmoothProblem(), 10)


@pytest.mark.slow
def test_estimates_spare_labels_and_what_is_proved_was_likely():
    problem = SmoothProblem(scatter_g0=0.01, surrogate_sigma_g0=0.05)

    blind = pursue_by_labels(SPEC, problem, limit=200)
    seeing = pursue_by_estimates(CAMPAIGN, problem, limit=100)

    assert blind.is_proved
    assert seeing.is_proved
    assert 3 * seeing.n_label < blind.n_label
    assert all(chance >= 0.5 for chance in seeing.chances)
    assert all(math.isnan(chance) for chance in blind.chances)
    # Two labels of the proof, and few of the search.
    assert 2 <= seeing.n_label <= 5


def test_a_target_beyond_all_reach_is_given_up_and_costs_the_campaign_no_label():
    far = {"target_g0": 9.0}

    blind = pursue_by_labels(SPEC.model_copy(update=far), SmoothProblem(), limit=20)
    seeing = pursue_by_estimates(CAMPAIGN.model_copy(update=far), SmoothProblem(), limit=20)

    assert (blind.is_proved, blind.n_label, blind.n_proof) == (False, 20, 0)
    assert (seeing.is_proved, seeing.n_label) == (False, 0)
    assert seeing.n_structure == 72


def test_structures_that_cannot_be_made_are_counted_and_have_no_label():
    problem = SmoothProblem(breaks_beyond_angstrom=0.0)
    spec = SPEC.model_copy(update={"elongation_angstrom": (1.0, 2.0)})

    effort = pursue_by_labels(spec, problem, limit=10)

    assert (effort.is_proved, effort.n_label) == (False, 0)
    assert effort.n_structure >= 30


def test_a_refused_label_counts_and_is_infinitely_far():
    effort = pursue_by_labels(SPEC, SmoothProblem(refuses_below_g0=100.0), limit=10)

    assert effort.misses_g0 == (math.inf,) * 10


def test_equal_seeds_spend_equally():
    spec = CAMPAIGN.model_copy(update={"initial": 8, "batch": 2})
    problem = SmoothProblem(scatter_g0=0.05)

    assert pursue_by_estimates(spec, problem, 9) == pursue_by_estimates(spec, problem, 9)
