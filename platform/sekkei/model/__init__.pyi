from .calibration import ONE_SIGMA, Calibration, Coverage
from .dataset import Dataset, Quantity
from .direct.descriptor import DescriptorOptions
from .direct.feature import FeatureOptions
from .direct.fitting import TrainingOptions
from .direct.spread import SpreadRow, spread_over_splits, train_on_splits
from .direct.surrogate import Predictions, Surrogate
from .direct.training import Training, train_surrogate
from .metric import CurvePoint, EvaluationReport, MetricRow, ParityTable
from .registry import ModelRegistry, RegistryRow
from .surrogate_labeler import SurrogateLabeler

__all__ = [
    "ONE_SIGMA",
    "Calibration",
    "Coverage",
    "CurvePoint",
    "Dataset",
    "DescriptorOptions",
    "EvaluationReport",
    "FeatureOptions",
    "MetricRow",
    "ModelRegistry",
    "ParityTable",
    "Predictions",
    "Quantity",
    "RegistryRow",
    "SpreadRow",
    "Surrogate",
    "SurrogateLabeler",
    "Training",
    "TrainingOptions",
    "spread_over_splits",
    "train_on_splits",
    "train_surrogate",
]
