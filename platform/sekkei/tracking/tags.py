"""Tags of a registered version in MLflow."""

IDENTITY = "sekkei.identity"
"""Content hash of the model."""

LAKE_STATE = "sekkei.lake_state"
"""State of the lake that it was trained on."""

OLD_LAKE_STATE = "sekkei.lake_snapshot"
"""The same on versions that were registered before it was called so."""
