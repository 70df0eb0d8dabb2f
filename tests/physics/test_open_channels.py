"""Transmission in real numbers against that of the complex matrices."""

import numpy as np
import pytest
import torch

from sekkei.bench.wire import make_wire
from sekkei.transport.kernel.landauer import plan_road, transmission
from sekkei.transport.kernel.open_channels import OpenChannels, channel_transmission
from sekkei.transport.kernel.slicing import find_slicing, sparsity

GRID = torch.linspace(-0.5, 0.5, 9, dtype=torch.float64)


@pytest.fixture(scope="module")
def wire():
    made = make_wire(10, 6, seed=1)
    leads = made.self_energies(GRID)
    return torch.from_numpy(made.hamiltonian), torch.from_numpy(made.overlap), leads


@pytest.mark.physics
def test_open_channels_conduct_what_the_whole_self_energy_does(wire) -> None:
    h, s, leads = wire
    slicing = find_slicing(sparsity(h, s), leads.left.shape[-1])
    assert slicing is not None

    found = channel_transmission(h, s, OpenChannels.of(leads), GRID, slicing)

    wanted = transmission(h, s, leads, GRID, plan_road(h, s, 12, "dense"))
    # Closed channels absorb a little, because energies are broadened.
    np.testing.assert_allclose(found, wanted, atol=2e-6)
    assert wanted.max() > 0.1


def test_it_can_be_differentiated_by_the_hamiltonian(wire) -> None:
    h, s, leads = wire
    slicing = find_slicing(sparsity(h, s), leads.left.shape[-1])
    assert slicing is not None
    channels, some = OpenChannels.of(leads).part(torch.tensor([4])), GRID[4:5]
    moving = h.clone().requires_grad_()

    (slope,) = torch.autograd.grad(
        channel_transmission(moving, s, channels, some, slicing).sum(), moving
    )

    push = torch.zeros_like(h)
    push[25, 25] = 1e-4
    up, down = (
        channel_transmission(h + way * push, s, channels, some, slicing) for way in (1.0, -1.0)
    )
    assert float(slope[25, 25]) == pytest.approx(float((up - down)[0]) / 2e-4, rel=1e-5)
    assert abs(float(slope[25, 25])) > 1e-6
