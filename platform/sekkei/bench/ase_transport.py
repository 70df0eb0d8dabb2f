"""The same work by ``ase.transport``."""

import numpy as np
from ase.transport.calculators import TransportCalculator
from jaxtyping import Float

from sekkei.bench.wire import LOSS_EV, Wire


def ase_transmission(wire: Wire, energies: Float[np.ndarray, " energy"]) -> np.ndarray:
    """Transmission of a wire, self-energies of its leads included.

    Each call starts anew, because the calculator keeps what it has computed.
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
    return np.asarray(calculator.get_transmission())


def _two_layers(wire: Wire, name: str) -> Float[np.ndarray, "two_layer two_layer"]:
    onsite, coupling = wire.lead(name)
    return np.block([[onsite, coupling], [coupling.T, onsite]])
