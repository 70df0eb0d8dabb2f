"""First-principles labels: DFT in GPAW's LCAO mode with the Landauer kernel on top."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Complex, Float
from torch import Tensor
from typing_extensions import override

from sekkei.errors import ElectrodeError, GridBoundsError, LabelError
from sekkei.identity import content_hash
from sekkei.specification import parse_specification
from sekkei.structure.electrode import Electrode
from sekkei.structure.junction import Junction
from sekkei.structure.lead import PeriodicJunction, check_overlap, close_leads, lead_electrode
from sekkei.transport.bands import ElectrodeBands
from sekkei.transport.cache import ArrayCache
from sekkei.transport.electrode_matrices import ElectrodeMatrices, electrode_arrays
from sekkei.transport.gpaw_basis import GPAW_VERSION
from sekkei.transport.gpaw_engine import (
    DftMatrices,
    orbital_atoms,
    orbital_reach,
    plane_count,
    solve_wire,
)
from sekkei.transport.kernel import transmission
from sekkei.transport.labeler import Label, Labeler
from sekkei.transport.numerics import DftNumerics
from sekkei.transport.spectrum import conductance_window, freeze

RECIPE_VERSION = 2
"""Raised whenever the code below changes what a label says."""

OVERLAP_TOLERANCE = 1e-8
"""The electrode's overlap blocks must equal the junction's own so closely.

A wrong sign of k misses by 0.05 and more; pairs just at the cut-off, which come and go by rounding,
were seen to cost 9e-10.
"""

ENERGIES_AT_ONCE_BYTES = 2**28


class GpawLabeler(Labeler):
    """Labels junctions from first principles.

    One-electron HGH pseudopotentials, LDA, one s and three p functions on every atom; the
    electrode's own calculation gives the self-energies and the Fermi level.

    Parameters
    ----------
    numerics
        What may be set; together with the version of GPAW it is the recipe.
    cache
        Where electrodes are kept between runs and shared by processes.
    """

    def __init__(
        self, numerics: DftNumerics | None = None, cache: ArrayCache | None = None
    ) -> None:
        self.numerics = numerics or DftNumerics()
        self._cache = cache or ArrayCache.default()
        self._electrodes: dict[str, ElectrodeMatrices] = {}
        steps = round(self.numerics.energy_range_ev / self.numerics.energy_step_ev)
        self.energies = freeze(np.arange(-steps, steps + 1) * self.numerics.energy_step_ev)

    @classmethod
    def from_options(cls, cache_folder: str | None = None, **numerics: Any) -> "GpawLabeler":
        """Make a labeler from plain options, as the command line and campaigns give them.

        Raises
        ------
        InvalidInputError
            If an option is unknown or out of range.
        """
        cache = ArrayCache(Path(cache_folder)) if cache_folder else None
        return cls(parse_specification(numerics, DftNumerics), cache)

    @property
    @override
    def recipe(self) -> str:
        return content_hash(
            "gpaw", RECIPE_VERSION, GPAW_VERSION, self.numerics.model_dump(mode="json")
        )

    @property
    @override
    def engine(self) -> str:
        return f"gpaw {GPAW_VERSION} lcao hgh-1e lda"

    @override
    def label(self, junction: Junction) -> Label:
        started = time.process_time()
        try:
            return self._label(junction, started)
        except LabelError as error:
            error.facts["cpu_seconds"] = time.process_time() - started
            raise

    def _label(self, junction: Junction, started: float) -> Label:
        check_overlap(junction)
        electrode = self.electrode(lead_electrode(junction))
        spent_on_electrode = time.process_time()
        closed = close_leads(junction, max(self.numerics.lead_periods, electrode.layer_periods))
        matrices = self._solve(closed)
        hamiltonian, overlap = self._open(closed, matrices, electrode)
        values = self._transmission(hamiltonian, overlap, electrode)
        return Label(
            energies=self.energies,
            transmission=freeze(values),
            conductance=float(values[len(values) // 2]),
            window_conductance=conductance_window(self.energies, values, self.numerics.window_ev),
            window=self.numerics.window_ev,
            n_channel=electrode.n_channel,
            fermi_level=electrode.fermi_level,
            recipe=self.recipe,
            engine=self.engine,
            cpu_seconds=time.process_time() - max(started, spent_on_electrode),
            iterations=matrices.iterations,
        )

    def electrode(self, wire: Electrode) -> ElectrodeMatrices:
        """Return the matrices of an electrode, from the cache if it was met before.

        Raises
        ------
        BandEdgeError
            If a band starts or ends within ``edge_ev`` of the Fermi level.
        ElectrodeError
            If no channel is open.
        """
        found = self._electrode_matrices(wire)
        found.check_usable(self.numerics.edge_ev)
        return found

    def electrode_bands(self, wire: Electrode) -> ElectrodeBands:
        """Return what the bands of an electrode are computed from, near edges or not."""
        found = self._electrode_matrices(wire)
        return ElectrodeBands(
            freeze(found.hamiltonian),
            freeze(found.overlap),
            found.fermi_level,
            self.numerics.edge_ev,
        )

    def _electrode_matrices(self, wire: Electrode) -> ElectrodeMatrices:
        centred = _centred(wire)
        key = content_hash(
            "electrode", self.recipe, centred.numbers, centred.positions, round(wire.period, 6)
        )
        if key not in self._electrodes:
            arrays = self._cache.get(key, lambda: self._solve_electrode(centred))
            self._electrodes[key] = ElectrodeMatrices.from_arrays(arrays)
        return self._electrodes[key]

    def matrices(
        self, junction: Junction
    ) -> tuple[Float[Tensor, "orbital orbital"], Float[Tensor, "orbital orbital"]]:
        """Return H (eV, aligned to the electrode) and S of the junction with its leads."""
        electrode = self.electrode(lead_electrode(junction))
        closed = close_leads(junction, max(self.numerics.lead_periods, electrode.layer_periods))
        return self._open(closed, self._solve(closed), electrode)

    def _solve_electrode(self, wire: Electrode) -> dict[str, np.ndarray]:
        n_k = int(np.ceil(self.numerics.electrode_kpoint_length_angstrom / wire.period))
        matrices = solve_wire(
            wire.numbers,
            wire.positions,
            wire.period,
            plane_count(wire.period, self.numerics.grid_spacing_angstrom),
            self.numerics,
            n_k=n_k + n_k % 2,
        )
        hamiltonian = _real_space(matrices.hamiltonian, matrices.k_points)
        overlap = _real_space(matrices.overlap, matrices.k_points)
        return electrode_arrays(hamiltonian, overlap, matrices.fermi_level, self.energies)

    def _solve(self, closed: PeriodicJunction) -> DftMatrices:
        period = closed.electrode.period
        # The electrode's own spacing of planes, so that both see nearly the same grid.
        spacing = period / plane_count(period, self.numerics.grid_spacing_angstrom)
        n_plane = plane_count(closed.length, spacing)
        reach = orbital_reach(closed.numbers, self.numerics)
        if closed.length < 4.0 * reach:
            raise GridBoundsError(
                f"the supercell must be longer than {4.0 * reach:.1f} Å for the orbitals not to "
                f"meet their own images, but is {closed.length:.1f} Å; mark more atoms as device"
            )
        return solve_wire(closed.numbers, closed.positions, closed.length, n_plane, self.numerics)

    def _open(
        self, closed: PeriodicJunction, matrices: DftMatrices, electrode: ElectrodeMatrices
    ) -> tuple[Float[Tensor, "orbital orbital"], Float[Tensor, "orbital orbital"]]:
        """Cut the periodic image off and align the outermost periods to the electrode."""
        z = closed.positions[orbital_atoms(closed.numbers), 2]
        direct = np.abs(z[:, None] - z[None, :]) < closed.length / 2.0
        hamiltonian = np.where(direct, matrices.hamiltonian[0].real, 0.0)
        overlap = np.where(direct, matrices.overlap[0].real, 0.0)
        _check_phase(overlap, electrode)
        shift = _alignment(hamiltonian, overlap, electrode)
        return torch.from_numpy(hamiltonian + shift * overlap), torch.from_numpy(overlap)

    def _transmission(
        self,
        hamiltonian: Float[Tensor, "orbital orbital"],
        overlap: Float[Tensor, "orbital orbital"],
        electrode: ElectrodeMatrices,
    ) -> Float[np.ndarray, " energy"]:
        energies = torch.from_numpy(self.energies + electrode.fermi_level)
        at_once = max(1, ENERGIES_AT_ONCE_BYTES // (16 * hamiltonian.numel()))
        parts = [
            transmission(hamiltonian, overlap, electrode.leads.part(chunk), energies[chunk])
            for chunk in torch.arange(len(energies)).split(at_once)
        ]
        return torch.cat(parts).numpy()


def _real_space(
    blocks: Complex[np.ndarray, "k orbital orbital"], k_points: Float[np.ndarray, " k"]
) -> Float[np.ndarray, "cell orbital orbital"]:
    # GPAW's new calculator sums exp(-2 pi i k R) over neighbours at +R: hence the minus here.
    # The opposite sign transposes every coupling; perfect wires would not show it, so that
    # `GpawLabeler` compares these blocks with the junction's own each time.
    cells = np.arange(len(k_points) // 2)
    phases = np.exp(-2j * np.pi * np.outer(cells, k_points)) / len(k_points)
    return np.asarray(np.einsum("rk,kij->rij", phases, blocks).real)


def _check_phase(
    overlap: Float[np.ndarray, "orbital orbital"], electrode: ElectrodeMatrices
) -> None:
    """Refuse if the electrode's blocks are not the junction's own: a wrong sign of k would do."""
    n = electrode.overlap.shape[1]
    for i_cell in range(min(len(electrode.overlap), electrode.layer_periods + 1)):
        own = overlap[:n, i_cell * n : (i_cell + 1) * n]
        difference = float(np.abs(own - electrode.overlap[i_cell]).max())
        if difference > OVERLAP_TOLERANCE:
            raise ElectrodeError(
                "the overlap of the junction's first periods must equal the electrode's, but "
                f"differs by {difference:.1e} in block {i_cell}; are the leads perfect to 1e-6 Å?",
                difference=difference,
            )


def _alignment(
    hamiltonian: Float[np.ndarray, "orbital orbital"],
    overlap: Float[np.ndarray, "orbital orbital"],
    electrode: ElectrodeMatrices,
) -> float:
    """Shift in eV that brings the onsite levels of the outermost periods to the electrode's."""
    n = electrode.overlap.shape[1]
    bulk = electrode.hamiltonian[0].diagonal()
    missing = [
        (bulk - hamiltonian[part, part].diagonal()) / overlap[part, part].diagonal()
        for part in (slice(0, n), slice(-n, None))
    ]
    return float(np.mean(missing))


def _centred(wire: Electrode) -> Electrode:
    # Rounded, so that the same wire at another place is the same entry of the cache.
    positions = wire.positions - [*wire.positions[:, :2].mean(axis=0), wire.positions[:, 2].min()]
    return Electrode(
        numbers=wire.numbers,
        positions=freeze(np.round(positions, 6) + 0.0),
        period=round(wire.period, 6),
    )
