"""Eigenchannels and local densities against closed forms."""

import numpy as np
import pytest
import torch

from sekkei.bench.wire import make_wire
from sekkei.errors import InvalidInputError
from sekkei.transport.kernel.density import local_density
from sekkei.transport.kernel.eigenchannels import channel_transmissions, scattering_states
from sekkei.transport.kernel.landauer import SelfEnergies, transmission

pytestmark = pytest.mark.physics


def chain_leads(energies: torch.Tensor, hopping: float = 1.0) -> SelfEnergies:
    """Half-infinite chains: Sigma = (E - i sqrt(4 t^2 - E^2)) / 2."""
    root = torch.sqrt(4.0 * hopping**2 - energies**2)
    sigma = torch.complex(energies / 2.0, -root / 2.0)[:, None, None]
    return SelfEnergies(left=sigma, right=sigma)


def chain(onsite: list[float], hoppings: list[float]) -> torch.Tensor:
    h = torch.diag(torch.tensor(onsite, dtype=torch.float64))
    t = torch.tensor(hoppings, dtype=torch.float64)
    return h + torch.diag(t, 1) + torch.diag(t, -1)


def identity(n: int) -> torch.Tensor:
    return torch.eye(n, dtype=torch.float64)


GRID = torch.linspace(-1.5, 1.5, 7, dtype=torch.float64)


def test_a_single_level_transmits_as_breit_and_wigner_say() -> None:
    # T = G_L G_R / ((E - e)^2 + ((G_L + G_R) / 2)^2) for a level in wide bands.
    gamma_left, gamma_right, level = 0.3, 0.1, 0.2
    wide = torch.ones(7, 1, 1, dtype=torch.complex128)
    leads = SelfEnergies(left=-0.5j * gamma_left * wide, right=-0.5j * gamma_right * wide)
    h = torch.full((1, 1), level, dtype=torch.float64)

    channels = channel_transmissions(h, identity(1), leads, GRID)[:, 0]

    width = (gamma_left + gamma_right) / 2.0
    expected = gamma_left * gamma_right / ((GRID - level) ** 2 + width**2)
    np.testing.assert_allclose(channels.numpy(), expected.numpy(), atol=1e-13)


def test_a_single_level_has_a_lorentzian_density() -> None:
    wide = torch.ones(7, 1, 1, dtype=torch.complex128)
    leads = SelfEnergies(left=-0.15j * wide, right=-0.05j * wide)

    found = local_density(torch.zeros(1, 1).double(), identity(1), leads, GRID, torch.tensor([0]))

    # Both spins: 2 / pi * w / (E^2 + w^2) with w = (0.3 + 0.1) / 2, three quarters from the left.
    expected = 2.0 / np.pi * 0.2 / (GRID**2 + 0.04)
    np.testing.assert_allclose(found.total[:, 0].numpy(), expected.numpy(), atol=1e-12)
    np.testing.assert_allclose(found.from_left[:, 0].numpy(), 0.75 * expected.numpy(), atol=1e-12)


def test_a_perfect_chain_has_one_open_channel_and_its_textbook_density() -> None:
    leads, h = chain_leads(GRID), chain([0.0] * 5, [1.0] * 4)

    channels = channel_transmissions(h, identity(5), leads, GRID)
    density = local_density(h, identity(5), leads, GRID, torch.arange(5))

    np.testing.assert_allclose(channels.numpy(), 1.0, atol=1e-12)
    # 2 / (pi sqrt(4 t^2 - E^2)), both spins, on every site, half of it from each side.
    expected = (2.0 / (np.pi * torch.sqrt(4.0 - GRID**2)))[:, None].expand(-1, 5)
    np.testing.assert_allclose(density.total.numpy(), expected.numpy(), atol=1e-12)
    np.testing.assert_allclose(density.from_left.numpy(), expected.numpy() / 2.0, atol=1e-12)


def test_a_barrier_in_a_chain_transmits_as_the_closed_form_says() -> None:
    # One weak bond t': T = 4 a^2 s^2 / ((1 - a^2)^2 + 4 a^2 s^2), a = t'/t, s = sin k.
    # From matching exp(ik) waves across the bond; E = 2 t cos k.
    weak = 0.4
    h = chain([0.0] * 4, [1.0, weak, 1.0])

    values = channel_transmissions(h, identity(4), chain_leads(GRID), GRID)[:, 0]

    sine = 1.0 - GRID**2 / 4.0
    expected = 4.0 * weak**2 * sine / ((1.0 - weak**2) ** 2 + 4.0 * weak**2 * sine)
    np.testing.assert_allclose(values.numpy(), expected.numpy(), atol=1e-12)


def test_two_chains_side_by_side_are_two_channels() -> None:
    grid = GRID[2:5]
    one = chain_leads(grid)
    pair = SelfEnergies(*(x * torch.eye(2).to(torch.complex128) for x in (one.left, one.right)))
    h = torch.zeros(8, 8, dtype=torch.float64)
    h[0::2, 0::2] = chain([0.0, 0.5, 0.0, 0.0], [1.0] * 3)
    h[1::2, 1::2] = chain([0.0, 0.0, 2.0, 0.0], [1.0] * 3)

    found = channel_transmissions(h, identity(8), pair, grid)
    states = scattering_states(h, identity(8), pair.part(torch.tensor([1])), float(grid[1]), 2)

    velocity = 4.0 - grid**2
    expected = torch.stack([velocity / (velocity + e**2) for e in (0.5, 2.0)], dim=-1)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-12)
    np.testing.assert_allclose(states.transmissions.numpy(), expected[1].numpy(), atol=1e-12)
    # Each state lives on its own chain.
    weight = states.states.abs() ** 2
    assert float(weight[0, 1::2].max()) < 1e-20
    assert float(weight[1, 0::2].max()) < 1e-20


@pytest.fixture(scope="module")
def wire():
    made = make_wire(8, 6, seed=1)
    energies = torch.tensor([-0.2, 0.3], dtype=torch.float64)
    h, s = torch.from_numpy(made.hamiltonian), torch.from_numpy(made.overlap)
    return h, s, made.self_energies(energies), energies


def test_channels_of_a_non_orthogonal_device_sum_to_its_transmission(wire) -> None:
    channels = channel_transmissions(*wire)

    np.testing.assert_allclose(
        channels.sum(dim=-1).numpy(), transmission(*wire).numpy(), atol=1e-10
    )
    assert float(channels.max()) <= 1.0 + 1e-6
    assert float(channels.min()) >= 0.0
    assert (channels.diff(dim=-1) <= 0.0).all()


def test_all_states_from_the_left_make_up_the_spectral_function(wire) -> None:
    h, s, leads, energies = wire
    atoms = torch.arange(48) // 4

    states = scattering_states(h, s, leads.part(torch.tensor([1])), float(energies[1]), 12)
    density = local_density(h, s, leads, energies, atoms)

    channels = channel_transmissions(*wire)[1]
    np.testing.assert_allclose(states.transmissions.numpy(), channels.numpy(), atol=1e-9)
    # Two spins, and 1 / 2 pi from the spectral function to the density.
    weight = states.weight(s, atoms).sum(dim=0) / torch.pi
    np.testing.assert_allclose(weight.numpy(), density.from_left[1].numpy(), atol=1e-10)
    both = density.from_left + density.from_right
    # The leads' loss is 1e-6 eV, and there is none inside: nothing else adds to the density.
    np.testing.assert_allclose(both.numpy(), density.total.numpy(), atol=1e-9)


@pytest.mark.parametrize("n_channel", [0, 13])
def test_channels_that_are_not_there_are_refused(wire, n_channel: int) -> None:
    h, s, leads, energies = wire

    with pytest.raises(InvalidInputError, match="1 to 12 channels"):
        scattering_states(h, s, leads.part(torch.tensor([0])), float(energies[0]), n_channel)


def test_states_at_two_energies_at_once_are_refused(wire) -> None:
    h, s, leads, _ = wire

    with pytest.raises(InvalidInputError, match="at one energy"):
        scattering_states(h, s, leads, 0.0, 1)
