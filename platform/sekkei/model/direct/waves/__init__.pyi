from .bands import WireBands, band_levels, shipped_bands, start_parameters
from .fitting import fit_waves, wave_targets
from .levenberg import Targets, transmissions
from .survey import Survey, Wires, survey_junctions

__all__ = [
    "Survey",
    "Targets",
    "WireBands",
    "Wires",
    "band_levels",
    "fit_waves",
    "shipped_bands",
    "start_parameters",
    "survey_junctions",
    "transmissions",
    "wave_targets",
]
