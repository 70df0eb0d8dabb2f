"""Labels tell of the errors of estimates near by, as far as labels say that errors are alike."""

import numpy as np
import pytest

from sekkei.design.shared_error import LabelledErrors, Places, SharedErrors


def _at(places, own: float = 0.0) -> Places:
    features = np.asarray(places, dtype=float).reshape(-1, 1)
    return Places(features, np.full(len(features), own))


def _told(places, errors, noise: float = 0.1, own: float = 0.0) -> SharedErrors:
    errors = np.asarray(errors, dtype=float)
    return SharedErrors(LabelledErrors(_at(places, own), errors, np.full(len(errors), noise)))


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
    features, own = generator.random((30, 4)), generator.random(30)
    labelled = Places(features[:6], own[:6])
    told = SharedErrors(LabelledErrors(labelled, generator.normal(size=6), np.full(6, 0.1)))

    alike = told.alike(Places(features, own), Places(features, own))

    np.testing.assert_allclose(np.diag(alike), 1.0)
    np.testing.assert_allclose(alike, alike.T)
    assert np.linalg.eigvalsh(alike).min() > -1e-12


def test_where_structures_differ_much_neighbours_share_little() -> None:
    places = np.linspace(0.0, 0.4, 9)

    quiet, _ = _told(places, np.ones(9)).expect(_at([0.225]))
    wild, _ = _told(places, np.ones(9), own=0.9).expect(_at([0.225], own=0.9))

    assert quiet[0] > 0.9
    assert wild[0] < 0.5
