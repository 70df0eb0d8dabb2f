"""Effective potentials at the cost of the coarse grid: a reference and its smooth difference."""

import math
from typing import Any

import numpy as np
from gpaw.core import UGArray
from gpaw.core.atom_arrays import AtomArrays
from gpaw.dft import LCAO
from gpaw.new.builder import DFTComponentsBuilder, create_uniform_grid
from gpaw.new.density import Density
from gpaw.new.energies import DFTEnergies
from gpaw.new.fd.pot_calc import FDPotentialCalculator
from gpaw.new.lcao.builder import LCAODFTComponentsBuilder
from gpaw.new.lcao.hamiltonian import CollinearHamiltonianMatrixCalculator, LCAOHamiltonian
from gpaw.new.potential import Potential
from jaxtyping import Float
from scipy.linalg import block_diag
from typing_extensions import override

from sekkei.transport.gpaw_eigensolver import LowestStates
from sekkei.transport.gpaw_grid import BlockedBasis
from sekkei.transport.gpaw_poisson import BoxPoisson

RENEWED_AT = 6
"""The evaluation at which the reference moves to the density at hand, then nearly converged.

With the superposition of atoms as the only reference, T(E_F) was seen to move by up to 1e-3.
"""


class WireMode(LCAO):
    """LCAO with the parts of this package, set up once where GPAW sets two builders up."""

    def __init__(self) -> None:
        super().__init__()
        self.name = "lcao"

    @override
    def dft_components_builder(
        self, atoms: Any, params: Any, *, log: Any = None, comm: Any = None
    ) -> "_WireBuilder":
        return _WireBuilder(atoms, params, log=log, comm=comm)


class DifferencePotential(FDPotentialCalculator):
    """The potential of a reference density from the fine grid, changes of it from the coarse one.

    The difference of two densities is smooth, holds no compensation charges, and needs an eighth of
    the points. Energies are not computed: only the density decides a label.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._box = BoxPoisson(self.grid, exact=True)
        self._n_evaluated = 0

    @override
    def calculate(
        self, density: Density, ibzwfs: Any = None, vHt_x: Any = None, kpt_band_comm: Any = None
    ) -> tuple[Potential, DFTEnergies, AtomArrays]:
        self._n_evaluated += 1
        if self._n_evaluated in (1, RENEWED_AT):
            found = super().calculate(density, ibzwfs, vHt_x, kpt_band_comm)
            potential, _, self._averages = found
            self._density, self._potential = density.nt_sR.copy(), potential.vt_sR.copy()
            self._exchange, self._nonlocal = self._coarse_exchange(density.nt_sR), potential.dH_asii
            return found  # type: ignore[no-any-return]  # GPAW is untyped
        change = self._potential.copy()
        change.data[0] += self._box.solve(density.nt_sR.data[0] - self._density.data[0])
        change.data += self._coarse_exchange(density.nt_sR) - self._exchange
        names = ("kinetic_correction", "coulomb", "zero", "external", "xc")
        return (
            Potential(change, self._nonlocal, None, vHt_x, math.nan),
            DFTEnergies(**dict.fromkeys(names, 0.0)),
            self._averages,
        )

    def _coarse_exchange(self, density: UGArray) -> Float[np.ndarray, "1 x y z"]:
        energy, potential = np.empty_like(density.data[0]), np.zeros_like(density.data)
        self.xc.xc.kernel.calculate(energy, density.data, potential)
        return potential


class _LocalHamiltonian(LCAOHamiltonian):
    """The local potential's matrices; those of the last potential are asked for once more."""

    def __init__(self, basis: Any) -> None:
        super().__init__(basis)
        self._last: tuple[Any, Any] = (None, None)

    @override
    def create_hamiltonian_matrix_calculator(self, potential: Any) -> Any:
        if self._last[0] is not potential:
            matrices = self.basis.calculate_potential_matrices(potential.vt_sR.data[0])
            self._last = (potential, matrices)
        # A copy: the diagonalisation leaves its eigenvectors in the very array.
        return CollinearHamiltonianMatrixCalculator([self._last[1].copy()], [{}], self.basis)


class _WireBuilder(LCAODFTComponentsBuilder):
    def __init__(self, atoms: Any, params: Any, *, comm: Any, log: Any) -> None:
        # Past LCAODFTComponentsBuilder, which would make a whole finite-difference builder first.
        DFTComponentsBuilder.__init__(self, atoms, params, comm=comm, log=log)
        self.distribution = params.mode.distribution
        self.basis: Any = None
        self.interpolation_desc = self.electrostatic_potential_desc = self.fine_grid

    @override
    def create_uniform_grids(self) -> tuple[Any, Any]:
        grid = create_uniform_grid(
            "fd",
            self.params.gpts,
            self.atoms.cell,
            self.atoms.pbc,
            self.ibz.symmetries,
            comm=self.communicators["d"],
        )
        return grid, grid.new(size=grid.size_c * 2)

    @override
    def get_pseudo_core_densities(self) -> Any:
        return self.setups.create_pseudo_core_densities(self.grid, self.relpos_ac, self.atomdist)

    @override
    def get_pseudo_core_ked(self) -> Any:
        return self.setups.create_pseudo_core_ked(self.grid, self.relpos_ac, self.atomdist)

    @override
    def create_hamiltonian_operator(self) -> LCAOHamiltonian:
        return _LocalHamiltonian(self.basis)

    @override
    def create_ibz_wave_functions(self, basis: Any, potential: Any, **rest: Any) -> Any:
        made = super().create_ibz_wave_functions(basis, potential, **rest)  # type: ignore[no-untyped-call]
        # HGH projectors do not depend on the density: their matrix joins the kinetic energy's once.
        for wave_functions in made:
            atoms, strengths = zip(*potential.dH_asii.items(), strict=True)
            projected = np.hstack([wave_functions.P_aMi[atom] for atom in atoms])
            strength = block_diag(*(one[0] for one in strengths))
            wave_functions.T_MM.data += (projected @ strength).conj() @ projected.T
        return made

    @override
    def create_basis_set(self) -> Any:
        made = super().create_basis_set()  # type: ignore[no-untyped-call]
        # Sums with phases of k-points are only needed for electrodes, once.
        self.basis = made if self.dtype == complex else BlockedBasis(made)
        return self.basis

    @override
    def create_eigensolver(self, hamiltonian: Any) -> LowestStates:
        return LowestStates(self.basis)

    @override
    def create_potential_calculator(self) -> DifferencePotential:
        return DifferencePotential(
            self.grid,
            self.fine_grid,
            self.setups,
            self.xc,
            self.params.poissonsolver.build(self.fine_grid),
            relpos_ac=self.relpos_ac,
            atomdist=self.atomdist,
        )
