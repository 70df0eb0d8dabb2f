"""MLflow keeps the laws of a model registry."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

from sekkei.errors import InvalidInputError
from sekkei.testing.registry_laws import RegistryFactory, RegistryLaws
from sekkei.tracking import MlflowRegistry, list_versions, open_version


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

    def test_a_project_that_was_renamed_keeps_its_models(
        self, open_registry: RegistryFactory, training, tmp_path: Path
    ) -> None:
        registry = open_registry()
        registry.register("a", registry.log_training(training, "state-1", {}, "a card"))
        (tmp_path / "store").rename(tmp_path / "renamed")
        uri = f"sqlite:///{tmp_path}/renamed/mlflow.db"

        moved = MlflowRegistry(uri)
        moved.register("a", moved.log_training(training, "state-2", {}))

        identity = training.predictor.identity
        assert open_version(uri, "a:1")[1].identity == identity
        assert moved.load("a", 1).identity == identity
        assert moved.card("a", 1) == "a card"
        assert moved.load("a", 2).identity == identity
        assert not (tmp_path / "store").exists()
        run = MlflowClient(uri, uri).get_run(moved.list()[0].run)
        assert run.info.artifact_uri.startswith((tmp_path / "renamed").as_uri())

    def test_a_copy_of_a_project_writes_into_its_own_folder(
        self, open_registry: RegistryFactory, training, tmp_path: Path
    ) -> None:
        registry = open_registry()
        registry.log_training(training, "state-1", {})
        shutil.copytree(tmp_path / "store", tmp_path / "copy")

        MlflowRegistry(f"sqlite:///{tmp_path}/copy/mlflow.db").log_training(training, "s", {})

        assert len(list((tmp_path / "store" / "artifacts").iterdir())) == 1
        assert len(list((tmp_path / "copy" / "artifacts").iterdir())) == 2


@pytest.mark.parametrize("name", ["what?", "a%41"])
def test_a_folder_that_mlflow_would_read_as_another_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="MLflow would write elsewhere") as caught:
        MlflowRegistry(f"sqlite:///{tmp_path}/{name}/mlflow.db")

    assert name in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_registry_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("no database" * 100)

    with pytest.raises(InvalidInputError, match="a registry must be a database of MLflow"):
        list_versions(f"sqlite:///{tmp_path}/mlflow.db")


def test_a_plain_folder_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"must be at sqlite:///FILE"):
        MlflowRegistry("./mlruns")


def test_tries_of_mlflow_are_bounded() -> None:
    assert {"MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_HTTP_REQUEST_TIMEOUT"} <= set(os.environ)


def test_several_that_make_a_registry_at_once_all_get_it(tmp_path: Path) -> None:
    program = (
        f"from sekkei.tracking import MlflowRegistry; MlflowRegistry('sqlite:///{tmp_path}/m.db')"
    )

    started = [
        subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in started]

    assert [code for _, code in ended] == [0, 0, 0], ended
