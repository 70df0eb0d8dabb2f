"""The Landauer kernel against closed forms and against ASE's own implementation."""

import numpy as np
import pytest
import torch
from ase.transport.calculators import TransportCalculator

from sekkei.errors import ConvergenceError
from sekkei.transport.kernel import self_energy
from sekkei.transport.kernel.landauer import (
    lead_self_energies,
    surface_green_function,
    transmission,
)


def random_wire(seed: int, n_layer: int = 4, n_device: int = 6):
    """Make a lead and a device with a non-orthogonal basis whose layers couple to neighbours."""
    rng = np.random.default_rng(seed)

    def symmetric(n: int, scale: float) -> np.ndarray:
        matrix = rng.normal(0.0, scale, (n, n))
        return (matrix + matrix.T) / 2.0

    h00, h01 = symmetric(n_layer, 0.6), rng.normal(0.0, 0.5, (n_layer, n_layer))
    s00 = np.eye(n_layer) + symmetric(n_layer, 0.02)
    s01 = rng.normal(0.0, 0.02, (n_layer, n_layer))
    n = 2 * n_layer + n_device
    hamiltonian, overlap = np.zeros((n, n)), np.eye(n)
    middle = slice(n_layer, n_layer + n_device)
    hamiltonian[middle, middle] = symmetric(n_device, 0.6)
    for end in (slice(0, n_layer), slice(-n_layer, None)):
        hamiltonian[end, end], overlap[end, end] = h00, s00
        contact = rng.normal(0.0, 0.5, (n_layer, n_device))
        hamiltonian[end, middle], hamiltonian[middle, end] = contact, contact.T
    return (h00, h01), (s00, s01), hamiltonian, overlap


def as_torch(*arrays):
    return tuple(torch.from_numpy(np.ascontiguousarray(array)) for array in arrays)


@pytest.mark.physics
def test_a_perfect_chain_transmits_one_inside_its_band() -> None:
    one, zero = np.eye(1), np.zeros((1, 1))
    energies = torch.linspace(-1.9, 1.9, 40, dtype=torch.float64)
    leads = lead_self_energies(as_torch(zero, one), as_torch(one, zero), energies, 1e-8)
    chain = np.eye(5, k=1) + np.eye(5, k=-1)

    values = transmission(*as_torch(chain, np.eye(5)), leads, energies)

    # The broadening absorbs: a few times 1e-8 over the matrix elements of the band.
    np.testing.assert_allclose(values.numpy(), 1.0, atol=1e-6)


@pytest.mark.physics
def test_the_surface_of_a_chain_has_its_textbook_green_function() -> None:
    # g = (E - i sqrt(4 t^2 - E^2)) / (2 t^2) for hopping t = 1 inside the band.
    energies = np.linspace(-1.5, 1.5, 8)
    z = torch.from_numpy(energies + 1e-9j)[:, None, None]
    hop = -torch.ones_like(z)

    green = surface_green_function(z, hop, hop)[:, 0, 0].numpy()

    expected = (energies - 1j * np.sqrt(4.0 - energies**2)) / 2.0
    np.testing.assert_allclose(green, expected, atol=1e-6)


def surface_with_rounding(monkeypatch, energy: float, rounding: float):
    """Surface Green function of a dimer chain with a level of its end at 0, after rounding.

    Weak bonds 0.5 eV within pairs, strong ones of 1 eV between them: the first site of such a half
    chain holds a level at 0 with the weight 1 - 0.25 (doi:10.1103/PhysRevLett.42.1698).
    """
    decimate = self_energy.decimate

    def rounded(*matrices):
        surface, other = decimate(*matrices)
        surface[:, 0, 0] += rounding
        return surface, other

    monkeypatch.setattr(self_energy, "decimate", rounded)
    pair, between = np.zeros((2, 2)), np.zeros((2, 2))
    pair[0, 1] = pair[1, 0] = -0.5
    between[1, 0] = -1.0
    z = (energy + 1e-9j) * np.eye(2)[None]
    return surface_green_function(*as_torch(z - pair, 0.0 * z - between, 0.0 * z - between.T))


@pytest.mark.physics
def test_a_level_of_the_surface_near_an_energy_is_no_reason_to_refuse(monkeypatch) -> None:
    green = surface_with_rounding(monkeypatch, energy=5e-5, rounding=2e-11)

    np.testing.assert_allclose(green[0, 0, 0].numpy(), 0.75 / 5e-5, rtol=1e-3)


@pytest.mark.physics
def test_a_surface_that_does_not_solve_its_equation_is_refused(monkeypatch) -> None:
    with pytest.raises(ConvergenceError, match=r"must solve its equation to 0\.0001"):
        surface_with_rounding(monkeypatch, energy=0.8, rounding=1e-2)


@pytest.mark.physics
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_kernel_equals_ase_transport_on_the_same_matrices(seed: int) -> None:
    h_lead, s_lead, hamiltonian, overlap = random_wire(seed)
    energies = np.linspace(-1.0, 1.0, 24)
    n = len(h_lead[0])
    # ASE wants two principal layers of each lead, and adds its own broadening.
    two = [np.block([[x[0], x[1]], [x[1].T, x[0]]]) for x in (h_lead, s_lead)]
    reference = TransportCalculator(
        h=hamiltonian,
        s=overlap,
        h1=two[0],
        s1=two[1],
        h2=two[0],
        s2=two[1],
        energies=energies,
        align_bf=None,
        eta=1e-8,
        eta1=1e-8,
        eta2=1e-8,
        logfile=None,
    )

    grid = torch.from_numpy(energies)
    leads = lead_self_energies(as_torch(*h_lead), as_torch(*s_lead), grid, 1e-8)
    ours = transmission(*as_torch(hamiltonian, overlap), leads, grid).numpy()

    np.testing.assert_allclose(ours, reference.get_transmission(), atol=1e-6)
    assert ours.max() > 0.05
    assert n == 4


@pytest.mark.physics
def test_left_to_right_equals_right_to_left() -> None:
    h_lead, s_lead, hamiltonian, overlap = random_wire(3)
    energies = torch.linspace(-1.0, 1.0, 21, dtype=torch.float64)
    # The broadening is absorption on the way, which is not symmetric: keep it below the tolerance.
    forth = lead_self_energies(as_torch(*h_lead), as_torch(*s_lead), energies, 1e-13)
    mirror = [(x[0], np.ascontiguousarray(x[1].T)) for x in (h_lead, s_lead)]
    back = lead_self_energies(as_torch(*mirror[0]), as_torch(*mirror[1]), energies, 1e-13)
    order = np.r_[10:14, 4:10, 0:4]

    there = transmission(*as_torch(hamiltonian, overlap), forth, energies)
    here = transmission(
        *as_torch(hamiltonian[np.ix_(order, order)], overlap[np.ix_(order, order)]), back, energies
    )

    np.testing.assert_allclose(here.numpy(), there.numpy(), atol=1e-10)


@pytest.mark.physics
def test_turning_the_orbitals_of_the_device_changes_nothing() -> None:
    h_lead, s_lead, hamiltonian, overlap = random_wire(4)
    energies = torch.linspace(-1.0, 1.0, 21, dtype=torch.float64)
    leads = lead_self_energies(as_torch(*h_lead), as_torch(*s_lead), energies)
    rotation = np.eye(14)
    rotation[4:10, 4:10] = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))[0]

    still = transmission(*as_torch(hamiltonian, overlap), leads, energies)
    turned = transmission(
        *as_torch(*(rotation.T @ x @ rotation for x in (hamiltonian, overlap))), leads, energies
    )

    np.testing.assert_allclose(turned.numpy(), still.numpy(), atol=1e-10)


def test_the_kernel_is_differentiable() -> None:
    h_lead, s_lead, hamiltonian, overlap = random_wire(5)
    energies = torch.tensor([0.1], dtype=torch.float64)
    leads = lead_self_energies(as_torch(*h_lead), as_torch(*s_lead), energies)
    h, s = as_torch(hamiltonian, overlap)
    onsite = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    site = torch.zeros_like(h)
    site[6, 6] = 1.0

    (slope,) = torch.autograd.grad(transmission(h + onsite * site, s, leads, energies)[0], onsite)

    step = 1e-5
    high, low = (
        float(transmission(h + (0.3 + d) * site, s, leads, energies)[0]) for d in (step, -step)
    )
    assert float(slope) == pytest.approx((high - low) / (2.0 * step), rel=1e-6)


def test_a_green_function_that_lost_its_digits_is_refused() -> None:
    # One site at the middle of its band is a pole of the decimation; 1e-9 eV do not lift it.
    one, zero = as_torch(np.eye(1), np.zeros((1, 1)))

    with pytest.raises(ConvergenceError, match=r"larger broadening|band edge"):
        lead_self_energies((zero, one), (one, zero), torch.tensor([0.0]).double(), 1e-9)
