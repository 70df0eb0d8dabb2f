from .calibration import ONE_SIGMA, Calibration, Coverage
from .card import CARD_FILE, CardFacts, model_card, read_card, write_card
from .corrected import CorrectedModel, correct_model
from .dataset import Dataset, Quantity
from .direct.descriptor import DescriptorOptions
from .direct.ensemble import DirectModel
from .direct.feature import FeatureOptions
from .direct.options import TrainingOptions, WaveOptions
from .direct.spread import SpreadRow, spread_over_splits, train_on_splits
from .direct.training import train_direct
from .distillation import read_taught, with_distilled
from .each import StructurePrediction, predict_each
from .evaluation import SplitEvaluation, evaluate_model
from .families import load_predictor, predictor_families
from .gradient import ConductanceGradient, DifferentiablePredictor, conductance_gradient
from .hamiltonian.learning import HamiltonianOptions
from .hamiltonian.model import HamiltonianModel
from .hamiltonian.training import HamiltonianTeacher, make_teacher, read_examples, train_hamiltonian
from .lookup import find_model, load_model
from .metric import CurvePoint, EvaluationReport, MetricRow, ParityTable
from .predictor import Predictions, Predictor
from .predictor_labeler import PredictorLabeler
from .promotion import BEST, Promotion, promote
from .registry import ModelRegistry, RegistryRow, StoredEvaluation
from .training import FitProgress, Training

__all__ = [
    "BEST",
    "CARD_FILE",
    "ONE_SIGMA",
    "Calibration",
    "CardFacts",
    "ConductanceGradient",
    "CorrectedModel",
    "Coverage",
    "CurvePoint",
    "Dataset",
    "DescriptorOptions",
    "DifferentiablePredictor",
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
    "Promotion",
    "Quantity",
    "RegistryRow",
    "SplitEvaluation",
    "SpreadRow",
    "StoredEvaluation",
    "StructurePrediction",
    "Training",
    "TrainingOptions",
    "WaveOptions",
    "conductance_gradient",
    "correct_model",
    "evaluate_model",
    "find_model",
    "load_model",
    "load_predictor",
    "make_teacher",
    "model_card",
    "predict_each",
    "predictor_families",
    "promote",
    "read_card",
    "read_examples",
    "read_taught",
    "spread_over_splits",
    "train_direct",
    "train_hamiltonian",
    "train_on_splits",
    "with_distilled",
    "write_card",
]
