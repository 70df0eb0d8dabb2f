"""The simplest labeler: a chain with one orbital per atom, whose answer is known in closed form."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import torch
from typing_extensions import override

from sekkei import __version__
from sekkei.arrays import freeze
from sekkei.errors import AtomOverlapError, InvalidInputError
from sekkei.identity import content_hash
from sekkei.shapes import Float
from sekkei.structure.junction import DEVICE, Junction
from sekkei.transport.energy_grid import check_window
from sekkei.transport.kernel.landauer import SelfEnergies, transmission
from sekkei.transport.labeler import Label, Labeler
from sekkei.transport.spectrum import conductance_window

HOPPING_EV = 1.0


@dataclass(frozen=True, slots=True)
class ChainLabeler(Labeler):
    r"""Every atom is one site of a chain along z; sites of the device are shifted by ``onsite``.

    For one device atom :math:`T = v^2 / (v^2 + \epsilon^2)` with :math:`v = \sqrt{4 t^2 - E^2}`.
    A labeler for tests and for trying the machinery, not for physics.
    """

    onsite: float = 0.0
    """On-site energy of device atoms against the leads, in eV."""

    energy_range: float = 0.5
    """Half width of the energy grid in eV."""

    window: float = 0.05
    """Half width of the averaging window in eV."""

    def __post_init__(self) -> None:
        """Refuse what is no finite number, and a window that is wider than the energies."""
        for name in ("onsite", "energy_range", "window"):
            _check_number(name, getattr(self, name))
        try:
            check_window(self.window, self.energy_range)
        except ValueError as error:
            raise InvalidInputError(str(error)) from error

    @property
    @override
    def recipe(self) -> str:
        return content_hash("chain", self.onsite, self.energy_range, self.window)

    @property
    @override
    def engine(self) -> str:
        return f"sekkei chain {__version__}"

    @override
    def label(self, junction: Junction) -> Label:
        started = time.process_time()
        device = self._device_sites(junction)
        energies = np.arange(-50, 51) * self.energy_range / 50.0
        values = _chain_transmission(self.onsite * device, energies)
        return Label(
            energies=freeze(energies),
            transmission=freeze(values),
            conductance=float(values[len(values) // 2]),
            window_conductance=conductance_window(energies, values, self.window),
            window=self.window,
            n_channel=1,
            fermi_level=0.0,
            recipe=self.recipe,
            engine=self.engine,
            cpu_seconds=time.process_time() - started,
            iterations=0,
        )

    def gradient(self, junction: Junction) -> Float[np.ndarray, "atom 3"]:
        """Slope of the conductance by positions: zero, because no hopping depends on them."""
        self._device_sites(junction)
        return np.zeros_like(junction.positions)

    def _device_sites(self, junction: Junction) -> Float[np.ndarray, " site"]:
        z = junction.positions[:, 2]
        order = np.argsort(z, kind="stable")
        gaps = np.diff(z[order])
        if (gaps < 0.1).any():
            i = int(np.argmin(gaps))
            raise AtomOverlapError(
                "atoms of a chain must follow one another along z, but atoms "
                f"{order[i]} and {order[i + 1]} are {gaps[i]:.2f} Å apart; use another labeler"
            )
        return np.asarray(junction.regions[order] == DEVICE, dtype=float)


def _chain_transmission(
    onsite: Sequence[float] | Float[np.ndarray, " site"], energies: Float[np.ndarray, " energy"]
) -> Float[np.ndarray, " energy"]:
    n_site = len(onsite)
    hopping = torch.full((n_site - 1,), HOPPING_EV, dtype=torch.float64)
    hamiltonian = torch.diag(torch.as_tensor(np.asarray(onsite), dtype=torch.float64))
    hamiltonian = hamiltonian + torch.diag(hopping, 1) + torch.diag(hopping, -1)
    grid = torch.as_tensor(energies, dtype=torch.float64)
    # In closed form, because one site has a pole of the decimation in the middle of its band.
    root = torch.sqrt(4.0 * HOPPING_EV**2 - grid**2)
    sigma = torch.complex(grid / 2.0, -root / 2.0)[:, None, None]
    leads = SelfEnergies(left=sigma, right=sigma)
    overlap = torch.eye(n_site, dtype=torch.float64)
    return transmission(hamiltonian, overlap, leads, grid).numpy()


def _check_number(name: str, value: object) -> None:
    if isinstance(value, bool) or not (isinstance(value, Real) and math.isfinite(value)):
        raise InvalidInputError(f"{name} must be a finite number in eV, but found {value!r}")
