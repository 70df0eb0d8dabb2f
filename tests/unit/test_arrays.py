"""Records stay what they are, wherever they are copied to."""

import copy
import pickle

import numpy as np
import pytest

from sekkei.structure.junction import Junction

COPIES = {
    "pickle": lambda record: pickle.loads(pickle.dumps(record)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("how", COPIES)
def test_arrays_of_a_copied_record_are_read_only(how: str) -> None:
    sent = Junction.from_sequences([19, 19], [(0.0, 0.0, 0.0), (0.0, 0.0, 4.0)], [-1, 1], 5.33)

    found = COPIES[how](sent)

    with pytest.raises(ValueError, match="read-only"):
        found.positions[0, 0] = 1.0
    np.testing.assert_array_equal(found.positions, sent.positions)
    assert found.lateral_period is None
