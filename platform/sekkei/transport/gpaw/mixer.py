"""A mixer of densities that knows how the atoms of this very structure screen."""

import math
from collections import deque
from typing import Any

import numpy as np
from ase.units import Bohr, Hartree
from gpaw.core import UGDesc
from gpaw.dft import Mixer
from gpaw.mixer.base import BaseMixer
from gpaw.new.density import Density
from typing_extensions import override

from sekkei.shapes import Float, Int
from sekkei.transport.gpaw.numerics import Rung
from sekkei.transport.gpaw.screening import AtomicCharges, bare_response

_ITERATIONS_WITH_RESPONSE = 2
"""The orbitals of the second iteration answer like the converged ones; later ones save nothing."""


class ScreeningMixer(BaseMixer):
    r"""Pulay mixing [1]_ of residuals that were screened by the atoms' own response.

    The residual R of an iteration moves electrons; their potential at the atoms, V, moves others,
    whose potential moves others again. With the interaction :math:`\gamma` of charges on atoms and
    the bare response :math:`\chi`, the charges that follow are
    :math:`q = (1 - \chi\gamma)^{-1}\chi V`, and R together with q is the step that linear response
    asks for. What atoms do inside, which one charge each cannot say, is left to a factor below one
    and to Pulay's history.

    Parameters
    ----------
    grid
        Of the density.
    positions
        Of the atoms, in bohr.
    atoms
        Atom of each orbital, in order.
    rung
        Factor, length of the history, and smearing.
    width
        Standard deviation of the charges on atoms in angstrom.

    References
    ----------
    .. [1] P. Pulay, Chem. Phys. Lett. 73, 393 (1980). doi:10.1016/0009-2614(80)80396-4
    """

    def __init__(
        self,
        grid: UGDesc,
        positions: Float[np.ndarray, "atom 3"],
        atoms: Int[np.ndarray, " orbital"],
        rung: Rung,
        width: float,
    ) -> None:
        self._atoms, self._rung = atoms, rung
        self._volume_element = float(grid.dv)
        self._charges = AtomicCharges(grid, positions, width / Bohr)
        self._interaction = self._charges.interaction()
        self._wave_functions: Any = ()
        self.reset()

    def watch(self, wave_functions: Any) -> None:
        """Say where the orbitals of the calculation will be found."""
        self._wave_functions = wave_functions

    @override
    def reset(self) -> None:
        depth = self._rung.mixer_history
        self._densities: deque[np.ndarray] = deque(maxlen=depth)
        self._residuals: deque[np.ndarray] = deque(maxlen=depth)
        self._steps: deque[np.ndarray] = deque(maxlen=depth)
        self._n_mixed = 0

    @override
    def mix(self, density: Density) -> float:
        """Replace an output density by the next input; return electrons misplaced."""
        values = density.nt_sR.data[0]
        if not self._densities:
            self._densities.append(values.copy())
            return math.inf
        residual = values - self._densities[-1]
        self._n_mixed += 1
        if self._n_mixed <= _ITERATIONS_WITH_RESPONSE:
            self._screening = self._screen()
        charges = self._screening @ self._charges.potential(residual)
        step = self._rung.mixing * (residual + self._charges.density(charges))
        self._residuals.append(residual)
        self._steps.append(step)
        values[:] = 0.0
        self._shares = _pulay(self._residuals)
        for share, old, forward in zip(self._shares, self._densities, self._steps, strict=True):
            values += share * (old + forward)
        self._densities.append(values.copy())
        return float(np.abs(residual).sum() * self._volume_element)

    def _screen(self) -> Float[np.ndarray, "atom atom"]:
        smearing = self._rung.smearing_ev / Hartree
        bare = bare_response(self._wave_functions, self._atoms, smearing)
        dielectric = np.eye(len(bare)) - bare @ self._interaction
        return np.asarray(np.linalg.solve(dielectric, bare))


class AtomicScreeningMixer(ScreeningMixer):
    """The same where density matrices within the atoms follow the density, by the same shares."""

    @override
    def reset(self) -> None:
        super().reset()
        depth = self._rung.mixer_history
        self._matrices: deque[np.ndarray] = deque(maxlen=depth)
        self._changes: deque[np.ndarray] = deque(maxlen=depth)

    @override
    def mix(self, density: Density) -> float:
        within = density.D_asii.data
        misplaced = super().mix(density)
        if self._matrices:
            self._changes.append(within - self._matrices[-1])
            within[:] = sum(
                share * (old + self._rung.mixing * change)
                for share, old, change in zip(
                    self._shares, self._matrices, self._changes, strict=True
                )
            )
        self._matrices.append(within.copy())
        return misplaced


class Screening(Mixer):
    """The mixer as a parameter of a calculation."""

    def __init__(self, kind: type[ScreeningMixer], rung: Rung, width: float) -> None:
        self._kind, self._rung, self._width = kind, rung, width

    def todict(self) -> dict[str, Any]:
        """Return what GPAW would write into its log."""
        return {"name": "screening"}

    @override
    def build(self, **parts: Any) -> ScreeningMixer:
        grid: UGDesc = parts["desc"]
        orbitals = [setup.nao for setup in parts["setups"]]
        atoms = np.repeat(np.arange(len(orbitals)), orbitals)
        return self._kind(grid, parts["relpos_ac"] @ grid.cell_cv, atoms, self._rung, self._width)


def _pulay(residuals: deque[np.ndarray]) -> Float[np.ndarray, " iteration"]:
    """Shares that add up to one and give the smallest residual."""
    products = np.array([[np.vdot(a, b) for a in residuals] for b in residuals])
    # Scaled to a unit diagonal: residuals of six orders of magnitude stand side by side.
    scale = 1.0 / np.sqrt(products.diagonal())
    inverse = np.linalg.pinv(products * np.outer(scale, scale), rcond=1e-12, hermitian=True)
    shares = scale * (inverse @ scale)
    return np.asarray(shares / shares.sum())
