"""First-principles labels: DFT in GPAW's LCAO mode with the Landauer kernel on top."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Inexact
from torch import Tensor
from typing_extensions import override

from sekkei.arrays import freeze
from sekkei.errors import ElectrodeError, GridBoundsError, LabelError
from sekkei.identity import content_hash
from sekkei.specification import parse_specification
from sekkei.structure.electrode import Electrode
from sekkei.structure.junction import Junction
from sekkei.structure.lead import PeriodicJunction, check_overlap, close_leads, lead_electrode
from sekkei.transport.cache import ArrayCache
from sekkei.transport.electrode.bands import ElectrodeBands
from sekkei.transport.electrode.lateral import (
    LateralElectrode,
    at_lateral,
    half_of,
    lateral_arrays,
)
from sekkei.transport.electrode.matrices import ElectrodeMatrices, electrode_arrays
from sekkei.transport.electrode.place import centred, origin
from sekkei.transport.explain import Explainer, Explanation, Supercell
from sekkei.transport.gpaw.basis import BASIS_VERSION, GPAW_VERSION, basis_revisions
from sekkei.transport.gpaw.engine import (
    DftMatrices,
    PeriodicAtoms,
    grid_counts,
    plane_count,
    solve_periodic,
)
from sekkei.transport.gpaw.model import ONE_ELECTRON, ElectronModel, find_electron_model
from sekkei.transport.gpaw.numerics import DftNumerics
from sekkei.transport.junction_ends import check_phase, onsite_shift
from sekkei.transport.kernel.eigenchannels import channel_transmissions
from sekkei.transport.kernel.precision import transmission_in_single
from sekkei.transport.kernel.transmission import plan_road
from sekkei.transport.labeler import Label, Labeler
from sekkei.transport.open_device import OpenDevice
from sekkei.transport.spectrum import conductance_window

RECIPE_VERSION = 5
"""Raised whenever the code below changes what a label says."""

_Pair = tuple[Inexact[Tensor, "orbital orbital"], Inexact[Tensor, "orbital orbital"]]


class GpawLabeler(Labeler, Explainer):
    """Labels junctions from first principles.

    One-electron HGH pseudopotentials, LDA, nine contracted functions on every atom (Li: ten),
    unless another model is asked for; the electrode's own calculation gives the self-energies and
    the Fermi level.

    Parameters
    ----------
    numerics
        What may be set; together with the version of GPAW it is the recipe.
    cache
        Where electrodes are kept between runs and shared by processes.
    model
        Which electrons are computed, in which functional.
    """

    def __init__(
        self,
        numerics: DftNumerics | None = None,
        cache: ArrayCache | None = None,
        model: ElectronModel = ONE_ELECTRON,
    ) -> None:
        self.numerics, self.model = numerics or DftNumerics(), model
        self._cache = cache or ArrayCache.default()
        self._electrodes: dict[str, LateralElectrode] = {}
        steps = round(self.numerics.energy_range_ev / self.numerics.energy_step_ev)
        self.energies = freeze(np.arange(-steps, steps + 1) * self.numerics.energy_step_ev)

    @classmethod
    def from_options(
        cls, cache_folder: str | None = None, model: object = "one-electron", **numerics: Any
    ) -> "GpawLabeler":
        """Make a labeler from plain options, as the command line and campaigns give them.

        Raises
        ------
        InvalidInputError
            If an option is unknown or out of range.
        """
        cache = ArrayCache(Path(cache_folder)) if cache_folder else None
        return cls(parse_specification(numerics, DftNumerics), cache, find_electron_model(model))

    @property
    @override
    def recipe(self) -> str:
        return content_hash(
            "gpaw",
            RECIPE_VERSION,
            BASIS_VERSION,
            GPAW_VERSION,
            self.numerics.model_dump(mode="json"),
            *self.model.identity,
        )

    @property
    @override
    def engine(self) -> str:
        return f"gpaw {GPAW_VERSION} lcao {self.model.name} {self.model.functional.lower()}"

    @override
    def label(self, junction: Junction) -> Label:
        return self.explain(junction).label

    @override
    def explain(self, junction: Junction) -> Explanation:
        started = time.process_time()
        try:
            return self._explain(junction, started)
        except LabelError as error:
            error.facts["cpu_seconds"] = time.process_time() - started
            raise

    def _explain(self, junction: Junction, started: float) -> Explanation:
        electrode, closed = self._closed(junction)
        spent_on_electrode = time.process_time()
        atoms = self._supercell(closed)
        matrices = solve_periodic(atoms, self.numerics, self.model)
        values = np.zeros(len(self.energies))
        channels: list[Float[np.ndarray, " channel"]] = []
        shift, opened = self._open(closed, matrices, electrode)
        for weight, part, device in zip(electrode.weights, electrode.parts, opened, strict=True):
            part_values, part_channels = self._transmission(*device, part)
            values += weight * part_values
            channels.append(part_channels)
        label = Label(
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
            rung=matrices.rung,
            # Those of several k-points across are not channels of one scattering problem.
            eigenchannels=freeze(channels[0] if len(channels) == 1 else np.zeros(0)),
        )
        supercell = Supercell(
            n_atom=closed.numbers.size,
            n_orbital=matrices.hamiltonian.shape[-1],
            length=closed.length,
            lead_periods=closed.n_period,
            grid=grid_counts(atoms, self.numerics, self.model),
            n_k=atoms.n_k[:2],
        )
        return Explanation(label, supercell, shift, electrode.mean_channel)

    def _closed(self, junction: Junction) -> tuple[LateralElectrode, PeriodicJunction]:
        """Return the electrode on the grid of the junction, and the junction between its leads."""
        check_overlap(junction)
        spacing = self.model.grid_spacing(junction.numbers, self.numerics)
        electrode = self.lateral_electrode(lead_electrode(junction), spacing)
        n_period = max(self.numerics.lead_periods, electrode.layer_periods)
        return electrode, close_leads(junction, n_period)

    def electrode(self, wire: Electrode) -> ElectrodeMatrices:
        """Return the matrices of a wire, from the cache if it was met before.

        Raises
        ------
        BandEdgeError
            If a band starts or ends within ``edge_ev`` of the Fermi level.
        ElectrodeError
            If no channel is open, or the electrode is a surface.
        """
        found = _only(self.lateral_electrode(wire))
        found.check_usable(self.numerics.edge_ev)
        return found

    def lateral_electrode(
        self, electrode: Electrode, spacing: float | None = None
    ) -> LateralElectrode:
        """Return the matrices of a wire or a surface at each k-point across.

        Parameters
        ----------
        spacing
            Of the real-space grid in angstrom; the electrode's own if absent. A junction that
            holds other elements may need a finer one, and both must be on the same.

        Raises
        ------
        BandEdgeError
            If a band of a wire starts or ends within ``edge_ev`` of the Fermi level.
        ElectrodeError
            If no channel is open.
        """
        found = self._electrode_matrices(electrode, spacing)
        found.check_usable(self.numerics.edge_ev)
        return found

    def electrode_bands(self, wire: Electrode) -> ElectrodeBands:
        """Return what the bands of a wire are computed from, near edges or not."""
        found = _only(self._electrode_matrices(wire))
        return ElectrodeBands(
            freeze(found.hamiltonian),
            freeze(found.overlap),
            found.fermi_level,
            self.numerics.edge_ev,
        )

    def _electrode_matrices(
        self, electrode: Electrode, spacing: float | None = None
    ) -> LateralElectrode:
        placed = centred(electrode)
        h = spacing or self.model.grid_spacing(electrode.numbers, self.numerics)
        key = content_hash(
            "electrode",
            self.recipe,
            placed.numbers,
            placed.positions,
            placed.period,
            placed.lateral_period or (),
            h,
            *basis_revisions(placed.numbers),
        )
        if key not in self._electrodes:
            arrays = self._cache.get(key, lambda: self._solve_electrode(placed, h))
            self._electrodes[key] = LateralElectrode.from_arrays(arrays)
        return self._electrodes[key]

    def matrices(
        self, junction: Junction
    ) -> tuple[Float[Tensor, "orbital orbital"], Float[Tensor, "orbital orbital"]]:
        """Return H (eV, aligned to the electrode) and S of a junction between wires."""
        found = self.device(junction)
        return found.hamiltonian, found.overlap

    def device(self, junction: Junction) -> OpenDevice:
        """Return a junction between wires with its leads attached; see `DeviceLabeler`."""
        electrode, closed = self._closed(junction)
        part = _only(electrode)
        solved = solve_periodic(self._supercell(closed), self.numerics, self.model)
        return OpenDevice(
            closed.numbers,
            closed.positions,
            self.model.orbital_atoms(closed.numbers, self.numerics),
            *self._open(closed, solved, electrode)[1][0],
            part.leads,
            self.energies,
            electrode.fermi_level,
        )

    def _solve_electrode(self, electrode: Electrode, spacing: float) -> dict[str, np.ndarray]:
        n_k = int(np.ceil(self.numerics.electrode_kpoint_length_angstrom / electrode.period))
        matrices = solve_periodic(
            PeriodicAtoms(
                electrode.numbers,
                electrode.positions,
                electrode.period,
                plane_count(electrode.period, spacing),
                (*self._lateral_counts(electrode), n_k + n_k % 2),
                electrode.lateral_period,
            ),
            self.numerics.model_copy(update={"grid_spacing_angstrom": spacing}),
            self.model,
        )
        across = np.unique(np.round(matrices.k_points[:, :2], 9), axis=0)
        k_points, weights = half_of(across)
        parts = [
            electrode_arrays(*_real_space(matrices, lateral), matrices.fermi_level, self.energies)
            for lateral in k_points
        ]
        return lateral_arrays(k_points, weights, parts)

    def _lateral_counts(self, electrode: Electrode) -> tuple[int, int]:
        if electrode.lateral_period is None:
            return 1, 1
        length = self.numerics.lateral_kpoint_length_angstrom
        x, y = (int(np.ceil(length / period)) for period in electrode.lateral_period)
        return x, y

    def _supercell(self, closed: PeriodicJunction) -> PeriodicAtoms:
        period = closed.electrode.period
        # The electrode's own spacing of planes, so that both see nearly the same grid.
        wanted = self.model.grid_spacing(closed.numbers, self.numerics)
        spacing = period / plane_count(period, wanted)
        n_plane = plane_count(closed.length, spacing)
        reach = self.model.orbital_reach(closed.numbers, self.numerics)
        if closed.length < 4.0 * reach:
            raise GridBoundsError(
                f"the supercell must be longer than {4.0 * reach:.1f} Å for the orbitals not to "
                f"meet their own images, but is {closed.length:.1f} Å; mark more atoms as device"
            )
        # Between surfaces an orbital's phase says through which wall its atom was folded: the
        # walls must stand where the electrode has them.
        # Along z, too, both must stand on the grid alike: moved by half a step, T(E_F) of a
        # contact was seen to change by 0.012.
        walls = origin(closed.electrode)
        if closed.electrode.lateral_period is None:
            walls = walls * [0.0, 0.0, 1.0]
        return PeriodicAtoms(
            closed.numbers,
            closed.positions - walls,
            closed.length,
            n_plane,
            (*self._lateral_counts(closed.electrode), 1),
            closed.electrode.lateral_period,
        )

    def _open(
        self, closed: PeriodicJunction, matrices: DftMatrices, electrode: LateralElectrode
    ) -> tuple[float, list[_Pair]]:
        """Cut the periodic image off and align the outermost periods to the electrode."""
        z = closed.positions[self.model.orbital_atoms(closed.numbers, self.numerics), 2]
        direct = np.abs(z[:, None] - z[None, :]) < closed.length / 2.0
        pairs = []
        for lateral, part in zip(electrode.k_points, electrode.parts, strict=True):
            (at,) = np.flatnonzero(at_lateral(matrices.k_points, lateral))
            pair = matrices.hamiltonian[at] * direct, matrices.overlap[at] * direct
            if not lateral.any():
                pair = pair[0].real, pair[1].real
            check_phase(pair[1], part.overlap, closed.n_period)
            pairs.append(pair)
        shifts = [
            onsite_shift(*pair, part.hamiltonian[0])
            for pair, part in zip(pairs, electrode.parts, strict=True)
        ]
        shift = float(electrode.weights @ shifts)
        aligned = [(torch.from_numpy(h + shift * s), torch.from_numpy(s)) for h, s in pairs]
        return shift, aligned

    def _transmission(
        self,
        hamiltonian: Inexact[Tensor, "orbital orbital"],
        overlap: Inexact[Tensor, "orbital orbital"],
        electrode: ElectrodeMatrices,
    ) -> tuple[Float[np.ndarray, " energy"], Float[np.ndarray, " channel"]]:
        """T(E), and the eigenchannels at the Fermi level: as many as the electrode has open."""
        energies = torch.from_numpy(self.energies + electrode.fermi_level)
        plan = plan_road(hamiltonian, overlap, electrode.leads.left.shape[-1])
        checked = transmission_in_single(hamiltonian, overlap, electrode.leads, energies, plan)
        # Where hardly anything is transmitted, single precision may round below zero.
        values = checked.values.clamp(min=0.0)
        middle = torch.tensor([len(energies) // 2])
        channels = channel_transmissions(
            hamiltonian, overlap, electrode.leads.part(middle), energies[middle], plan
        )
        # The conductance is the sum of its channels, which are in double precision.
        values[middle] = channels.sum(dim=-1)
        return values.numpy(), channels[0, : electrode.n_channel].numpy()


def _only(electrode: LateralElectrode) -> ElectrodeMatrices:
    if len(electrode.parts) > 1:
        raise ElectrodeError(
            "one pair of matrices stands for a wire only, but the electrode is a surface with "
            f"{len(electrode.parts)} k-points across; use lateral_electrode"
        )
    return electrode.parts[0]


def _real_space(
    matrices: DftMatrices, lateral: Float[np.ndarray, " 2"]
) -> tuple[
    Inexact[np.ndarray, "cell orbital orbital"], Inexact[np.ndarray, "cell orbital orbital"]
]:
    """Return the blocks of H and S along z at one k-point across; real at the zone centre."""
    # GPAW's new calculator sums exp(2 pi i k R) over neighbours at +R: hence the minus here.
    # The opposite sign transposes every coupling; perfect wires would not show it, so that
    # `GpawLabeler` compares these blocks with the junction's own each time.
    member = at_lateral(matrices.k_points, lateral)
    along = matrices.k_points[member, 2]
    phases = np.exp(-2j * np.pi * np.outer(np.arange(len(along) // 2), along)) / len(along)
    h, s = (
        np.tensordot(phases, blocks[member], axes=1)
        for blocks in (matrices.hamiltonian, matrices.overlap)
    )
    return (h, s) if lateral.any() else (h.real, s.real)
