"""What a physicist may set in a DFT label; together with the engine it is the recipe."""

from typing import Annotated, Literal

from pydantic import Field

from sekkei.specification import Specification
from sekkei.transport.energy_grid import EnergyStep, WindowWidth

BasisName = Literal["sp", "spd", "uncontracted", "reference"]

_Positive = Annotated[float, Field(gt=0.0)]
_Length = Annotated[float, Field(gt=0.0, le=10_000.0)]
"""In Å, of what k-points fold: what is longer takes more memory than there is."""


class Rung(Specification):
    """One try to converge a density."""

    mixing: Annotated[float, Field(gt=0.0, le=1.0)]
    """Part of the screened residual that the Pulay mixer adds."""

    mixer_history: Annotated[int, Field(ge=1, le=100)]
    """Old densities that the mixer keeps."""

    smearing_ev: _Positive
    """Width of the Fermi-Dirac occupation."""

    max_iterations: Annotated[int, Field(ge=1, le=1000)]
    """Self-consistency iterations before the next rung is tried."""


class LaterRung(Specification):
    """A try that is made after those before it failed; see `Rung`."""

    mixing: Annotated[float, Field(gt=0.0, le=1.0)]
    """Part of the screened residual that the Pulay mixer adds."""

    mixer_history: Annotated[int, Field(ge=1, le=100)]
    """Old densities that the mixer keeps."""

    max_iterations: Annotated[int, Field(ge=1, le=1000)]
    """Self-consistency iterations before the next rung is tried."""

    smearing_factor: _Positive = 1.0
    """Times the recipe's smearing.

    Any other value than 1 changes the physics, not the road alone: doubled from 0.05 eV, T(E_F) of
    four K contacts fell by 0.02 to 0.08. None of the default rungs does so.
    """


class DftNumerics(Specification):
    """Numerical settings of the GPAW labeler; the defaults were measured on K contacts."""

    grid_spacing_angstrom: Annotated[float, Field(ge=0.05, le=2.0)] | None = None
    """Real-space grid; if absent, the coarsest that serves every element of a junction."""

    basis: BasisName = "spd"
    """``sp`` (4 orbitals an atom), ``spd`` (9; Li 10), ``uncontracted`` or ``reference`` (22)."""

    smearing_ev: _Positive = 0.05
    """Width of the Fermi-Dirac occupation."""

    density_tolerance: _Positive = 1e-3
    """Convergence of the density, in electrons per valence electron."""

    mixing: Annotated[float, Field(gt=0.0, le=1.0)] = 0.4
    """Part of the screened residual that the Pulay mixer adds; 0.3 to 0.5 take as many steps."""

    mixer_history: Annotated[int, Field(ge=1, le=100)] = 10
    """Old densities that the mixer keeps."""

    screening_width_angstrom: _Positive = 1.6
    """Width of the charges on atoms by which the mixer foresees the electrons' answer."""

    max_iterations: Annotated[int, Field(ge=1, le=1000)] = 40
    """Self-consistency iterations before the first later rung is tried."""

    later_rungs: tuple[LaterRung, ...] = (
        LaterRung(mixing=0.15, mixer_history=20, max_iterations=80),
        LaterRung(mixing=0.05, mixer_history=30, max_iterations=200),
    )
    """What is tried, in order and from the start, where the density does not converge."""

    electrode_kpoint_length_angstrom: _Length = 128.0
    """The electrode's k grid is that of a supercell at least so long."""

    lateral_kpoint_length_angstrom: _Length = 30.0
    """Between surfaces, the k grid across is that of a supercell at least so wide."""

    lead_periods: Annotated[int, Field(ge=2, le=100)] = 3
    """Fewest electrode periods at each end of the supercell."""

    energy_range_ev: _Positive = 0.5
    """T(E) is computed within so far of the Fermi level."""

    energy_step_ev: EnergyStep = 0.01
    """Spacing of that grid."""

    window_ev: WindowWidth = 0.05
    """Half width of the window mean: a bias of 100 mV."""

    edge_ev: Annotated[float, Field(ge=0.0)] = 0.02
    """An electrode with a band edge nearer to the Fermi level is refused."""

    @property
    def ladder(self) -> tuple[Rung, ...]:
        """All rungs, the first of the fields above."""
        first = Rung(
            mixing=self.mixing,
            mixer_history=self.mixer_history,
            smearing_ev=self.smearing_ev,
            max_iterations=self.max_iterations,
        )
        later = [
            Rung(
                mixing=rung.mixing,
                mixer_history=rung.mixer_history,
                smearing_ev=self.smearing_ev * rung.smearing_factor,
                max_iterations=rung.max_iterations,
            )
            for rung in self.later_rungs
        ]
        return (first, *later)
