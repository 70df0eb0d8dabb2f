"""First-principles labels: DFT in GPAW's LCAO mode with the Landauer kernel on top."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from typing_extensions import override

from sekkei.arrays import freeze
from sekkei.errors import ElectrodeError
from sekkei.identity import content_hash
from sekkei.specification import parse_specification
from sekkei.structure.electrode import Electrode
from sekkei.structure.junction import Junction
from sekkei.structure.lead import check_overlap, close_leads, recognise_leads
from sekkei.threads import few_threads
from sekkei.transport.cache import ArrayCache
from sekkei.transport.device_labeler import DeviceLabeler
from sekkei.transport.electrode.bands import ElectrodeBands
from sekkei.transport.electrode.lateral import LateralElectrode
from sekkei.transport.electrode.matrices import ElectrodeMatrices
from sekkei.transport.gpaw.basis import BASIS_VERSION, GPAW_VERSION
from sekkei.transport.gpaw.electrode import GpawElectrodes
from sekkei.transport.gpaw.engine import grid_counts, solve_periodic
from sekkei.transport.gpaw.model import ONE_ELECTRON, ElectronModel, find_electron_model
from sekkei.transport.gpaw.numerics import DftNumerics
from sekkei.transport.gpaw.supercell import open_supercell, supercell_atoms
from sekkei.transport.gpaw.two_centre import two_centre_tables
from sekkei.transport.open_device import OpenDevice, Supercell
from sekkei.transport.two_centre import TwoCentreTables

RECIPE_VERSION = 5
"""Raised whenever code changes what a label says."""


class GpawLabeler(DeviceLabeler):
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
        steps = round(self.numerics.energy_range_ev / self.numerics.energy_step_ev)
        self.energies = freeze(np.arange(-steps, steps + 1) * self.numerics.energy_step_ev)
        kept = cache or ArrayCache.default()
        self._electrodes = GpawElectrodes(
            self.recipe, self.energies, self.numerics, self.model, kept
        )

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
    @few_threads()
    def device(self, junction: Junction) -> OpenDevice:
        check_overlap(junction)
        spacing = self.model.grid_spacing(junction.numbers, self.numerics)
        leads = recognise_leads(junction)
        electrode = self.lateral_electrode(leads.electrode, spacing)
        started = time.process_time()
        closed = close_leads(leads, max(self.numerics.lead_periods, electrode.layer_periods))
        atoms = supercell_atoms(closed, self.numerics, self.model)
        matrices = solve_periodic(atoms, self.numerics, self.model)
        orbital_atoms = self.model.orbital_atoms(closed.numbers, self.numerics)
        shift, parts = open_supercell(closed, matrices, electrode, orbital_atoms)
        return OpenDevice(
            leads=leads,
            numbers=closed.numbers,
            positions=closed.positions,
            orbital_atoms=orbital_atoms,
            parts=parts,
            energies=self.energies,
            window=self.numerics.window_ev,
            recipe=self.recipe,
            engine=self.engine,
            supercell=Supercell(
                n_atom=closed.numbers.size,
                n_orbital=orbital_atoms.size,
                length=closed.length,
                lead_periods=closed.n_period,
                grid=grid_counts(atoms, self.numerics, self.model),
                n_k=atoms.n_k[:2],
            ),
            cpu_seconds=time.process_time() - started,
            precision="complex64",
            alignment_shift=shift,
            iterations=matrices.iterations,
            rung=matrices.rung,
        )

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

    @few_threads()
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
        found = self._electrodes.matrices(electrode, spacing)
        found.check_usable(self.numerics.edge_ev)
        return found

    @few_threads()
    def two_centre_tables(self, numbers: Sequence[int], /) -> TwoCentreTables:
        """Return overlaps, kinetic energies and projections of some elements' functions.

        Raises
        ------
        LabelError
            If an element has no basis.
        """
        return two_centre_tables(numbers, self.numerics.basis)

    @few_threads()
    def electrode_bands(self, wire: Electrode) -> ElectrodeBands:
        """Return what the bands of a wire are computed from, near edges or not."""
        found = _only(self._electrodes.matrices(wire))
        return ElectrodeBands(
            freeze(found.hamiltonian),
            freeze(found.overlap),
            found.fermi_level,
            self.numerics.edge_ev,
        )


def _only(electrode: LateralElectrode) -> ElectrodeMatrices:
    if len(electrode.parts) > 1:
        raise ElectrodeError(
            "one pair of matrices stands for a wire only, but the electrode is a surface with "
            f"{len(electrode.parts)} k-points across; use lateral_electrode"
        )
    return electrode.parts[0]
