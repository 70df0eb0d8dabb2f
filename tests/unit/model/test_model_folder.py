"""Folders of saved predictors, whichever the family."""

from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.model.folder import ARRAYS_FILE, read_folder, under, write_folder

META = {"format": 4, "family": "made up", "identity": "1"}
ARRAYS = {"one.a": np.arange(3), "one.b": np.zeros((2, 2)), "other.a": np.ones(1)}


@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_folder_holds_what_was_written(tmp_path: Path, is_compressed: bool) -> None:
    write_folder(tmp_path / "new" / "folder", META, ARRAYS, is_compressed=is_compressed)

    meta, arrays = read_folder(tmp_path / "new" / "folder", "a thing", 4)

    assert meta == META
    assert set(arrays) == set(ARRAYS)
    np.testing.assert_array_equal(under(arrays, "one.")["a"], [0, 1, 2])
    assert set(under(arrays, "one.")) == {"a", "b"}


def test_a_folder_without_arrays_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path, META, ARRAYS)
    (tmp_path / ARRAYS_FILE).unlink()

    with pytest.raises(InvalidInputError, match=r"a thing must be a folder with .* lacks them"):
        read_folder(tmp_path, "a thing", 4)
