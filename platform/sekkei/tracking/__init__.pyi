from .mlflow_registry import MlflowRegistry
from .production import RegisteredTraining, register_training, training_figures
from .versions import list_versions, open_version

__all__ = [
    "MlflowRegistry",
    "RegisteredTraining",
    "list_versions",
    "open_version",
    "register_training",
    "training_figures",
]
