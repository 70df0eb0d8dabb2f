"""Ridge regression from sums over examples."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from sekkei.model.hamiltonian.ridge import NormalEquations

RNG = np.random.default_rng(3)
FEATURES, TARGETS = RNG.normal(size=(40, 6)), RNG.normal(size=(40, 2))
FEATURES[:, 4] *= 100.0  # scales do not matter: the penalty is on features of order one


def test_sums_give_what_all_rows_at_once_give() -> None:
    equations = NormalEquations()
    for part in np.array_split(np.arange(40), 3):
        equations.add("a", FEATURES[part], TARGETS[part])

    found = equations.solve(0.01)["a"]

    scale = np.sqrt((FEATURES**2).mean(axis=0))
    theirs = Ridge(alpha=0.01 * 40, fit_intercept=False).fit(FEATURES / scale, TARGETS)
    np.testing.assert_allclose(found, (theirs.coef_ / scale).T, rtol=1e-8)


def test_a_weight_counts_rows_several_times() -> None:
    weighted, repeated = NormalEquations(), NormalEquations()
    weighted.add("a", FEATURES[:9], TARGETS[:9], 3.0)
    weighted.add("a", FEATURES[9:], TARGETS[9:])
    rows = np.r_[0:9, 0:9, 0:9, 9:40]
    repeated.add("a", FEATURES[rows], TARGETS[rows])

    one, other = (equations.solve(1e-3)["a"] for equations in (weighted, repeated))

    np.testing.assert_allclose(one, other, rtol=1e-9)


def test_names_are_regressions_of_their_own() -> None:
    both, alone = NormalEquations(), NormalEquations()
    both.add("a", FEATURES, TARGETS)
    both.add("b", 2.0 * FEATURES[:, :3], TARGETS[:, :1])
    alone.add("a", FEATURES, TARGETS)

    found = both.solve(1e-6)

    assert found["b"].shape == (3, 1)
    np.testing.assert_array_equal(found["a"], alone.solve(1e-6)["a"])


@pytest.mark.parametrize("column", [0, 5])
def test_what_was_never_there_has_no_coefficient(column) -> None:
    equations, absent = NormalEquations(), FEATURES.copy()
    absent[:, column] = 0.0
    equations.add("a", absent, TARGETS)

    found = equations.solve(1e-6)["a"]

    assert not found[column].any()
    assert np.isfinite(found).all()
