"""The same work by ``ase.transport``."""

from dataclasses import dataclass

import numpy as np
from ase.transport.calculators import TransportCalculator

from sekkei.bench.wire import LOSS_EV, Wire
from sekkei.shapes import Complex, Float
from sekkei.transport.kernel.landauer import SelfEnergies


def ase_transmission(
    wire: Wire, energies: Float[np.ndarray, " energy"], leads: SelfEnergies | None = None
) -> np.ndarray:
    """Transmission of a wire.

    Each call starts anew, because the calculator keeps what it has computed.

    Parameters
    ----------
    wire
        With its leads.
    energies
        In eV.
    leads
        Self-energies, which it takes instead of its own; it cannot keep them from one junction to
        the next by itself.
    """
    h_lead, s_lead = (_two_layers(wire, name) for name in ("hamiltonian", "overlap"))
    calculator = TransportCalculator(
        h=wire.hamiltonian,
        s=wire.overlap,
        h1=h_lead,
        s1=s_lead,
        h2=h_lead,
        s2=s_lead,
        energies=energies,
        align_bf=None,
        eta=1e-12,  # must be positive; the leads carry the loss
        eta1=LOSS_EV,
        eta2=LOSS_EV,
        logfile=None,
    )
    if leads is not None:
        calculator.initialize()
        n, n_layer = len(wire.hamiltonian), wire.n_layer
        calculator.selfenergies = calculator.greenfunction.selfenergies = [
            _Known(energies, leads.left.numpy(), slice(0, n_layer), n),
            _Known(energies, leads.right.numpy(), slice(n - n_layer, n), n),
        ]
    return np.asarray(calculator.get_transmission())


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A self-energy in the form that the calculator wants."""

    energies: Float[np.ndarray, " energy"]
    sigma: Complex[np.ndarray, "energy layer layer"]
    where: slice
    n_orbital: int

    def retarded(self, energy: float) -> Complex[np.ndarray, "orbital orbital"]:
        matrix = np.zeros((self.n_orbital, self.n_orbital), dtype=complex)
        matrix[self.where, self.where] = self.sigma[self.energies.searchsorted(energy)]
        return matrix

    def get_lambda(self, energy: float) -> Complex[np.ndarray, "orbital orbital"]:
        sigma = self.retarded(energy)
        return np.asarray(1j * (sigma - sigma.T.conj()))


def _two_layers(wire: Wire, name: str) -> Float[np.ndarray, "two_layer two_layer"]:
    onsite, coupling = wire.lead(name)
    return np.block([[onsite, coupling], [coupling.T, onsite]])
