"""Every error of ours, wherever it is defined, survives the way between processes."""

import ast
import importlib
import pickle
from pathlib import Path

import pytest

from sekkei.errors import SekkeiError

SOURCE = Path(__file__).parents[2] / "platform"


def _error_classes() -> list[str]:
    return sorted(
        f"{'.'.join(path.relative_to(SOURCE).with_suffix('').parts)}:{node.name}"
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error")
    )


@pytest.mark.parametrize("name", _error_classes())
def test_every_error_pickles_with_message_and_facts(name: str) -> None:
    module, _, kind = name.partition(":")
    error = getattr(importlib.import_module(module), kind)("too near", atoms=(1, 2), gap_ev=0.5)

    back = pickle.loads(pickle.dumps(error))

    assert type(back) is type(error)
    assert isinstance(back, SekkeiError)
    assert (back.message, str(back)) == ("too near", "too near")
    assert back.facts == {"atoms": (1, 2), "gap_ev": 0.5}


def test_errors_outside_the_tree_file_are_found_too() -> None:
    assert "sekkei.fleet.port:WorkerDiedError" in _error_classes()
