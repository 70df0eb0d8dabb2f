from .mlflow_registry import MlflowRegistry
from .production import RegisteredTraining, register_training, training_figures
from .versions import list_versions

__all__ = [
    "MlflowRegistry",
    "RegisteredTraining",
    "list_versions",
    "register_training",
    "training_figures",
]
