"""The whole stack as processes of one machine: what dies in the middle loses nothing."""

import importlib.util
import shutil
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "two_nodes.py"


@pytest.mark.slow
def test_a_service_and_a_node_that_are_killed_lose_and_double_nothing(tmp_path: Path) -> None:
    if shutil.which("initdb") is None:
        pytest.skip("NO POSTGRESQL: the stack of two nodes was NOT tried; install postgresql")
    module = importlib.util.spec_from_file_location("two_nodes", SCRIPT)
    two_nodes = importlib.util.module_from_spec(module)
    module.loader.exec_module(two_nodes)

    said: list[str] = []
    # Sockets of PostgreSQL and Ray must have short paths.
    folder = Path(shutil.os.path.realpath(two_nodes.tempfile.mkdtemp(prefix="n-")))
    found = two_nodes.main(folder, said.append)

    n_experiment, n_label = two_nodes.N_EXPERIMENT, two_nodes.N_EXPERIMENT * two_nodes.N_LABEL
    rows = found["rows"]
    assert found["state"] == "succeeded", said
    assert 0 < found["labels_at_the_kill"] < n_label
    assert (rows["experiment"], rows["label"], rows["refusal"]) == (n_experiment, n_label, 0)
    assert found["models"] == ["sekkei:1"]
    assert found["restored_rows"] == rows
