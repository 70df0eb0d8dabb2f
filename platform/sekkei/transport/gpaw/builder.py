"""LCAO calculations from this package's parts, set up once where GPAW does so twice."""

from typing import Any

from gpaw.dft import LCAO
from gpaw.new.builder import DFTComponentsBuilder, create_uniform_grid
from gpaw.new.fd.pot_calc import FDPotentialCalculator
from gpaw.new.lcao.builder import LCAODFTComponentsBuilder
from typing_extensions import override

from sekkei.transport.gpaw.eigensolver import LowestStates
from sekkei.transport.gpaw.grid import BlockedBasis
from sekkei.transport.gpaw.hamiltonian import GridHamiltonian, projected
from sekkei.transport.gpaw.potential import DifferencePotential


class _Builder(LCAODFTComponentsBuilder):
    has_atomic_part = True
    potential_calculator: type[FDPotentialCalculator] = FDPotentialCalculator

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
    def create_basis_set(self) -> BlockedBasis:
        self.basis = BlockedBasis(super().create_basis_set())  # type: ignore[no-untyped-call]
        return self.basis  # type: ignore[no-any-return]

    @override
    def create_hamiltonian_operator(self) -> GridHamiltonian:
        return GridHamiltonian(self.basis, has_atomic_part=self.has_atomic_part)

    @override
    def create_eigensolver(self, hamiltonian: Any) -> LowestStates:
        return LowestStates(self.basis)

    @override
    def create_potential_calculator(self) -> FDPotentialCalculator:
        return self.potential_calculator(
            self.grid,
            self.fine_grid,
            self.setups,
            self.xc,
            self.params.poissonsolver.build(self.fine_grid),
            relpos_ac=self.relpos_ac,
            atomdist=self.atomdist,
        )


class _OneElectronBuilder(_Builder):
    has_atomic_part = False
    potential_calculator = DifferencePotential

    @override
    def create_ibz_wave_functions(self, basis: Any, potential: Any, **rest: Any) -> Any:
        made = super().create_ibz_wave_functions(basis, potential, **rest)  # type: ignore[no-untyped-call]
        # HGH projectors do not depend on the density: their matrix joins the kinetic energy's once.
        fixed = dict(potential.dH_asii.items())
        for wave_functions in made:
            wave_functions.T_MM.data += projected(wave_functions, fixed)
        return made


class ManyElectronMode(LCAO):
    """LCAO for data sets with electrons below the valence: everything follows the density."""

    builder: type[_Builder] = _Builder

    def __init__(self) -> None:
        super().__init__()
        self.name = "lcao"

    @override
    def dft_components_builder(
        self, atoms: Any, params: Any, *, log: Any = None, comm: Any = None
    ) -> _Builder:
        return self.builder(atoms, params, log=log, comm=comm)


class OneElectronMode(ManyElectronMode):
    """LCAO for one-electron pseudopotentials: projectors are fixed, and changes are smooth."""

    builder = _OneElectronBuilder
