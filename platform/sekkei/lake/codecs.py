"""How the columns of a lake are compressed, and how a changed bit in one of them is found."""

from typing import Any

import zarr
from zarr.codecs import BloscCodec, Crc32cCodec, ZstdCodec

from sekkei.lake.schema import Column

# Bytes of equal weight side by side: exponents and signs compress, though mantissas do not.
_COMPACT = BloscCodec(cname="zstd", clevel=9, shuffle="shuffle")
# The last bits of matrices are rounded away, so that mantissas compress, too: both matrices to four
# tenths. Level 9 would save a tenth more in twenty times the time (decision 0027).
_ROUNDED = BloscCodec(cname="zstd", clevel=5, shuffle="shuffle")


def codecs_of(column: Column, *, is_compact: bool) -> tuple[Any, ...]:
    """Return what turns the bytes of a column into stored ones: a compressor, then a checksum.

    In a sharded column these are the codecs of its inner chunks; Zarr gives the index of a shard a
    checksum by itself.
    """
    return _compressor(column, is_compact=is_compact), Crc32cCodec()


def has_checksums(array: "zarr.Array[Any]") -> bool:
    """Whether a changed bit in a stored chunk of an array is noticed by whoever reads it."""
    return any(isinstance(codec, Crc32cCodec) for codec in array.compressors)


def _compressor(column: Column, *, is_compact: bool) -> Any:
    if column.kind == "float32":
        return _ROUNDED
    return _COMPACT if is_compact and column.kind == "float64" else ZstdCodec()
