from .area_predictor import AreaPredictor
from .device_laws import DeviceLaws
from .labeler_laws import LabelerLaws
from .pool_laws import PoolLaws
from .predictor_laws import PredictorLaws
from .proposer_laws import ProposerLaws, SmoothProblem
from .registry_laws import RegistryLaws

__all__ = [
    "AreaPredictor",
    "DeviceLaws",
    "LabelerLaws",
    "PoolLaws",
    "PredictorLaws",
    "ProposerLaws",
    "RegistryLaws",
    "SmoothProblem",
]
