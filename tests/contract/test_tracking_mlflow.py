"""MLflow keeps the laws of a model registry."""

from pathlib import Path

import pytest

from sekkei.errors import InvalidInputError
from sekkei.testing.registry_laws import RegistryFactory, RegistryLaws
from sekkei.tracking import MlflowRegistry


class TestMlflowRegistry(RegistryLaws):
    @pytest.fixture
    def open_registry(self, tmp_path: Path) -> RegistryFactory:
        return lambda: MlflowRegistry(f"sqlite:///{tmp_path}/store/mlflow.db")

    def test_artifacts_lie_beside_the_database(
        self, open_registry: RegistryFactory, training, tmp_path: Path
    ) -> None:
        open_registry().log_training(training, "state-1", {"parity.svg": b"<svg/>"})

        found = {path.name for path in (tmp_path / "store" / "artifacts").rglob("*")}
        assert {"surrogate.json", "weights.npz", "figures_of_merit.csv", "parity.svg"} <= found


def test_a_plain_folder_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"must be at sqlite:///FILE"):
        MlflowRegistry("./mlruns")
