from .decimation import decimate
from .density import LocalDensity, local_density
from .eigenchannels import ScatteringStates, channel_transmissions, scattering_states
from .gradients import position_gradient
from .landauer import Plan, plan_road, transmission
from .precision import CheckedTransmission, transmission_in_single
from .self_energy import SelfEnergies, broadening_matrix, lead_self_energies, surface_green_function
from .slicing import Slicing, find_slicing

__all__ = [
    "CheckedTransmission",
    "LocalDensity",
    "Plan",
    "ScatteringStates",
    "SelfEnergies",
    "Slicing",
    "broadening_matrix",
    "channel_transmissions",
    "decimate",
    "find_slicing",
    "lead_self_energies",
    "local_density",
    "plan_road",
    "position_gradient",
    "scattering_states",
    "surface_green_function",
    "transmission",
    "transmission_in_single",
]
