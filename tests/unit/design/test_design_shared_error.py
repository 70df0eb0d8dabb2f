"""Labels tell of the errors of estimates near by, as far as labels say that errors are alike."""

import numpy as np
import pytest

from sekkei.design.shared_error import _SHARINGS, LabelledErrors, Places, SharedErrors


def _at(places, own: float = 0.0, levels=0.0) -> Places:
    features = np.asarray(places, dtype=float).reshape(-1, 1)
    on = np.broadcast_to(np.asarray(levels, dtype=float), len(features))
    return Places(features, np.full(len(features), own), on)


def _told(places, errors, noise: float = 0.1, own: float = 0.0, levels=0.0) -> SharedErrors:
    errors = np.asarray(errors, dtype=float)
    places = _at(places, own, levels)
    return SharedErrors(LabelledErrors(places, errors, np.full(len(errors), noise)))


LINE = _at(np.linspace(0.0, 1.0, 21))


def test_without_labels_an_error_is_what_the_surrogate_claims() -> None:
    mean, sigma = _told([], []).expect(LINE)

    assert mean.tolist() == [0.0] * 21
    assert sigma.tolist() == [1.0] * 21


def test_smooth_errors_are_told_between_labels_and_not_far_from_them() -> None:
    places = np.linspace(0.0, 0.4, 9)
    errors = 1.5 * np.cos(4.0 * places)

    mean, sigma = _told(places, errors).expect(_at([0.225, 9.0]))

    assert mean[0] == pytest.approx(1.5 * np.cos(0.9), abs=0.15)
    assert sigma[0] < 0.3
    assert (mean[1], sigma[1]) == (pytest.approx(0.0, abs=1e-6), pytest.approx(1.0, abs=1e-6))


def test_errors_that_jump_from_one_candidate_to_the_next_tell_little() -> None:
    places = np.linspace(0.0, 0.4, 9)
    jumping = np.array([1.0, -1.0] * 4 + [1.0])

    _, sure = _told(places, np.ones(9)).expect(_at([0.225]))
    mean, sigma = _told(places, jumping).expect(_at([0.225]))

    assert abs(mean[0]) < 0.2
    assert sure[0] < 0.4
    assert sigma[0] > 0.8


def test_a_label_tells_most_of_its_own_candidate_and_less_of_others() -> None:
    mean, sigma = _told([0.5], [1.0]).expect(LINE)

    assert mean.argmax() == sigma.argmin() == 10
    assert 0.6 < mean[10] < 0.9
    assert (np.diff(mean[10:]) <= 0.0).all()
    np.testing.assert_allclose(mean, mean[::-1], atol=1e-12)


def test_structures_that_err_apart_tell_less_of_the_next_one() -> None:
    _, together = _told([0.5] * 4, [1.0, 1.0, 1.0, 1.0]).expect(_at([0.5]))
    _, apart = _told([0.5] * 4, [1.5, -1.0, 1.0, -1.2]).expect(_at([0.5]))

    assert together[0] < 0.5
    assert apart[0] > 0.6


def test_what_neighbours_have_in_common_is_a_correlation() -> None:
    generator = np.random.default_rng(3)
    # Structures of ten candidates, three of each.
    features = np.repeat(generator.random((10, 4)), 3, axis=0)
    own, level = generator.random(30), generator.random(30)
    labelled = Places(features[:6], own[:6], level[:6])
    told = SharedErrors(LabelledErrors(labelled, generator.normal(size=6), np.full(6, 0.1)))

    every = Places(features, own, level)
    alike = told.alike(every, every)

    np.testing.assert_allclose(np.diag(alike), 1.0, rtol=1e-12)
    np.testing.assert_allclose(alike, alike.T)
    assert np.linalg.eigvalsh(alike).min() > -1e-12
    # Each way for itself is one, and not only their mean.
    for one in _SHARINGS:
        assert np.linalg.eigvalsh(one.alike(every, every)).min() > -1e-12


def test_where_structures_differ_much_neighbours_share_little() -> None:
    places = np.linspace(0.0, 0.4, 9)

    quiet, _ = _told(places, np.ones(9)).expect(_at([0.225]))
    # Each on a plateau of its own.
    apart = np.arange(9.0)
    wild, _ = _told(places, np.ones(9), own=0.9, levels=apart).expect(
        _at([0.225], own=0.9, levels=4.5)
    )

    assert quiet[0] > 0.9
    assert wild[0] < 0.5


def test_errors_go_with_the_plateau_where_structures_differ_much() -> None:
    # Each second structure of a family is on another plateau, on which the surrogate is right.
    places = np.linspace(0.0, 0.4, 12)
    on_upper = np.arange(12) % 2 == 0
    told = _told(places, np.where(on_upper, 2.0, 0.0), own=0.9, levels=np.where(on_upper, 1.5, 1.4))

    upper, sure = told.expect(_at([0.225], own=0.9, levels=1.5))
    lower, _ = told.expect(_at([0.225], own=0.9, levels=1.4))
    elsewhere, unsure = told.expect(_at([0.225], own=0.9, levels=3.0))

    assert upper[0] == pytest.approx(2.0, abs=0.3)
    assert sure[0] < 0.4
    assert lower[0] == pytest.approx(0.0, abs=0.3)
    assert abs(elsewhere[0]) < 0.5
    assert unsure[0] > 0.8


def test_nothing_is_shared_while_no_candidate_was_made_twice() -> None:
    places = np.linspace(0.0, 0.4, 9)

    mean, sigma = _told(places, np.full(9, 2.0), own=1.0).expect(_at([0.225], own=1.0))

    assert (mean[0], sigma[0]) == (pytest.approx(0.0), pytest.approx(1.0))
