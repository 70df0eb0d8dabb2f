"""A bit that flips anywhere in a lake is found, or changes nothing that anybody reads."""

import numpy as np
import pytest

from sekkei.errors import SekkeiError
from sekkei.lake import Lake
from sekkei.lake.schema import SCHEMA
from sekkei.lake.store import array_of


def content(lake):
    """All that the newest state says, but the words that describe columns."""
    found = {}
    for table, columns in SCHEMA.items():
        for column in columns:
            values = np.asarray(array_of(lake.root, f"{table}/{column.name}")[:])
            is_text = values.dtype.kind == "T"
            found[table, column.name] = values.tolist() if is_text else values.tobytes()
    return found | {
        "states": [state for state, _, _ in lake.history()],
        "tags": lake.tags(),
        "about": dict(lake.root.attrs),
    }


def flip(lake, rng, expected):
    """Flip one bit of a file of a lake, say what became of it, and put the file back."""
    kinds = [folder for folder in (lake.path / "repo").glob("**/*") if any(folder.glob("*"))]
    files = [file for file in kinds[rng.integers(len(kinds))].iterdir() if file.is_file()]
    if not files:
        return "no file"
    file = files[rng.integers(len(files))]
    sound = file.read_bytes()
    broken = bytearray(sound)
    broken[rng.integers(len(sound))] ^= 1 << int(rng.integers(8))
    file.write_bytes(bytes(broken))
    try:
        found = Lake.open(lake.path)
        if found.verify():
            return "found"
        return "harmless" if content(found) == expected else f"missed in {file}"
    except SekkeiError as error:
        return "told" if "\n" not in error.message else "told in many lines"
    finally:
        file.write_bytes(sound)


@pytest.fixture
def several(filled, batches):
    """A lake whose columns are in manifests and in chunks of their own, with a tag."""
    with filled.committer() as committer:
        committer.tag("first", committer.commit(batches(1, 40), "more"))
        committer.commit(batches(2, 8), "still more")
    return filled.refreshed()


def outcomes(lake, seed, n):
    rng = np.random.default_rng(seed)
    expected = content(lake)
    return [flip(lake, rng, expected) for _ in range(n)]


def test_a_few_flipped_bits_are_found_or_harmless(several):
    assert set(outcomes(several, seed=7, n=8)) <= {"found", "told", "harmless", "no file"}


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(3))
def test_hundreds_of_flipped_bits_are_found_or_harmless(several, seed):
    found = outcomes(several, seed, n=100)

    assert set(found) <= {"found", "told", "harmless", "no file"}
    assert found.count("found") + found.count("told") > 30


def test_every_bit_of_a_result_is_covered(filled, batches):
    with filled.committer() as committer:  # so many that they lie in an object of their own
        committer.commit(batches(1, 120), "more")
    chunks = (filled.path / "repo" / "chunks").iterdir()
    largest = max(chunks, key=lambda file: file.stat().st_size)
    sound = largest.read_bytes()
    rng = np.random.default_rng(3)

    missed = []
    for at in rng.integers(100, len(sound) - 100, 4).tolist():
        largest.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        if not Lake.open(filled.path).verify():
            missed.append(at)
    assert missed == []
