"""Learned labelers: the predictor port and its families, training, uncertainty, registry."""

from sekkei.model.calibration import ONE_SIGMA, Calibration, Coverage
from sekkei.model.dataset import Dataset, Quantity
from sekkei.model.direct.descriptor import DescriptorOptions
from sekkei.model.direct.ensemble import DirectModel
from sekkei.model.direct.feature import FeatureOptions
from sekkei.model.direct.fitting import TrainingOptions
from sekkei.model.direct.training import train_direct
from sekkei.model.evaluation import SplitEvaluation, evaluate_model
from sekkei.model.families import load_predictor, predictor_families
from sekkei.model.metric import CurvePoint, EvaluationReport, MetricRow, ParityTable
from sekkei.model.predictor import Predictions, Predictor
from sekkei.model.predictor_labeler import PredictorLabeler
from sekkei.model.registry import ModelRegistry, RegistryRow, find_model, load_model
from sekkei.model.training import FitProgress, Training

__all__ = [
    "ONE_SIGMA",
    "Calibration",
    "Coverage",
    "CurvePoint",
    "Dataset",
    "DescriptorOptions",
    "DirectModel",
    "EvaluationReport",
    "FeatureOptions",
    "FitProgress",
    "MetricRow",
    "ModelRegistry",
    "ParityTable",
    "Predictions",
    "Predictor",
    "PredictorLabeler",
    "Quantity",
    "RegistryRow",
    "SplitEvaluation",
    "Training",
    "TrainingOptions",
    "evaluate_model",
    "find_model",
    "load_model",
    "load_predictor",
    "predictor_families",
    "train_direct",
]
