"""Equal content has an equal hash, and different content a different one."""

import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sekkei.identity import content_hash

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
ARRAYS = hnp.arrays(
    st.sampled_from([np.int64, np.int8, np.float64, np.float32, np.bool_, np.complex128]),
    hnp.array_shapes(min_dims=1, max_dims=3, max_side=4),
)


@given(PLAIN)
def test_a_hash_is_32_hexadecimal_digits_and_repeats(content) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", content_hash(content))
    assert content_hash(content) == content_hash(content)


@given(st.dictionaries(st.text(), PLAIN, min_size=2, max_size=6), st.randoms())
def test_the_order_of_keys_does_not_matter(mapping, random) -> None:
    keys = list(mapping)
    random.shuffle(keys)

    assert content_hash({key: mapping[key] for key in keys}) == content_hash(mapping)


@given(st.lists(st.integers() | st.text(), min_size=2, unique_by=repr))
def test_the_order_of_a_sequence_matters(items) -> None:
    assert content_hash(items) != content_hash(items[::-1])


@given(st.text(), st.text(), st.text())
def test_texts_side_by_side_are_not_confused_with_their_concatenation(a, b, c) -> None:
    one, other = (a + b, c), (a, b + c)

    assert (content_hash(*one) == content_hash(*other)) == (one == other)


@given(st.lists(PLAIN, max_size=3), st.lists(PLAIN, max_size=3))
def test_a_boundary_between_sequences_cannot_move(left, right) -> None:
    together = content_hash([*left, *right], [])
    apart = content_hash(left, right)

    assert (together == apart) == (right == [])


@given(ARRAYS)
def test_an_array_is_its_values_whatever_its_layout_in_memory(array) -> None:
    turned = np.asfortranarray(array)
    strided = np.repeat(array, 2, axis=0)[::2]

    assert content_hash(array) == content_hash(turned) == content_hash(strided)


@given(ARRAYS)
def test_an_array_is_also_its_shape(array) -> None:
    assert content_hash(array) != content_hash(array[None])


@given(hnp.arrays(np.int8, hnp.array_shapes(max_dims=2, max_side=4)))
def test_an_array_is_also_its_type(array) -> None:
    # The same bytes and shape, read as another type.
    assert content_hash(array) != content_hash(array.view(np.uint8))
    assert content_hash(array) != content_hash(array.astype(np.int64))
    assert content_hash(array) != content_hash(array.tobytes())


@given(ARRAYS, st.data())
def test_one_changed_element_changes_the_hash(array, data) -> None:
    index = tuple(data.draw(st.integers(0, n - 1)) for n in array.shape)
    changed = array.copy()
    changed[index] = 0 if changed[index] else 1

    assert content_hash(changed) != content_hash(array)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (True, 1), (None, "null"), ("1", 1), (b"a", "a"), ([], {}), ("", [])],
    ids=repr,
)
def test_things_that_look_alike_are_told_apart(one, other) -> None:
    assert content_hash(one) != content_hash(other)


@pytest.mark.parametrize(
    "thing", [{1, 2}, object(), 1j, np.int64(3)], ids=lambda t: type(t).__name__
)
def test_what_has_no_plain_content_is_refused(thing) -> None:
    with pytest.raises(TypeError, match=f"cannot hash a {type(thing).__name__}"):
        content_hash([thing])


def test_another_process_finds_the_same_hash() -> None:
    # Python's own hash of a text is salted anew in every process.
    program = (
        "from sekkei.identity import content_hash; print(content_hash({'K': 1.0, 'a': [None]}))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == content_hash({"a": [None], "K": 1.0})


def test_an_array_of_objects_is_refused() -> None:
    # Its bytes would be addresses in memory.
    with pytest.raises(TypeError, match="plain data"):
        content_hash(np.array([{}], dtype=object))


def test_a_number_in_no_dimension_is_not_one_in_a_row() -> None:
    assert content_hash(np.array(1.0)) != content_hash(np.array([1.0]))
