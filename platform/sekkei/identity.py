"""Content hashes: equal content gives equal identity, on every machine."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def content_hash(*parts: Any) -> str:
    """Hash numbers, strings, arrays, mappings and sequences of them.

    Parameters
    ----------
    parts
        Anything built from ``str``, ``bytes``, ``int``, ``float``, ``bool``, ``None``, numpy
        arrays, mappings with string keys, and sequences. Order of mapping keys does not matter.

    Returns
    -------
    str
        128 bits of BLAKE2b (RFC 7693) as 32 hexadecimal digits.

    Raises
    ------
    TypeError
        For any other type: a silent ``repr`` would hash memory addresses.

    Examples
    --------
    >>> content_hash({"a": 1, "b": 2.0}) == content_hash({"b": 2.0, "a": 1})
    True
    >>> content_hash("ab", "c") == content_hash("a", "bc")
    False
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        _feed(digest, part)
    return digest.hexdigest()


def content_pieces(*parts: Any) -> list[bytes]:
    """Return what `content_hash` hashes, piece by piece, each behind its length.

    Examples
    --------
    >>> content_pieces("ab")[1]
    b'"ab"'
    """
    found = _Pieces()
    for part in parts:
        _feed(found, part)
    return found.pieces


class _Pieces:
    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def update(self, piece: bytes, /) -> None:
        self.pieces.append(piece)


def _feed(digest: "hashlib.blake2b | _Pieces", part: Any) -> None:
    match part:
        case np.ndarray() if not part.dtype.hasobject:
            _feed_bytes(digest, f"array{part.dtype.str}{part.shape}".encode())
            _feed_bytes(digest, part.tobytes())
        case bytes():
            _feed_bytes(digest, b"bytes" + part)
        case None | bool() | int() | float() | str():
            _feed_bytes(digest, json.dumps(part, ensure_ascii=True).encode())
        case Mapping():
            _feed_bytes(digest, f"mapping{len(part)}".encode())
            for key in sorted(part):
                _feed(digest, key)
                _feed(digest, part[key])
        case Sequence():
            _feed_bytes(digest, f"sequence{len(part)}".encode())
            for item in part:
                _feed(digest, item)
        case _:
            raise TypeError(f"cannot hash a {type(part).__name__}; turn it into plain data first")


def _feed_bytes(digest: "hashlib.blake2b | _Pieces", data: bytes) -> None:
    # The length in front keeps ("ab", "c") apart from ("a", "bc").
    digest.update(len(data).to_bytes(8, "little"))
    digest.update(data)
