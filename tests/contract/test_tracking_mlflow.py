"""MLflow keeps the laws of a model registry."""

import os
import shutil
import time
from pathlib import Path

import pytest
from mlflow import MlflowClient

from sekkei.errors import InvalidInputError
from sekkei.testing.registry_laws import RegistryFactory, RegistryLaws
from sekkei.tracking import MlflowRegistry, list_versions


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # MLflow makes its tables by all migrations since 2019, a CPU-second each time.
    file = tmp_path_factory.mktemp("empty") / "mlflow.db"
    MlflowRegistry(f"sqlite:///{file}", experiment="another")
    return file


class TestMlflowRegistry(RegistryLaws):
    @pytest.fixture
    def open_registry(self, tmp_path: Path, empty_store: Path) -> RegistryFactory:
        (tmp_path / "store").mkdir()
        shutil.copyfile(empty_store, tmp_path / "store" / "mlflow.db")
        return lambda: MlflowRegistry(f"sqlite:///{tmp_path}/store/mlflow.db")

    def test_artifacts_lie_beside_the_database(
        self, open_registry: RegistryFactory, training, tmp_path: Path
    ) -> None:
        open_registry().log_training(training, "state-1", {"parity.svg": b"<svg/>"})

        found = {path.name for path in (tmp_path / "store" / "artifacts").rglob("*")}
        assert {"surrogate.json", "weights.npz", "figures_of_merit.csv", "parity.svg"} <= found

    def test_the_database_says_what_mlflow_says(
        self, open_registry: RegistryFactory, training, tmp_path: Path
    ) -> None:
        registry = open_registry()
        run = registry.log_training(training, "state-1", {})
        for name in ("b", "a", "a"):
            registry.register(name, run)
        registry.set_alias("a", "newest", 2)
        registry.set_alias("a", "best", 2)
        uri = f"sqlite:///{tmp_path}/store/mlflow.db"

        found = list_versions(uri)

        assert found == list(registry.list())
        assert [(row.name, row.version, row.aliases) for row in found] == [
            ("a", 1, ()),
            ("a", 2, ("best", "newest")),
            ("b", 1, ()),
        ]

    def test_a_deleted_version_is_not_listed(
        self, open_registry: RegistryFactory, training, tmp_path: Path
    ) -> None:
        registry = open_registry()
        run = registry.log_training(training, "state-1", {})
        for _ in range(2):
            registry.register("a", run)
        uri = f"sqlite:///{tmp_path}/store/mlflow.db"

        MlflowClient(uri, uri).delete_model_version("a", "1")

        assert [row.version for row in list_versions(uri)] == [2]


def test_a_plain_folder_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"must be at sqlite:///FILE"):
        MlflowRegistry("./mlruns")


@pytest.mark.slow  # 13 s of MLflow's own waiting
def test_a_server_that_does_not_answer_is_told_in_one_line_before_long() -> None:
    assert {"MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_HTTP_REQUEST_TIMEOUT"} <= set(os.environ)
    started = time.monotonic()

    with pytest.raises(InvalidInputError, match="find the experiment 'sekkei' at http") as caught:
        MlflowRegistry("http://127.0.0.1:1")

    assert "\n" not in caught.value.message
    assert time.monotonic() - started < 30.0
