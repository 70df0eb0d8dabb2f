"""Electrodes from first principles, each computed once and kept."""

import numpy as np

from sekkei.identity import content_hash
from sekkei.shapes import Float, Inexact
from sekkei.structure.electrode import Electrode
from sekkei.transport.cache import ArrayCache
from sekkei.transport.electrode.lateral import (
    LateralElectrode,
    at_lateral,
    half_of,
    lateral_arrays,
)
from sekkei.transport.electrode.matrices import electrode_arrays
from sekkei.transport.electrode.place import centred
from sekkei.transport.gpaw.basis import basis_revisions
from sekkei.transport.gpaw.engine import (
    DftMatrices,
    PeriodicAtoms,
    plane_count,
    solve_periodic,
)
from sekkei.transport.gpaw.model import ElectronModel
from sekkei.transport.gpaw.numerics import DftNumerics


class GpawElectrodes:
    """Computes electrodes, and remembers all that it met.

    Parameters
    ----------
    recipe
        Of the labels that they serve; part of the key under which they are kept.
    energies
        In eV against the Fermi level; self-energies are on this grid.
    numerics, model
        Of the labels.
    cache
        Where electrodes are kept between runs and shared by processes.
    """

    def __init__(
        self,
        recipe: str,
        energies: Float[np.ndarray, " energy"],
        numerics: DftNumerics,
        model: ElectronModel,
        cache: ArrayCache,
    ) -> None:
        self._recipe, self._energies = recipe, energies
        self._numerics, self._model, self._cache = numerics, model, cache
        self._found: dict[str, LateralElectrode] = {}

    def matrices(self, electrode: Electrode, spacing: float | None = None) -> LateralElectrode:
        """Return the matrices of a wire or a surface, whether or not a label can be made with it.

        Parameters
        ----------
        spacing
            Of the real-space grid in angstrom; the electrode's own if absent.
        """
        placed = centred(electrode)
        h = spacing or self._model.grid_spacing(electrode.numbers, self._numerics)
        key = content_hash(
            "electrode",
            self._recipe,
            placed.numbers,
            placed.positions,
            placed.period,
            placed.lateral_period or (),
            h,
            *basis_revisions(placed.numbers),
        )
        if key not in self._found:
            arrays = self._cache.get(key, lambda: self._solve(placed, h))
            self._found[key] = LateralElectrode.from_arrays(arrays)
        return self._found[key]

    def _solve(self, electrode: Electrode, spacing: float) -> dict[str, np.ndarray]:
        n_k = int(np.ceil(self._numerics.electrode_kpoint_length_angstrom / electrode.period))
        matrices = solve_periodic(
            PeriodicAtoms(
                electrode.numbers,
                electrode.positions,
                electrode.period,
                plane_count(electrode.period, spacing),
                (*lateral_counts(electrode, self._numerics), n_k + n_k % 2),
                electrode.lateral_period,
            ),
            self._numerics.model_copy(update={"grid_spacing_angstrom": spacing}),
            self._model,
        )
        across = np.unique(np.round(matrices.k_points[:, :2], 9), axis=0)
        k_points, weights = half_of(across)
        parts = [
            electrode_arrays(*_real_space(matrices, lateral), matrices.fermi_level, self._energies)
            for lateral in k_points
        ]
        return lateral_arrays(k_points, weights, parts)


def lateral_counts(electrode: Electrode, numerics: DftNumerics) -> tuple[int, int]:
    """Return the k-points along x and y; a wire has one each."""
    if electrode.lateral_period is None:
        return 1, 1
    length = numerics.lateral_kpoint_length_angstrom
    x, y = (int(np.ceil(length / period)) for period in electrode.lateral_period)
    return x, y


def _real_space(
    matrices: DftMatrices, lateral: Float[np.ndarray, " 2"]
) -> tuple[
    Inexact[np.ndarray, "cell orbital orbital"], Inexact[np.ndarray, "cell orbital orbital"]
]:
    """Return the blocks of H and S along z at one k-point across; real at the zone centre."""
    # GPAW's new calculator sums exp(2 pi i k R) over neighbours at +R: hence the minus here.
    # The opposite sign transposes every coupling; perfect wires would not show it, so that
    # `open_supercell` compares these blocks with the junction's own each time.
    member = at_lateral(matrices.k_points, lateral)
    along = matrices.k_points[member, 2]
    phases = np.exp(-2j * np.pi * np.outer(np.arange(len(along) // 2), along)) / len(along)
    h, s = (
        np.tensordot(phases, blocks[member], axes=1)
        for blocks in (matrices.hamiltonian, matrices.overlap)
    )
    return (h, s) if lateral.any() else (h.real, s.real)
