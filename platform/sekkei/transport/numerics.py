"""What a physicist may set in a DFT label; together with the engine it is the recipe."""

from typing import Annotated

from pydantic import Field

from sekkei.specification import Specification

_Positive = Annotated[float, Field(gt=0.0)]


class DftNumerics(Specification):
    """Numerical settings of the GPAW labeler; the defaults were measured on K contacts."""

    grid_spacing_angstrom: _Positive = 0.7
    """Real-space grid; 0.7 Å serves the soft one-electron potentials."""

    tail_norm_s: _Positive = 1e-3
    """Norm of the atomic s state that the confinement of the basis cuts off."""

    tail_norm_p: _Positive = 2e-2
    """The same for p."""

    smearing_ev: _Positive = 0.05
    """Width of the Fermi-Dirac occupation."""

    density_tolerance: _Positive = 1e-3
    """Convergence of the density, in electrons per valence electron."""

    mixing: Annotated[float, Field(gt=0.0, le=1.0)] = 0.4
    """Part of the screened residual that the Pulay mixer adds; 0.3 to 0.5 take as many steps."""

    mixer_history: Annotated[int, Field(ge=1)] = 10
    """Old densities that the mixer keeps."""

    screening_width_angstrom: _Positive = 1.6
    """Width of the charges on atoms by which the mixer foresees the electrons' answer."""

    max_iterations: Annotated[int, Field(ge=1)] = 80
    """Self-consistency iterations before the junction is refused."""

    electrode_kpoint_length_angstrom: _Positive = 128.0
    """The electrode's k grid is that of a supercell at least so long."""

    lead_periods: Annotated[int, Field(ge=2)] = 3
    """Fewest electrode periods at each end of the supercell."""

    energy_range_ev: _Positive = 0.5
    """T(E) is computed within so far of the Fermi level."""

    energy_step_ev: _Positive = 0.01
    """Spacing of that grid."""

    window_ev: _Positive = 0.05
    """Half width of the window mean: a bias of 100 mV."""

    edge_ev: Annotated[float, Field(ge=0.0)] = 0.02
    """An electrode with a band edge nearer to the Fermi level is refused."""
