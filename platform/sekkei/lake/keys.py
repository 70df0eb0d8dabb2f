"""Keys as they are stored: sixteen bytes each."""

import re
from collections.abc import Sequence

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.shapes import UInt8

_KEY = re.compile(r"[0-9a-f]{32}")


def key_bytes(keys: Sequence[str], *, may_be_empty: bool = False) -> UInt8[np.ndarray, "key 16"]:
    """Turn keys into bytes; an empty key, where there may be one, becomes zeros.

    Raises
    ------
    InvalidInputError
        If a key is not 32 hexadecimal digits, or one text stands where several keys are due.
    """
    if isinstance(keys, str):
        raise InvalidInputError(
            f"keys must be a sequence of keys, but found the text {keys!r}; write [key] for one"
        )
    for key in keys:
        if not (_KEY.fullmatch(key) or (may_be_empty and not key)):
            raise InvalidInputError(
                f"a key must be 32 hexadecimal digits, but found {key!r}; take it from the column "
                "key of a query, or make it with experiment_key, snapshot_key or label_key",
                key=key,
            )
    packed = bytes.fromhex("".join(key or "0" * 32 for key in keys))
    return np.frombuffer(packed, dtype=np.uint8).reshape(-1, 16)
