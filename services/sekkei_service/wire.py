"""What every answer has in common."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

YAML = "application/yaml"
EXTXYZ = "chemical/x-extxyz"
PARQUET = "application/vnd.apache.parquet"


_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any, config=ConfigDict(ser_json_inf_nan="null"))


def to_json(value: Any) -> bytes:
    """Write anything as JSON; what JSON does not have is written as text."""
    return _ANYTHING.dump_json(value, fallback=str)


def without_place(text: str, place: Path) -> str:
    """Leave out where the lake is on the server, which is nobody's business."""
    # A bare name says nothing of where it is, and may be a word of the text.
    told = [str(place)] if len(place.parts) > 1 else []
    for name in (str(place.resolve()), *told):
        text = text.replace(name, "the lake")
    return text


def sent_as(kind: str) -> dict[int | str, dict[str, Any]]:
    """Describe an answer that is a text or a file of some kind, for the documents."""
    return {200: {"description": "As asked.", "content": {kind: {"schema": {"type": "string"}}}}}


class Wire(BaseModel):
    """Base of what travels: frozen, nothing unknown; NaN, which JSON does not have, is null."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        from_attributes=True,
        ser_json_inf_nan="null",
        use_attribute_docstrings=True,
    )
