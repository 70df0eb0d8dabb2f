from .bands import ElectrodeBands, band_energies, channel_count
from .lateral import LateralElectrode
from .matrices import ElectrodeMatrices, electrode_arrays
from .scan import BandSource, ElectrodeScan, scan_electrode

__all__ = [
    "BandSource",
    "ElectrodeBands",
    "ElectrodeMatrices",
    "ElectrodeScan",
    "LateralElectrode",
    "band_energies",
    "channel_count",
    "electrode_arrays",
    "scan_electrode",
]
