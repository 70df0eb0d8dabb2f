"""MLflow adapter of the model registry."""
