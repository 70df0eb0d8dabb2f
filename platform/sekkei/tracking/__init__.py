"""MLflow adapter of the model registry."""

import os

import lazy_loader as lazy

# MLflow decides while it is imported whether to report its use to a host outside.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
