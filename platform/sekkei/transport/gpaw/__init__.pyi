from .labeler import GpawLabeler
from .model import ONE_ELECTRON, ElectronModel, find_electron_model
from .numerics import DftNumerics

__all__ = [
    "ONE_ELECTRON",
    "DftNumerics",
    "ElectronModel",
    "GpawLabeler",
    "find_electron_model",
]
