r"""The Landauer kernel: H and S in a non-orthogonal basis to transmission.

Everything works on a batch of energies at once, in double precision, and is differentiable in
the matrices. Shapes name their axes: ``energy``, ``orbital`` (of the device, leads included) and
``layer`` (orbitals of one principal layer).

References
----------
.. [1] M. P. Lopez Sancho, J. M. Lopez Sancho and J. Rubio, J. Phys. F 15, 851 (1985),
   doi:10.1088/0305-4608/15/4/009.
.. [2] Y. Meir and N. S. Wingreen, Phys. Rev. Lett. 68, 2512 (1992),
   doi:10.1103/PhysRevLett.68.2512.
.. [3] K. S. Thygesen and K. W. Jacobsen, Chem. Phys. 319, 111 (2005),
   doi:10.1016/j.chemphys.2005.05.032 (non-orthogonal basis).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float, Int
from torch import Tensor

from sekkei.errors import ConvergenceError

DECIMATION_STEPS = 60
"""Doublings of the lead; 2^60 layers are far beyond any decay length that ``broadening`` allows."""


DYSON_TOLERANCE = 1e-4
"""Largest residual of a surface Green function; perfect wires of five metals stay below 1e-5."""


@dataclass(frozen=True, slots=True, eq=False)
class SelfEnergies:
    """What two semi-infinite leads do to the layers that they touch, on a grid of energies."""

    left: Complex[Tensor, "energy layer layer"]
    """Retarded self-energy on the first principal layer, in eV."""

    right: Complex[Tensor, "energy layer layer"]
    """Retarded self-energy on the last principal layer, in eV."""

    def part(self, chunk: Int[Tensor, " chunk"]) -> "SelfEnergies":
        """Return the self-energies at some of the energies."""
        return SelfEnergies(left=self.left[chunk], right=self.right[chunk])


def surface_green_function(
    onsite: Complex[Tensor, "energy layer layer"],
    coupling: Complex[Tensor, "energy layer layer"],
    coupling_back: Complex[Tensor, "energy layer layer"],
) -> Complex[Tensor, "energy layer layer"]:
    """Surface Green function of a semi-infinite lead by decimation [1]_ of the module.

    Parameters
    ----------
    onsite
        ``z S00 - H00`` of one principal layer.
    coupling
        ``z S01 - H01`` from a layer to the next one into the lead.
    coupling_back
        ``z S10 - H10``.

    Raises
    ------
    ConvergenceError
        If the remaining coupling does not vanish, or the result does not solve Dyson's equation:
        near a pole of the decimation a small broadening costs all digits.
    """
    surface, bulk, forth, back = onsite, onsite, coupling, coupling_back
    scale = coupling.abs().amax()
    for _ in range(DECIMATION_STEPS):
        # One factorisation of the bulk block serves both products.
        solved = torch.linalg.solve(bulk, torch.cat([forth, back], dim=-1))
        to_forth, to_back = solved.split(forth.shape[-1], dim=-1)
        surface = surface - forth @ to_back
        bulk = bulk - forth @ to_back - back @ to_forth
        forth, back = forth @ to_forth, back @ to_back
        if max(forth.abs().amax(), back.abs().amax()) < 1e-14 * scale:
            green: Tensor = torch.linalg.inv(surface)
            _check_dyson(green, onsite, coupling, coupling_back)
            return green
    raise ConvergenceError(
        "the decimation of the electrode must converge, but the coupling left is "
        f"{float(forth.abs().amax()):.1e} eV; is an energy exactly at a band edge?"
    )


def _check_dyson(
    green: Complex[Tensor, "energy layer layer"],
    onsite: Complex[Tensor, "energy layer layer"],
    coupling: Complex[Tensor, "energy layer layer"],
    coupling_back: Complex[Tensor, "energy layer layer"],
) -> None:
    identity = torch.eye(green.shape[-1], dtype=green.dtype, device=green.device)
    residual = float(
        (onsite @ green - coupling @ green @ coupling_back @ green - identity).abs().amax()
    )
    if not residual < DYSON_TOLERANCE:
        raise ConvergenceError(
            f"the electrode's Green function must solve its equation to {DYSON_TOLERANCE:g}, but "
            f"misses it by {residual:.1e}; use a larger broadening",
            residual=residual,
        )


def lead_self_energies(
    hamiltonian: tuple[Float[Tensor, "layer layer"], Float[Tensor, "layer layer"]],
    overlap: tuple[Float[Tensor, "layer layer"], Float[Tensor, "layer layer"]],
    energies: Float[Tensor, " energy"],
    broadening: float = 1e-7,
) -> SelfEnergies:
    """Self-energies of the same lead on the left and on the right.

    Parameters
    ----------
    hamiltonian
        ``(H00, H01)`` of a principal layer and from it to the next layer along +z, in eV.
    overlap
        ``(S00, S01)``.
    energies
        In eV, on the scale of the Hamiltonian.
    broadening
        Imaginary part of the energy in eV; it costs the same fraction of a G0 at most where
        bands are steep.
    """
    z = (energies + 1j * broadening)[:, None, None]
    onsite = z * overlap[0] - hamiltonian[0]
    forth = z * overlap[1] - hamiltonian[1]
    back = z * overlap[1].mT - hamiltonian[1].mT
    right = forth @ surface_green_function(onsite, forth, back) @ back
    left = back @ surface_green_function(onsite, back, forth) @ forth
    return SelfEnergies(left=left, right=right)


def transmission(
    hamiltonian: Float[Tensor, "orbital orbital"],
    overlap: Float[Tensor, "orbital orbital"],
    leads: SelfEnergies,
    energies: Float[Tensor, " energy"],
) -> Float[Tensor, " energy"]:
    r"""Transmission of a device whose first and last layers touch the leads.

    .. math:: T(E) = \mathrm{Tr}[\Gamma_L G^r \Gamma_R G^a], \quad
              G^r = [E S - H - \Sigma_L - \Sigma_R]^{-1}

    Parameters
    ----------
    hamiltonian, overlap
        Of the device, principal layers of both leads included; energies in eV.
    leads
        Self-energies on the same grid of energies.
    energies
        In eV, on the scale of the Hamiltonian.
    """
    matrix = green_inverse(hamiltonian, overlap, leads, energies)
    n_layer = leads.left.shape[-1]
    # Only the columns of the last layer are needed: O(n^2 layer) beside one factorisation.
    right_columns = torch.zeros(len(hamiltonian), n_layer, dtype=matrix.dtype, device=matrix.device)
    right_columns[-n_layer:] = torch.eye(n_layer, dtype=matrix.dtype, device=matrix.device)
    green = torch.linalg.solve(matrix, right_columns.expand(len(energies), -1, -1))[:, :n_layer]
    inner = broadening_matrix(leads.left) @ green @ broadening_matrix(leads.right)
    # Tr[A B^dagger] as an elementwise sum: one product less.
    traced: Tensor = (inner * green.conj()).sum(dim=(-2, -1)).real
    return traced


def green_inverse(
    hamiltonian: Float[Tensor, "orbital orbital"],
    overlap: Float[Tensor, "orbital orbital"],
    leads: SelfEnergies,
    energies: Float[Tensor, " energy"],
) -> Complex[Tensor, "energy orbital orbital"]:
    """Return ``E S - H - Sigma_L - Sigma_R`` at each energy, in eV."""
    n_layer = leads.left.shape[-1]
    matrix = (energies[:, None, None] * overlap - hamiltonian).to(leads.left.dtype)
    matrix[:, :n_layer, :n_layer] -= leads.left
    matrix[:, -n_layer:, -n_layer:] -= leads.right
    return matrix


def broadening_matrix(
    self_energy: Complex[Tensor, "energy layer layer"],
) -> Complex[Tensor, "energy layer layer"]:
    """Return ``i (Sigma - Sigma^dagger)`` in eV."""
    return 1j * (self_energy - self_energy.mH)
