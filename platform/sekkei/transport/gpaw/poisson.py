"""The Poisson equation in a box, solved by sine and Fourier transforms.

GPAW's own fast solver gives the same numbers, but spends half of its time on moving grids between
processes that do not exist here, and a second on its set-up.
"""

import math

import numpy as np
import scipy.fft
from gpaw.core import UGArray, UGDesc
from gpaw.dft import PoissonSolver as PoissonParameter
from gpaw.new.poisson import PoissonSolver
from typing_extensions import override

from sekkei.shapes import Float

_STENCIL = (3.0 / 2.0, -3.0 / 20.0, 1.0 / 90.0)
"""Weights of the neighbours in the second difference of sixth order, the one that GPAW takes."""

_LEAST_WAVE_SQUARED = 1e-10
"""In 1/bohr²; the constant of a box that is periodic all around is left at zero."""


class BoxPoisson:
    """Potentials of charges in an orthogonal box, zero at its walls or periodic.

    Parameters
    ----------
    grid
        Where charge and potential live; periodic along z.
    exact
        Whether a wave keeps its own k² or the eigenvalue of GPAW's finite differences.
    """

    def __init__(self, grid: UGDesc, *, exact: bool = False) -> None:
        periodic = [not zero for zero in grid.zerobc_c]
        counts = [int(n) for n in grid.size_c]
        spacings = np.diag(grid.cell_cv) / counts
        self._sine_axes = [axis for axis in (0, 1) if not periodic[axis]]
        self._wave_axes = [axis for axis in (0, 1) if periodic[axis]] + [2]
        self._wave_counts = [counts[axis] for axis in self._wave_axes]
        x, y, z = (
            _eigenvalues(counts[axis], spacings[axis], periodic=periodic[axis], exact=exact)
            for axis in range(3)
        )
        squared = x[:, None, None] + y[:, None] + z[: counts[2] // 2 + 1]
        constant = squared < _LEAST_WAVE_SQUARED
        self._kernel = np.where(constant, 0.0, 4.0 * np.pi / np.where(constant, 1.0, squared))

    def solve(self, charge: Float[np.ndarray, "x y z"]) -> Float[np.ndarray, "x y z"]:
        """Return the potential in hartree of a charge in bohr⁻³."""
        waves = charge
        if self._sine_axes:
            waves = scipy.fft.dstn(waves, type=1, axes=self._sine_axes)
        waves = scipy.fft.rfftn(waves, axes=self._wave_axes)
        waves *= self._kernel
        waves = scipy.fft.irfftn(waves, s=self._wave_counts, axes=self._wave_axes)
        if self._sine_axes:
            waves = scipy.fft.idstn(waves, type=1, axes=self._sine_axes)
        return np.asarray(waves)


class BoxPoissonSolver(PoissonParameter):
    """The solver as a parameter of a calculation."""

    def __init__(self) -> None:
        super().__init__({"name": "box"})

    def build(self, grid: UGDesc) -> PoissonSolver:
        """Make the solver of a grid."""
        return _Solver(BoxPoisson(grid))


class _Solver(PoissonSolver):
    def __init__(self, box: BoxPoisson) -> None:
        self._box = box

    @override
    def solve(self, vHt: UGArray, rhot: UGArray) -> float:
        vHt.data[:] = self._box.solve(rhot.data)
        return math.nan


def _eigenvalues(
    n: int, spacing: float, *, periodic: bool, exact: bool
) -> Float[np.ndarray, " wave"]:
    """Return minus the second derivative's eigenvalues in 1/bohr² for waves along one axis."""
    wave = np.arange(n) if periodic else np.arange(1, n) / 2.0
    phase = 2.0 * np.pi * np.minimum(wave, n - wave) / n
    if exact:
        return np.asarray((phase / spacing) ** 2)
    differences = [
        weight * (1.0 - np.cos((distance + 1) * phase)) for distance, weight in enumerate(_STENCIL)
    ]
    return np.asarray(2.0 / spacing**2 * np.sum(differences, axis=0))
