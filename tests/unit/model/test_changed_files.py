"""A saved model whose files were changed ends in one line, however they were changed."""

import io
import json
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.model import load_predictor
from sekkei.model.folder import ARRAYS_FILE
from sekkei.model.predictor import META_FILE
from sekkei.testing.registry_laws import RegistryLaws

Change = Callable[[Path], object]


class TestChangedFiles:
    training = RegistryLaws.training

    @pytest.fixture
    def saved(self, training, tmp_path: Path) -> Path:
        training.predictor.save(tmp_path / "model")
        return tmp_path / "model"

    def test_what_is_untouched_is_read(self, saved: Path, training) -> None:
        assert load_predictor(saved).identity == training.predictor.identity

    def test_a_folder_without_a_checksum_is_read(self, saved: Path, training) -> None:
        _with_meta(lambda meta: meta.pop("checksum"))(saved)

        assert load_predictor(saved).identity == training.predictor.identity

    @pytest.mark.parametrize("has_checksum", [True, False])
    def test_what_was_changed_is_refused_in_one_line(
        self, saved: Path, tmp_path: Path, has_checksum: bool
    ) -> None:
        for name, change in CHANGES.items():
            folder = tmp_path / name
            shutil.copytree(saved, folder)
            if not has_checksum:
                _with_meta(lambda meta: meta.pop("checksum"))(folder)
            change(folder)

            with pytest.raises(InvalidInputError) as caught:
                load_predictor(folder)

            assert "\n" not in caught.value.message, name
            assert str(folder) in caught.value.message, name
            assert len(caught.value.message) < 500, name

    def test_an_array_too_many_is_noticed(self, saved: Path) -> None:
        _with_arrays(lambda arrays: arrays.update(more=np.zeros(3)))(saved)

        with pytest.raises(InvalidInputError, match="one of its files was changed"):
            load_predictor(saved)


def _with_meta(change: Callable[[dict], object]) -> Change:
    def changed(folder: Path) -> None:
        file = folder / META_FILE
        meta = json.loads(file.read_text())
        change(meta)
        file.write_text(json.dumps(meta))

    return changed


def _with_arrays(change: Callable[[dict], object]) -> Change:
    def changed(folder: Path) -> None:
        file = folder / ARRAYS_FILE
        with np.load(file) as stored:
            arrays = dict(stored)
        change(arrays)
        np.savez(file, allow_pickle=True, **arrays)

    return changed


def _first(arrays: dict) -> str:
    return next(name for name, array in arrays.items() if array.ndim)


def _spoil(arrays: dict) -> None:
    name = _first(arrays)
    arrays[name] = np.full_like(arrays[name], np.nan, dtype=np.float64)


def _drop_one(arrays: dict) -> None:
    del arrays[_first(arrays)]


def _reshape(arrays: dict) -> None:
    for name in list(arrays):
        arrays[name] = np.concatenate([np.ravel(arrays[name])] * 2)


def _pickled(arrays: dict) -> None:
    arrays[_first(arrays)] = np.array([{"a": 1}], dtype=object)


def _cut(folder: Path) -> None:
    file = folder / ARRAYS_FILE
    file.write_bytes(file.read_bytes()[:-300])


def _rewrite(folder: Path, part: bytes) -> None:
    with zipfile.ZipFile(folder / ARRAYS_FILE, "w") as archive:
        archive.writestr("scaler.mean.npy", part)


def _promise(folder: Path) -> None:
    # A header of an array of 8 TB, and nothing after it.
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
    )
    _rewrite(folder, head.getvalue())


def _long_header(folder: Path) -> None:
    text = b"{'descr': '<f8', 'shape': (" + b"1, " * 50_000 + b")}"
    _rewrite(folder, b"\x93NUMPY\x02\x00" + struct.pack("<I", len(text)) + text)


CHANGES: dict[str, Change] = {
    "no-arrays": lambda folder: (folder / ARRAYS_FILE).unlink(),
    "no-meta": lambda folder: (folder / META_FILE).unlink(),
    "cut": _cut,
    "empty": lambda folder: (folder / ARRAYS_FILE).write_bytes(b""),
    "no-zip": lambda folder: (folder / ARRAYS_FILE).write_bytes(b"no zip" * 100),
    "shapes": _with_arrays(_reshape),
    "fewer": _with_arrays(_drop_one),
    "nan": _with_arrays(_spoil),
    "pickle": _with_arrays(_pickled),
    "promise": _promise,
    "long-header": _long_header,
    "version": _with_meta(lambda meta: meta.update(format=999)),
    "family": _with_meta(lambda meta: meta.update(family="hamiltonian")),
    "no-family": _with_meta(lambda meta: meta.update(family="made up")),
    "options": _with_meta(lambda meta: meta.pop("options")),
    "domain": _with_meta(lambda meta: meta.update(domain=[1])),
    "quantity": _with_meta(lambda meta: meta.update(quantity="other")),
    "identity": _with_meta(lambda meta: meta.pop("identity")),
    "list": lambda folder: (folder / META_FILE).write_text("[1]"),
    "deep": lambda folder: (folder / META_FILE).write_text("[" * 100_000),
    "text": lambda folder: (folder / META_FILE).write_bytes(b"\xff\xfe\x00"),
    "folder": lambda folder: (
        (folder / ARRAYS_FILE).rename(folder / "x") and (folder / ARRAYS_FILE).mkdir()
    ),
}
