r"""Semi-infinite leads of an effective Hamiltonian, and what they owe to its parameters.

The surface Green function g of a lead obeys :math:`g = (z - h - t^T g t)^{-1}`, so that a change
of h and t changes it by

.. math:: dg = F + U\,dg\,V,\quad F = g (dh + dt^T g t + t^T g\,dt) g,\quad U = g t^T,\ V = t g.

V is the transpose of U, so that with :math:`U = X \lambda X^{-1}` the sum of the series is
:math:`X [(X^{-1} F X^{-T})_{ij} / (1 - \lambda_i \lambda_j)] X^T`. What is wanted is the slope of
one number, T of a junction, so that this is done backwards: once a junction, not once a parameter.
"""

from dataclasses import dataclass

import numpy as np
import torch

from sekkei.model.direct.waves.basis import (
    N_ORBITAL,
    hopping_blocks,
    hopping_slopes,
    level_blocks,
    level_slopes,
)
from sekkei.model.direct.waves.survey import Wire
from sekkei.shapes import Complex, Float
from sekkei.transport.kernel.decimation import decimate

_BROADENING_EV = 1e-3
_LEAST_WEIGHT = 3e-3


@dataclass(frozen=True, slots=True, eq=False)
class Lead:
    """The surface of a lead at some energies; its layer next to the device comes first."""

    wire: Wire
    """What it is made of."""

    is_left: bool
    """Whether the device is above it."""

    green: Complex[np.ndarray, "energy orbital orbital"]
    """Surface Green function in 1/eV."""

    states: Float[np.ndarray, "energy orbital channel"]
    """What the spectral function of the surface, -2 Im g, is a product of."""

    energies: Float[np.ndarray, " energy"]
    """In eV against the Fermi level."""

    towards: Float[np.ndarray, "orbital orbital"]
    """Hopping from the layer behind to the surface, in eV."""


class LeadSlopes:
    """How a surface depends on the parameters of its lead."""

    def __init__(self, lead: Lead) -> None:
        """Decompose what a layer adds to the one before."""
        green, towards = lead.green, lead.towards
        sizes, self._axes = np.linalg.eig(green @ towards.T)
        self._sum = 1.0 / (1.0 - sizes[:, :, None] * sizes[:, None, :])
        self._turned = np.linalg.solve(self._axes, green)
        self._after = green @ towards
        self.lead = lead

    def __call__(
        self, slopes: Complex[np.ndarray, "energy orbital orbital"]
    ) -> Float[np.ndarray, "energy parameter"]:
        """Return slopes of Re Tr[slopes g] by the parameters."""
        summed = (self._axes.swapaxes(1, 2) @ slopes @ self._axes) * self._sum
        inside = self._turned.swapaxes(1, 2) @ summed @ self._turned
        onwards = (self._after @ (inside + inside.swapaxes(1, 2))).real
        forward = onwards if self.lead.is_left else onwards.swapaxes(1, 2)
        return wire_slopes(self.lead.wire, inside.real, forward)


def open_lead(
    wire: Wire,
    parameters: Float[np.ndarray, " parameter"],
    energies: Float[np.ndarray, " energy"],
    *,
    is_left: bool,
) -> Lead:
    """Compute the surface of a lead at some energies in eV against the Fermi level.

    Raises
    ------
    ConvergenceError
        If a decimation does not end.
    """
    inside, forward = wire_matrices(wire, parameters)
    towards = forward if is_left else forward.T
    n = len(inside)
    z = (energies + 1j * _BROADENING_EV)[:, None, None] * np.eye(n)
    # From the surface the lead goes on to the layer behind, by the hopping back.
    behind, onwards = (np.broadcast_to(-t, z.shape).astype(complex) for t in (towards.T, towards))
    inverse, _ = decimate(*map(torch.from_numpy, (z - inside, behind, onwards)))
    green = np.linalg.inv(inverse.numpy())
    sizes, axes = np.linalg.eigh(-(green + green.swapaxes(1, 2)).imag)
    n_kept = max(1, int((sizes > _LEAST_WEIGHT * sizes.max()).sum(axis=1).max()))
    weights = np.sqrt(np.clip(sizes[:, None, -n_kept:], 0.0, None))
    return Lead(
        wire=wire,
        is_left=is_left,
        energies=energies,
        green=green,
        states=axes[:, :, -n_kept:] * weights,
        towards=towards,
    )


def wire_matrices(
    wire: Wire, parameters: Float[np.ndarray, " parameter"]
) -> tuple[Float[np.ndarray, "orbital orbital"], Float[np.ndarray, "orbital orbital"]]:
    """Return the Hamiltonian within a layer and from it to the next one along +z, in eV."""
    n, here = len(wire.numbers), np.arange(len(wire.numbers))
    inside, forward = np.zeros((2, n, N_ORBITAL, n, N_ORBITAL))
    inside[here, :, here] = level_blocks(parameters, wire.atoms)
    blocks = hopping_blocks(parameters, wire.inside)
    inside[wire.inside.first, :, wire.inside.second] = blocks
    inside[wire.inside.second, :, wire.inside.first] = blocks.swapaxes(1, 2)
    forward[wire.forward.first, :, wire.forward.second] = hopping_blocks(parameters, wire.forward)
    shape = n * N_ORBITAL, n * N_ORBITAL
    return inside.reshape(shape), forward.reshape(shape)


def wire_slopes(
    wire: Wire,
    inside: Float[np.ndarray, "item orbital orbital"],
    forward: Float[np.ndarray, "item orbital orbital"],
) -> Float[np.ndarray, "item parameter"]:
    """Return slopes by the parameters from slopes by the two `wire_matrices`."""
    n, here = len(wire.numbers), np.arange(len(wire.numbers))
    shape = len(inside), n, N_ORBITAL, n, N_ORBITAL
    within, onward = (x.reshape(shape).transpose(0, 1, 3, 2, 4) for x in (inside, forward))
    first, second = wire.inside.first, wire.inside.second
    both = within[:, first, second] + within[:, second, first].swapaxes(2, 3)
    found = level_slopes(within[:, here, here], wire.atoms)
    found += hopping_slopes(both, wire.inside)
    found += hopping_slopes(onward[:, wire.forward.first, wire.forward.second], wire.forward)
    return found
