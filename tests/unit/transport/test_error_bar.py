"""Error bars of labels: closed forms, and what must not change them."""

from dataclasses import replace

import numpy as np
import pytest

from sekkei.transport.error_bar import FITTED, ErrorModel, error_signs, label_error

ENERGIES = np.linspace(-0.5, 0.5, 101)
OPEN = np.array([1.0, 1.0])
PLAIN = ErrorModel(
    recipe="plain",
    floor=0.02,
    gap=0.0,
    closed=0.05,
    tunnels=0.4,
    shift=0.015,
    spread=0.5,
    noise=0.1,
    likely=1.0,
    wide=2.0,
)
STEEP = replace(PLAIN, floor=0.0, noise=0.0)
GAPED = replace(PLAIN, floor=0.0, gap=0.03, spread=0.0, noise=0.0)


def bar(transmission, channels=OPEN, energies=ENERGIES, model=PLAIN):
    return label_error("plain", energies, transmission, channels, model)


def test_a_flat_spectrum_of_open_channels_has_the_floor() -> None:
    found = bar(np.full(101, 2.0))

    assert found.likely == pytest.approx(0.02, abs=1e-15)
    assert found.wide == pytest.approx(0.04, abs=1e-15)


@pytest.mark.parametrize("slope", [-8.0, 0.5, 3.0])
def test_a_straight_line_has_a_bar_proportional_to_its_slope(slope: float) -> None:
    found = bar(2.0 + slope * ENERGIES, model=STEEP)

    # Root mean square of slope * E over a normal distribution of E, times the weight.
    assert found.likely == pytest.approx(0.5 * abs(slope) * 0.015, rel=1e-12)


def test_a_parabola_has_the_fourth_moment_of_the_shift() -> None:
    fine = np.linspace(-0.1, 0.1, 20001)

    found = error_signs(fine, 1.0 + 40.0 * fine**2, OPEN, 0.015)

    # <E^4> = 3 sigma^4 for a normal distribution.
    assert found.spread == pytest.approx(40.0 * np.sqrt(3.0) * 0.015**2, rel=1e-3)


def test_a_narrow_dip_at_the_fermi_level_makes_a_wide_bar() -> None:
    dip = 2.0 - 0.5 * 0.02**2 / (ENERGIES**2 + 0.02**2)

    assert bar(dip).likely > 3.0 * bar(np.full(101, 1.5)).likely
    assert bar(dip).likely > 1.5 * bar(np.roll(dip, 20)).likely


def test_half_open_channels_make_a_wide_bar() -> None:
    flat = np.full(101, 2.0)

    closed_and_open = bar(flat, np.array([1.0, 1.0, 0.0, 0.0]))
    half_open = bar(flat, np.array([0.5, 0.5, 0.5, 0.5]))

    assert closed_and_open.likely == pytest.approx(0.02)
    # Four times 1/4 of shot noise beside the floor.
    assert half_open.likely == pytest.approx(np.hypot(0.02, 0.1))


def test_what_hardly_conducts_has_hardly_an_error() -> None:
    found = bar(np.full(101, 1e-4), np.array([1e-4]))

    assert found.wide < 1e-3


def test_what_tunnels_has_an_error_that_fades_as_the_contact_closes() -> None:
    tunnelling, closed = (
        bar(np.full(101, t), np.array([t]), model=GAPED).likely for t in (0.1, 2.0)
    )

    assert tunnelling == pytest.approx(0.03 * np.exp(-0.1 / 0.4))
    assert closed == pytest.approx(0.03 * np.exp(-2.0 / 0.4))


def test_mirrored_and_refined_spectra_have_the_same_bar() -> None:
    kinked = np.interp(ENERGIES, [-0.5, -0.05, 0.0, 0.03, 0.5], [1.0, 1.9, 2.0, 2.4, 2.5])
    fine = np.linspace(-0.5, 0.5, 1001)

    expected = bar(kinked).likely

    assert bar(kinked[::-1]).likely == pytest.approx(expected, rel=1e-12)
    refined = bar(np.interp(fine, ENERGIES, kinked), energies=fine)
    assert refined.likely == pytest.approx(expected, rel=1e-12)


def test_what_lies_far_from_the_fermi_level_does_not_matter() -> None:
    near = np.abs(ENERGIES) < 0.075
    wild = np.where(near, 2.0, 5.0)

    assert bar(wild) == bar(np.full(101, 2.0))
    assert bar(wild[near], energies=ENERGIES[near]) == bar(wild)


def test_energies_are_in_electronvolt() -> None:
    found = error_signs(ENERGIES, 2.0 + ENERGIES, OPEN, 0.01)

    # 1 G0/eV over 10 meV.
    assert found.spread == pytest.approx(0.01, rel=1e-12)


@pytest.mark.parametrize(
    ("energies", "channels"),
    [
        pytest.param(np.zeros(1), OPEN, id="one energy"),
        pytest.param(np.linspace(-0.02, 0.02, 5), OPEN, id="too narrow"),
        pytest.param(ENERGIES, np.zeros(0), id="no channels, as between surfaces"),
    ],
)
def test_a_label_that_says_too_little_has_no_bar(energies, channels) -> None:
    found = bar(np.full(energies.size, 2.0), channels, energies)

    assert np.isnan([found.likely, found.wide]).all()


def test_a_label_of_another_method_has_no_bar() -> None:
    found = label_error("another", ENERGIES, np.full(101, 2.0), OPEN, PLAIN)

    assert np.isnan([found.likely, found.wide]).all()


@pytest.mark.dft
def test_the_weights_in_use_are_those_of_the_default_recipe() -> None:
    pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")
    from sekkei.transport.gpaw.labeler import GpawLabeler

    assert GpawLabeler().recipe == FITTED.recipe
    assert GpawLabeler.from_options(basis="reference").recipe != FITTED.recipe
