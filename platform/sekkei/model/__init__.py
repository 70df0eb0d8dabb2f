"""Learned labelers: descriptors, networks, training, uncertainty."""

from sekkei.model.calibration import ONE_SIGMA, Calibration, Coverage
from sekkei.model.dataset import Dataset, Quantity
from sekkei.model.direct.descriptor import DescriptorOptions
from sekkei.model.direct.feature import FeatureOptions
from sekkei.model.direct.fitting import TrainingOptions
from sekkei.model.direct.spread import SpreadRow, spread_over_splits, train_on_splits
from sekkei.model.direct.surrogate import Predictions, Surrogate
from sekkei.model.direct.training import Training, train_surrogate
from sekkei.model.metric import CurvePoint, EvaluationReport, MetricRow, ParityTable
from sekkei.model.registry import ModelRegistry, RegistryRow
from sekkei.model.surrogate_labeler import SurrogateLabeler

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
