"""MLflow adapter of the model registry."""

import os

import lazy_loader as lazy

# MLflow decides while it is imported whether to report its use to a host outside.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

# With MLflow's own 7 tries of 120 s, a server that is not there is only told after minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
