r"""The Landauer kernel: H and S in a non-orthogonal basis to transmission.

Everything works on a batch of energies, and of junctions, at once and is differentiable in the
matrices. Shapes name their axes: ``junction`` (of equal size; may be absent), ``energy``,
``orbital`` (of the device, leads included) and ``layer`` (orbitals of one principal layer).

Two roads lead to the same numbers: one dense solve, or the elimination of slice after slice. Which
one is cheaper follows from the sparsity; `plan_road` says what it chose and why.

References
----------
.. [1] Y. Meir and N. S. Wingreen, Phys. Rev. Lett. 68, 2512 (1992),
   doi:10.1103/PhysRevLett.68.2512.
.. [2] K. S. Thygesen and K. W. Jacobsen, Chem. Phys. 319, 111 (2005),
   doi:10.1016/j.chemphys.2005.05.032 (non-orthogonal basis).
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from sekkei.errors import InvalidInputError
from sekkei.shapes import Complex, Float, Inexact
from sekkei.transport.kernel.block_tridiagonal import corner_by_slices, last_columns
from sekkei.transport.kernel.self_energy import (
    DYSON_TOLERANCE,
    SelfEnergies,
    broadening_matrix,
    lead_self_energies,
    surface_green_function,
)
from sekkei.transport.kernel.slicing import (
    Slicing,
    dense_cost,
    elimination_cost,
    find_slicing,
    sparsity,
)

__all__ = [
    "DYSON_TOLERANCE",
    "Plan",
    "Road",
    "SelfEnergies",
    "broadening_matrix",
    "corner_green_function",
    "green_inverse",
    "lead_self_energies",
    "plan_road",
    "surface_green_function",
    "transmission",
]

Road = Literal["auto", "dense", "block-tridiagonal"]

WORTH_SLICING = 0.7
"""Slices are taken if they cost less than this fraction of a dense solve."""

SMALLEST_SLICED = 24
"""Orbitals of a device below which calls cost more than arithmetic."""

DENSE_AT_ONCE_BYTES, SLICES_AT_ONCE_BYTES = 2**23, 2**25
"""Matrices held at a time: few enough to stay near the processor, as measured on one."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How a transmission is computed."""

    slicing: Slicing | None
    """Slices of the block elimination; None for a dense solve."""

    reason: str
    """Why, in one line."""

    @property
    def road(self) -> Road:
        """Name of the road."""
        return "dense" if self.slicing is None else "block-tridiagonal"


def transmission(
    hamiltonian: Inexact[Tensor, "*junction orbital orbital"],
    overlap: Inexact[Tensor, "*junction orbital orbital"],
    leads: SelfEnergies,
    energies: Float[Tensor, " energy"],
    plan: Plan | None = None,
) -> Float[Tensor, "*junction energy"]:
    r"""Transmission of a device whose first and last layers touch the leads.

    .. math:: T(E) = \mathrm{Tr}[\Gamma_L G^r \Gamma_R G^a], \quad
              G^r = [E S - H - \Sigma_L - \Sigma_R]^{-1}

    Parameters
    ----------
    hamiltonian, overlap
        Of the device, principal layers of both leads included; energies in eV. Real or complex
        Hermitian; of one junction, or of several between the same leads.
    leads
        Self-energies on the same grid of energies.
    energies
        In eV, on the scale of the Hamiltonian.
    plan
        From `plan_road`, which chooses if there is none.
    """
    chosen = plan or plan_road(hamiltonian, overlap, leads.left.shape[-1])
    h, s = _in_order(hamiltonian, chosen), _in_order(overlap, chosen)
    parts = []
    for chunk in torch.arange(len(energies)).split(_energies_at_once(hamiltonian, chosen)):
        part = leads.part(chunk)
        green = _corner(h, s, part, energies[chunk], chosen)
        inner = broadening_matrix(part.left) @ green @ broadening_matrix(part.right)
        # Tr[A B^dagger] as an elementwise sum: one product less.
        parts.append((inner * green.conj()).sum(dim=(-2, -1)).real)
    return torch.cat(parts, dim=-1)


def corner_green_function(
    hamiltonian: Inexact[Tensor, "*junction orbital orbital"],
    overlap: Inexact[Tensor, "*junction orbital orbital"],
    leads: SelfEnergies,
    energies: Float[Tensor, " energy"],
    plan: Plan,
) -> Complex[Tensor, "*junction energy layer layer"]:
    """Retarded Green function from the last layer to the first one, in 1/eV."""
    h, s = _in_order(hamiltonian, plan), _in_order(overlap, plan)
    return _corner(h, s, leads, energies, plan)


def green_inverse(
    hamiltonian: Inexact[Tensor, "*junction orbital orbital"],
    overlap: Inexact[Tensor, "*junction orbital orbital"],
    leads: SelfEnergies,
    energies: Float[Tensor, " energy"],
) -> Complex[Tensor, "*junction energy orbital orbital"]:
    """Return ``E S - H - Sigma_L - Sigma_R`` at each energy, in eV."""
    n_layer = leads.left.shape[-1]
    # In double precision up to the conversion: E S and H cancel.
    difference = energies[:, None, None] * overlap.unsqueeze(-3) - hamiltonian.unsqueeze(-3)
    matrix = difference.to(leads.left.dtype)
    matrix[..., :n_layer, :n_layer] -= leads.left
    matrix[..., -n_layer:, -n_layer:] -= leads.right
    return matrix


def plan_road(
    hamiltonian: Inexact[Tensor, "*junction orbital orbital"],
    overlap: Inexact[Tensor, "*junction orbital orbital"],
    n_layer: int,
    road: Road = "auto",
    negligible_ev: float = 0.0,
) -> Plan:
    """Choose how to compute a transmission, from the sparsity of H and S.

    Parameters
    ----------
    hamiltonian, overlap
        Of one junction, or of several that shall go in one batch.
    n_layer
        Orbitals of a principal layer.
    road
        ``auto`` takes the cheaper one.
    negligible_ev
        Elements up to this size are dropped where they reach beyond neighbours; 0 drops none.

    Raises
    ------
    InvalidInputError
        If slices are asked for and the leads are not apart.
    """
    n = hamiltonian.shape[-1]
    if road == "dense":
        return Plan(None, "asked for")
    if road == "auto" and n < SMALLEST_SLICED:
        return Plan(None, f"{n} orbitals are fewer than {SMALLEST_SLICED}")
    slicing = find_slicing(sparsity(hamiltonian, overlap, negligible_ev), n_layer)
    if slicing is None and road == "block-tridiagonal":
        raise InvalidInputError(
            f"slices need two layers of {n_layer} orbitals that are apart, but the device has "
            f"{n} orbitals; use road='auto' or a longer device"
        )
    if slicing is None:
        return Plan(None, f"{n} orbitals hold no two layers of {n_layer}")
    ratio = elimination_cost(slicing.sizes, n_layer) / dense_cost(n, n_layer)
    reason = f"slices of {slicing.sizes} orbitals cost {ratio:.2f} of a dense solve"
    if road == "auto" and ratio > WORTH_SLICING:
        return Plan(None, reason)
    return Plan(slicing, reason)


def _in_order(matrix: Tensor, plan: Plan) -> Tensor:
    if plan.slicing is None:
        return matrix
    order = torch.from_numpy(plan.slicing.order).to(matrix.device)
    return matrix[..., order[:, None], order[None, :]]


def _corner(
    hamiltonian: Inexact[Tensor, "*junction orbital orbital"],
    overlap: Inexact[Tensor, "*junction orbital orbital"],
    leads: SelfEnergies,
    energies: Float[Tensor, " energy"],
    plan: Plan,
) -> Complex[Tensor, "*junction energy layer layer"]:
    if plan.slicing is not None:
        return corner_by_slices(hamiltonian, overlap, leads, energies, plan.slicing)
    matrix = green_inverse(hamiltonian, overlap, leads, energies)
    n_layer = leads.left.shape[-1]
    # Only the columns of the last layer are needed: O(n^2 layer) beside one factorisation.
    solved: Tensor = torch.linalg.solve(matrix, last_columns(matrix, n_layer))
    return solved[..., :n_layer, :]


def _energies_at_once(hamiltonian: Tensor, plan: Plan) -> int:
    n, n_junction = hamiltonian.shape[-1], hamiltonian[..., 0, 0].numel()
    if plan.slicing is None:
        return max(1, DENSE_AT_ONCE_BYTES // (16 * n * n * n_junction))
    held = 3 * sum(size**2 for size in plan.slicing.sizes)
    return max(1, SLICES_AT_ONCE_BYTES // (16 * held * n_junction))
