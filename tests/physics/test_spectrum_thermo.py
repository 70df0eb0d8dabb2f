"""Finite temperature, shot noise and thermopower against closed forms."""

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.transport.thermo import fano_factor, thermoelectric, transport_integrals
from sekkei.units import BOLTZMANN_EV_PER_K

pytestmark = pytest.mark.physics

WIDE = np.linspace(-1.0, 1.0, 4001)


@pytest.mark.parametrize("temperature", [4.2, 77.0, 300.0])
def test_a_constant_transmission_obeys_wiedemann_and_franz(temperature: float) -> None:
    found = thermoelectric(WIDE, np.full(WIDE.size, 2.5), temperature)

    assert found.conductance_g0 == pytest.approx(2.5, rel=1e-6)
    assert found.seebeck_uv_per_k == pytest.approx(0.0, abs=1e-9)
    # kappa / (G T) = pi^2 k_B^2 / (3 e^2): the Lorenz number.
    assert found.lorenz == pytest.approx(1.0, rel=5e-5)


@pytest.mark.parametrize("slope", [0.8, -0.3])
def test_a_linear_transmission_has_the_thermopower_of_mott(slope: float) -> None:
    # S = -(pi^2 / 3) (k_B / e) k_B T T'(mu) / T(mu) is exact for T(E) = a + b E.
    found = thermoelectric(WIDE, 1.2 + slope * WIDE, 100.0)

    k = BOLTZMANN_EV_PER_K
    mott = -(np.pi**2) / 3.0 * k * (k * 100.0) * slope / 1.2 * 1e6
    assert found.seebeck_uv_per_k == pytest.approx(mott, rel=5e-5)
    assert np.sign(found.seebeck_uv_per_k) == -np.sign(slope)


def test_a_step_conducts_half_and_has_its_textbook_thermopower() -> None:
    # T = 1 above mu: L0 = 1/2, L1 = kT ln 2, so S = -2 ln 2 k_B / e = -119.5 uV/K.
    step = (WIDE >= 0.0).astype(float)

    found = thermoelectric(WIDE, step, 100.0)

    assert found.conductance_g0 == pytest.approx(0.5, abs=0.02)
    assert found.seebeck_uv_per_k == pytest.approx(-2.0 * np.log(2.0) * 86.1733, rel=0.02)


def test_a_narrow_resonance_breaks_wiedemann_and_franz() -> None:
    # Mahan and Sofo, PNAS 93, 7436 (1996), doi:10.1073/pnas.93.15.7436: a delta carries no heat.
    narrow = np.exp(-0.5 * ((WIDE - 0.05) / 0.002) ** 2)

    found = thermoelectric(WIDE, narrow, 300.0)

    # All electrons carry 0.05 eV: S = -(E - mu) / (e T).
    assert found.seebeck_uv_per_k == pytest.approx(-0.05 / 300.0 * 1e6, rel=0.01)
    assert found.lorenz < 0.01


def test_a_cold_junction_conducts_what_it_transmits_at_the_fermi_level() -> None:
    grid = np.linspace(-0.5, 0.5, 101)
    values = 1.0 + 0.3 * np.sin(7.0 * grid + 0.4)

    first, _, _ = transport_integrals(grid, values, 0.1)

    assert first == pytest.approx(values[50], abs=1e-4)


def test_shot_noise_of_known_contacts() -> None:
    # Open channels are silent, tunnelling ones have the full noise, and two halves the half of it.
    assert fano_factor(np.array([1.0, 1.0, 1.0])) == 0.0
    assert fano_factor(np.array([1e-6])) == pytest.approx(1.0, abs=1e-5)
    assert fano_factor(np.array([0.5, 0.5])) == 0.5


def test_a_chaotic_contact_has_a_third_of_the_noise() -> None:
    # Diffusive wire: P(T) ~ 1 / (T sqrt(1 - T)), F = 1/3.
    # Beenakker and Buttiker, Phys. Rev. B 46, 1889 (1992), doi:10.1103/PhysRevB.46.1889.
    x = np.linspace(0.0, 12.0, 200001)

    assert fano_factor(1.0 / np.cosh(x) ** 2) == pytest.approx(1.0 / 3.0, abs=1e-4)


@pytest.mark.parametrize("temperature", [0.0, -3.0, float("nan")])
def test_no_temperature_is_refused(temperature: float) -> None:
    with pytest.raises(InvalidInputError, match="temperature must be positive"):
        thermoelectric(WIDE, np.ones(WIDE.size), temperature)


def test_a_grid_that_ends_within_the_thermal_window_is_refused() -> None:
    grid = np.linspace(-0.5, 0.5, 101)

    with pytest.raises(InvalidInputError, match=r"must reach 0.552 eV to both sides at 400 K"):
        thermoelectric(grid, np.ones(101), 400.0)


def test_a_junction_that_does_not_conduct_has_no_thermopower() -> None:
    with pytest.raises(InvalidInputError, match="a junction that conducts"):
        thermoelectric(WIDE, np.zeros(WIDE.size), 100.0)


@pytest.mark.parametrize("channels", [[], [0.0, 0.0], [1.2], [-0.1, 0.5]])
def test_what_are_no_channels_is_refused(channels: list[float]) -> None:
    with pytest.raises(InvalidInputError, match="transmissions between 0 and 1"):
        fano_factor(np.array(channels, dtype=float))
