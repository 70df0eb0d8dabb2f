"""A registry that dies while a model is trained does not take the model with it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sekkei.structure.contact import build_contact
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.extxyz import write_junctions

QUICKLY = ("--option", "assembly=series", "--option", "epochs=20", "--option", "n_member=2")


class _LastWords(BaseHTTPRequestHandler):
    """Answers one question as an MLflow server does; then its server is gone."""

    def do_GET(self) -> None:
        found = json.dumps({"experiment": {"experiment_id": "1", "name": "sekkei"}}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(found)
        if self.path != "/health":  # which is asked first
            self.server.server_close()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    server = HTTPServer(("127.0.0.1", 0), _LastWords)

    def serve() -> None:
        while server.fileno() >= 0:
            server.handle_request()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.server_close()


def test_a_registry_that_dies_during_a_training_does_not_take_the_model_with_it(
    sekkei, filled: Path, dying: str, tmp_path: Path
) -> None:
    train = ("model", "train", "--lake", filled, "--registry", dying, "--name", "k", *QUICKLY)
    ended = sekkei(*train)
    (folder,) = tmp_path.glob("unregistered-k-*")
    used = sekkei("model", "show", folder / "surrogate", "--json")
    brought = sekkei("model", "register", folder, "--name", "k", "--registry", "later", "--json")
    shown = sekkei("model", "show", "k:newest", "--registry", "later", "--json")

    assert ended.code == 2
    (line,) = ended.errors
    assert f"the trained model is in {folder.name}; bring it in with sekkei model register" in line
    assert used.code == 0
    assert json.loads(brought.out) == {"name": "k", "version": 1, "folder": str(folder)}
    row = json.loads(shown.out)
    assert row["identity"] == json.loads(used.out)["identity"]
    assert row["evaluation"]["n"] > 0
    assert folder.is_dir()


def test_a_model_is_brought_in_once(sekkei, filled: Path, tmp_path: Path) -> None:
    train = ("model", "train", "--lake", filled, "--registry", "models", *QUICKLY)
    save = ("model", "save", "sekkei", "mine", "--registry", "models")
    codes = [sekkei(*words).code for words in (train, save)]

    found = [
        json.loads(sekkei("model", "register", "mine", "--registry", where, "--json").out)
        for where in ("models", "others", "others")
    ]
    card = sekkei("model", "show", "sekkei", "--card", "--registry", "others")

    assert codes == [0, 0]
    assert [row["version"] for row in found] == [1, 1, 1]
    assert card.out.startswith("# Model card: direct ")
    assert list((tmp_path / "models").glob("unregistered*")) == []


def test_what_is_no_model_is_not_registered(sekkei, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "training.json").write_text("{}")

    empty, half = (
        sekkei("model", "register", name, "--registry", "models") for name in ("nothing", "half")
    )

    assert (empty.code, half.code) == (2, 2)
    assert "must be a folder with surrogate.json, but nothing lacks it" in empty.errors[0]
    assert "training.json must be as it was written" in half.errors[0]


def test_a_registered_model_predicts(sekkei, filled: Path, tmp_path: Path) -> None:
    sekkei("model", "train", "--lake", filled, "--registry", "models", *QUICKLY)
    sekkei("model", "save", "sekkei", "mine", "--registry", "models")
    write_junctions(tmp_path / "a.extxyz", [build_contact(ContactSpec(electrode="staggered-3"))])

    sekkei("model", "register", "mine", "--registry", "others", "--name", "other")
    by_name, by_folder = (
        sekkei("model", "predict", "a.extxyz", "--model", model, "--json", *where)
        for model, where in (("other", ("--registry", "others")), ("./mine", ()))
    )

    assert by_name.code == 0
    assert by_name.out == by_folder.out
