"""Shapes in annotations: jaxtyping's where something checks them, plain arrays otherwise.

Tests check every shape through jaxtyping's import hook. Nothing else looks at them, and loading
jaxtyping would take a tenth of a second from every command.
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import Bool, Complex, Float, Inexact, Int, Shaped, UInt8, UInt64
else:

    class _Unchecked:
        def __class_getitem__(cls, item: tuple[Any, str]) -> Any:
            return item[0]

    Bool = Complex = Float = Inexact = Int = Shaped = UInt8 = UInt64 = _Unchecked

__all__ = ["Bool", "Complex", "Float", "Inexact", "Int", "Shaped", "UInt8", "UInt64"]
