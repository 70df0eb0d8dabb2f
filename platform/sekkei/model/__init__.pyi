from .calibration import ONE_SIGMA, Calibration, Coverage
from .dataset import Dataset, Quantity
from .direct.descriptor import DescriptorOptions
from .direct.ensemble import DirectModel
from .direct.feature import FeatureOptions
from .direct.fitting import TrainingOptions
from .direct.spread import SpreadRow, spread_over_splits, train_on_splits
from .direct.training import train_direct
from .evaluation import SplitEvaluation, evaluate_model
from .families import load_predictor, predictor_families
from .hamiltonian.learning import HamiltonianOptions
from .hamiltonian.model import HamiltonianModel
from .hamiltonian.training import HamiltonianTeacher, make_teacher, read_examples, train_hamiltonian
from .lookup import find_model, load_model
from .metric import CurvePoint, EvaluationReport, MetricRow, ParityTable
from .predictor import Predictions, Predictor
from .predictor_labeler import PredictorLabeler
from .registry import ModelRegistry, RegistryRow
from .training import FitProgress, Training

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
    "HamiltonianModel",
    "HamiltonianOptions",
    "HamiltonianTeacher",
    "MetricRow",
    "ModelRegistry",
    "ParityTable",
    "Predictions",
    "Predictor",
    "PredictorLabeler",
    "Quantity",
    "RegistryRow",
    "SplitEvaluation",
    "SpreadRow",
    "Training",
    "TrainingOptions",
    "evaluate_model",
    "find_model",
    "load_model",
    "load_predictor",
    "make_teacher",
    "predictor_families",
    "read_examples",
    "spread_over_splits",
    "train_direct",
    "train_hamiltonian",
    "train_on_splits",
]
