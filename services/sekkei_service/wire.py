"""What every answer has in common."""

from pydantic import BaseModel, ConfigDict

YAML = "application/yaml"
EXTXYZ = "chemical/x-extxyz"


class Wire(BaseModel):
    """Base of what travels: frozen, nothing unknown; NaN, which JSON does not have, is null."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        from_attributes=True,
        ser_json_inf_nan="null",
        use_attribute_docstrings=True,
    )
