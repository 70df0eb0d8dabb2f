"""Work on small matrices keeps to one thread, and leaves the libraries as they were."""

from pathlib import Path

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from sekkei.model import load_predictor
from sekkei.structure import ContactSpec, build_contact
from sekkei.threads import few_threads

MODELS = Path(__file__).parents[2] / "data" / "models"


def counts():
    return {"torch": torch.get_num_threads()} | {
        one["filepath"]: one["num_threads"] for one in threadpool_info()
    }


@pytest.fixture
def _two_threads():
    before = torch.get_num_threads()
    with threadpool_limits(2):
        torch.set_num_threads(2)
        yield
    torch.set_num_threads(before)


def fail_on_one_thread(seen):
    with few_threads(1):
        seen.update(counts())
        raise ArithmeticError


@pytest.mark.usefixtures("_two_threads")
def test_one_thread_holds_inside_and_ends_with_an_error():
    np.linalg.eigvalsh(np.eye(3))
    inside = {}

    with pytest.raises(ArithmeticError):
        fail_on_one_thread(inside)

    assert set(inside.values()) == {1}
    assert set(counts().values()) == {2}


def test_as_many_as_were_asked_for(monkeypatch):
    np.linalg.eigvalsh(np.eye(3))
    seen = []
    for asked in ("2", "nonsense", "0"):
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
        with few_threads():
            seen.append(set(counts().values()))

    assert seen == [{2}, {1}, {1}]


@pytest.mark.usefixtures("_two_threads")
@pytest.mark.parametrize("name", ["potassium", "potassium-direct"])
def test_predictions_are_made_on_one_thread(monkeypatch, name):
    seen = []
    solve = torch.linalg.solve

    def watched(*args, **kwargs):
        seen.append(counts())
        return solve(*args, **kwargs)

    contact = build_contact(ContactSpec(electrode="bcc111-2+2+2", device_periods=3))
    model = load_predictor(MODELS / name)
    model.predict([contact])  # the first one loads a library
    monkeypatch.setattr(torch.linalg, "solve", watched)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)

    model.predict([contact])

    assert seen
    assert [found for found in seen if set(found.values()) != {1}] == []
    assert counts()["torch"] == 2
