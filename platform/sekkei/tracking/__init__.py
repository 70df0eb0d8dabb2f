"""MLflow adapter of the model registry."""

import os

# MLflow decides while it is imported whether to report its use to a host outside.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from sekkei.tracking.mlflow_registry import MlflowRegistry

__all__ = ["MlflowRegistry"]
