"""Self-energies of semi-infinite leads, by decimation.

References
----------
.. [1] M. P. Lopez Sancho, J. M. Lopez Sancho and J. Rubio, J. Phys. F 15, 851 (1985),
   doi:10.1088/0305-4608/15/4/009.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from sekkei.errors import ConvergenceError
from sekkei.shapes import Complex, Float, Inexact, Int
from sekkei.transport.kernel.decimation import decimate

DYSON_TOLERANCE = 1e-4
"""Largest residual of a surface Green function; perfect wires of five metals stay below 1e-5."""

LEVEL_TOLERANCE_EV = 1e-6
"""Largest residual over the Green function itself, where a level of the surface is near.

Such a level is misplaced by no more. A wire of Cs has one 7e-5 eV from an energy of the grid: its
Green function is 15,000/eV there, its residual 1e-3, and yet the perfect wire conducts an integer
to 2e-12.
"""

ENERGIES_AT_ONCE = 16
"""Energies of one decimation: their matrices stay near the processor."""


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

    def to(self, dtype: torch.dtype) -> "SelfEnergies":
        """Return them in another precision."""
        return SelfEnergies(left=self.left.to(dtype), right=self.right.to(dtype))


def surface_green_function(
    onsite: Complex[Tensor, "energy layer layer"],
    coupling: Complex[Tensor, "energy layer layer"],
    coupling_back: Complex[Tensor, "energy layer layer"],
) -> Complex[Tensor, "energy layer layer"]:
    """Surface Green function of a semi-infinite lead, by the decimation of the module.

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
    surface, _ = decimate(onsite, coupling, coupling_back)
    return _checked_inverse(surface, onsite, coupling, coupling_back)


def lead_self_energies(
    hamiltonian: tuple[Inexact[Tensor, "layer layer"], Inexact[Tensor, "layer layer"]],
    overlap: tuple[Inexact[Tensor, "layer layer"], Inexact[Tensor, "layer layer"]],
    energies: Float[Tensor, " energy"],
    broadening: float = 1e-7,
) -> SelfEnergies:
    """Self-energies of the same lead on the left and on the right, from one decimation.

    Parameters
    ----------
    hamiltonian
        ``(H00, H01)`` of a principal layer and from it to the next layer along +z, in eV; complex
        where the lead is periodic across and this is one of its k-points.
    overlap
        ``(S00, S01)``.
    energies
        In eV, on the scale of the Hamiltonian.
    broadening
        Imaginary part of the energy in eV; it costs the same fraction of a G0 at most where
        bands are steep.

    Raises
    ------
    ConvergenceError
        As `surface_green_function`.
    """
    parts = [_both(hamiltonian, overlap, e, broadening) for e in energies.split(ENERGIES_AT_ONCE)]
    return SelfEnergies(
        left=torch.cat([left for left, _ in parts]), right=torch.cat([right for _, right in parts])
    )


def broadening_matrix(
    self_energy: Complex[Tensor, "energy layer layer"],
) -> Complex[Tensor, "energy layer layer"]:
    """Return ``i (Sigma - Sigma^dagger)`` in eV."""
    return 1j * (self_energy - self_energy.mH)


def _both(
    hamiltonian: tuple[Inexact[Tensor, "layer layer"], Inexact[Tensor, "layer layer"]],
    overlap: tuple[Inexact[Tensor, "layer layer"], Inexact[Tensor, "layer layer"]],
    energies: Float[Tensor, " energy"],
    broadening: float,
) -> tuple[Tensor, Tensor]:
    z = (energies + 1j * broadening)[:, None, None]
    onsite = z * overlap[0] - hamiltonian[0]
    forth = z * overlap[1] - hamiltonian[1]
    back = z * overlap[1].mH - hamiltonian[1].mH
    to_right, to_left = decimate(onsite, forth, back)
    right = forth @ _checked_inverse(to_right, onsite, forth, back) @ back
    left = back @ _checked_inverse(to_left, onsite, back, forth) @ forth
    return left, right


def _checked_inverse(
    surface: Complex[Tensor, "energy layer layer"],
    onsite: Complex[Tensor, "energy layer layer"],
    coupling: Complex[Tensor, "energy layer layer"],
    coupling_back: Complex[Tensor, "energy layer layer"],
) -> Complex[Tensor, "energy layer layer"]:
    green: Tensor = torch.linalg.inv(surface)
    identity = torch.eye(green.shape[-1], dtype=green.dtype, device=green.device)
    missed = (onsite - coupling @ green @ coupling_back) @ green - identity
    residuals, sizes = missed.abs().amax(dim=(-2, -1)), green.abs().amax(dim=(-2, -1))
    allowed = torch.clamp(LEVEL_TOLERANCE_EV * sizes, min=DYSON_TOLERANCE)
    is_missed = ~(residuals < allowed)
    if bool(is_missed.any()):
        residual = float(residuals[is_missed].amax())
        raise ConvergenceError(
            f"the electrode's Green function must solve its equation to {DYSON_TOLERANCE:g}, but "
            f"misses it by {residual:.1e}; use a larger broadening",
            residual=residual,
        )
    return green
