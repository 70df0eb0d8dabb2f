"""Differences that estimates do not see: the form of structures tells them."""

import numpy as np
import pytest

from sekkei.design.candidate import Candidate, Observation
from sekkei.design.chance import prospects
from sekkei.design.process import fit_process
from sekkei.design.proposer import SobolProposer
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState, tell
from sekkei.design.unseen import form_spreads_g0

SPEC = DesignSpec(
    target_g0=1.0, elements=("K",), max_species=1, proposer="sobol", seed=4, round_seeds=3
)
HERE = Candidate(composition={"K": 1.0}, neck_length=3, neck_width=3, elongation_angstrom=1.0)


def estimate(candidate: Candidate, conductance: float, name: str, form: tuple[float, ...]):
    return Observation(
        candidate=candidate,
        conductance_g0=conductance,
        sigma_g0=0.3,
        source="surrogate",
        structure=name,
        form=form,
    )


def forms(away: float) -> list[tuple[float, ...]]:
    return [(5.0, 6.0), (5.0 + away, 6.0 + away), (5.0 - away, 6.0 - away)]


def chance(away: float | None, spread: float) -> float:
    """Of a candidate with three equal estimates and one label on the target."""
    rng = np.random.default_rng(3)
    state = DesignState(spec=SPEC)
    others = [p.candidate for p in SobolProposer().propose(state, 8)]
    told = []
    for i, candidate in enumerate([*others, HERE]):
        level = 0.9 if candidate == HERE else 0.9 + spread * rng.standard_normal()
        found = forms(away or 0.0) if away is not None else [()] * 3
        told += [
            estimate(candidate, max(0.0, level + 1e-3 * j), f"{i} {j}", found[j]) for j in range(3)
        ]
    told.append(
        Observation(
            candidate=HERE, conductance_g0=1.0, sigma_g0=0.02, source="dft", structure="8 0"
        )
    )
    state = tell(state, told)
    return prospects(state, fit_process(state), [HERE])[0].chance


def test_forms_tell_a_spread_in_conductance() -> None:
    away = 0.1
    told = [estimate(HERE, 1.0, str(i), form) for i, form in enumerate(forms(away))]

    assert form_spreads_g0(told) == {HERE.key: pytest.approx(3.0 * away)}


@pytest.mark.parametrize(
    "names", [["a"], ["a", "a"]], ids=["one structure", "one structure, estimated twice"]
)
def test_one_structure_tells_none(names: list[str]) -> None:
    assert form_spreads_g0([estimate(HERE, 1.0, name, (5.0, 6.0)) for name in names]) == {}


def test_a_label_is_not_believed_of_structures_of_another_form() -> None:
    alike, unlike = chance(0.0, spread=0.1), chance(0.5, spread=0.1)

    assert alike > 0.9
    assert unlike < 0.6


def test_a_surrogate_that_explains_much_is_believed_more() -> None:
    assert chance(0.5, spread=0.1) < chance(0.5, spread=1.5)


def test_structures_of_one_form_count_as_if_nobody_had_looked() -> None:
    assert chance(0.0, spread=0.1) == pytest.approx(chance(None, spread=0.1), abs=0.05)


@pytest.mark.parametrize(
    ("source", "sigma", "conductances"),
    [
        ("measured", 0.05, (0.9, 1.0, 1.1)),
        ("surrogate", 0.3, (0.0, 0.0, 0.0)),
        ("surrogate", 0.0, (0.9, 1.0, 1.1)),
        ("surrogate", 1e-9, (0.9, 1.0, 1.1)),
    ],
    ids=["no estimates", "all broken", "claims no error", "claims hardly any"],
)
def test_a_chance_is_one_whatever_was_seen(
    source: str, sigma: float, conductances: tuple[float, ...]
) -> None:
    candidates = [p.candidate for p in SobolProposer().propose(DesignState(spec=SPEC), 5)]
    told = [
        estimate(candidate, conductance, f"{i} {j}", forms(0.3)[j]).model_copy(
            update={"source": source, "sigma_g0": sigma}
        )
        for i, candidate in enumerate(candidates)
        for j, conductance in enumerate(conductances)
    ]
    state = tell(DesignState(spec=SPEC), told)

    for found in prospects(state, fit_process(state), candidates):
        assert 0.0 <= found.chance <= 1.0
