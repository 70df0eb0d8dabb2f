"""The load of readers: the script of the runbook runs, and what it reads is answered."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "service_load.py"


@pytest.mark.slow
def test_readers_of_a_service_that_fills_its_lake_see_no_errors(tmp_path: Path) -> None:
    module = importlib.util.spec_from_file_location("service_load", SCRIPT)
    service_load = importlib.util.module_from_spec(module)
    module.loader.exec_module(service_load)

    told = service_load.main(readers=4, seconds=6.0, think_s=0.5, folder=tmp_path, rows=6)

    assert "the campaign was running" in told
    assert "Errors: 0 of " in told
    assert "| `all` | " in told
