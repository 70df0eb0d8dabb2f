"""Transmission in single precision where that holds, and in double precision where not.

complex64 needs half the memory and about half the time. Whether it holds depends on how near an
energy is to a resonance; so some energies are computed in both precisions, the worst-looking among
them, and the whole spectrum falls back if one of them misses. What happened is in the answer.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from sekkei.shapes import Float, Inexact, Int
from sekkei.transport.kernel.landauer import Plan, plan_road, transmission
from sekkei.transport.kernel.self_energy import SelfEnergies

Precision = Literal["complex64", "complex128"]

SINGLE_TOLERANCE = 1e-5
"""Largest error that single precision may make at a checked energy: of T, or of 1 where T < 1.

Rounding grows with the number of open channels; a bound on the error itself would refuse single
precision to every wide wire, whose labels need it most.
"""

SMALLEST_SINGLE = 400
"""Orbitals of a device below which complex64 saves less than its check costs."""

N_CHECKED = 3
"""Energies of each kind that are checked: evenly spread, and the steepest ones."""


@dataclass(frozen=True, slots=True, eq=False)
class CheckedTransmission:
    """A transmission and how it was computed."""

    values: Float[Tensor, "*junction energy"]
    """In double precision, whatever the arithmetic was."""

    precision: Precision
    """Of the arithmetic behind ``values``."""

    deviation: float | None
    """Largest difference between the two precisions at the checked energies, over max(1, T).

    None where complex64 was not tried.
    """

    plan: Plan
    """The road that was taken."""

    @property
    def report(self) -> str:
        """Say all that in one line."""
        if self.deviation is None:
            return f"{self.plan.road}, complex128: too small for complex64; {self.plan.reason}"
        held = "held" if self.precision == "complex64" else "missed, hence complex128"
        return (
            f"{self.plan.road}, {self.precision}: complex64 {held}, "
            f"off by {self.deviation:.1e} of max(1, T) where checked; {self.plan.reason}"
        )


def transmission_in_single(  # noqa: PLR0913  (what may be single, and when)
    hamiltonian: Inexact[Tensor, "*junction orbital orbital"],
    overlap: Inexact[Tensor, "*junction orbital orbital"],
    leads: SelfEnergies,
    energies: Float[Tensor, " energy"],
    plan: Plan | None = None,
    *,
    tolerance: float = SINGLE_TOLERANCE,
    smallest: int = SMALLEST_SINGLE,
) -> CheckedTransmission:
    """Transmission by complex64, verified, or by complex128 if it is small or that fails.

    Parameters
    ----------
    hamiltonian, overlap, leads, energies, plan
        As for `transmission`, in double precision.
    tolerance
        Of T, or of 1 where T is smaller.
    smallest
        Orbitals below which complex64 is not tried.
    """
    chosen = plan or plan_road(hamiltonian, overlap, leads.left.shape[-1])
    if hamiltonian.shape[-1] < smallest:
        values = transmission(hamiltonian, overlap, leads, energies, chosen)
        return CheckedTransmission(values, "complex128", None, chosen)
    single = transmission(hamiltonian, overlap, leads.to(torch.complex64), energies, chosen)
    single = single.to(torch.float64)
    checked = _doubtful(single.detach())
    with torch.no_grad():
        double = transmission(hamiltonian, overlap, leads.part(checked), energies[checked], chosen)
        deviation = float(((single[..., checked] - double).abs() / double.clamp(min=1.0)).amax())
    if deviation < tolerance:
        return CheckedTransmission(single, "complex64", deviation, chosen)
    values = transmission(hamiltonian, overlap, leads, energies, chosen)
    return CheckedTransmission(values, "complex128", deviation, chosen)


def _doubtful(values: Float[Tensor, "*junction energy"]) -> Int[Tensor, " checked"]:
    """Return indices that are spread evenly, and those where some T(E) bends most."""
    n = values.shape[-1]
    spread = torch.linspace(0, n - 1, min(n, N_CHECKED)).round().long()
    if n < 3:
        return spread
    bend = torch.diff(values, n=2, dim=-1).abs().reshape(-1, n - 2).amax(dim=0)
    # NaN, which overflow leaves, counts as the largest and is never within the tolerance.
    sharp = bend.topk(min(N_CHECKED, n - 2)).indices + 1
    return torch.cat([spread, sharp])
