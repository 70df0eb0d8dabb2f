"""Where the things are that a backup holds."""

from dataclasses import dataclass
from pathlib import Path

LAKE, MODELS, SERVICE = "lake", "models", "service"
"""Folders of a backup."""

DATABASE, ARTIFACTS = "mlflow.db", "artifacts"
"""What is in the folder of the models."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where a lake, its models and the folder of its service are, or shall be."""

    lake: Path
    """Folder of the lake."""

    registry: Path | None = None
    """Database of the registry of models; what trainings left is beside it. None to leave out."""

    service: Path | None = None
    """Folder of what a service keeps. None to leave out."""

    @property
    def artifacts(self) -> Path | None:
        """Folder of what trainings left."""
        return None if self.registry is None else self.registry.parent / ARTIFACTS
