"""Parts that several settings of the chart have."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt
from pydantic.alias_generators import to_camel

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
"""Name of a Kubernetes object."""

Quantity = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(m|[KMGTP]i?|k)?$")] | PositiveInt
"""Amount as Kubernetes writes it: 500m, 4Gi."""

Port = Annotated[int, Field(ge=1, le=65535)]

FreeForm = dict[str, Any]
"""Passed on as it is: Kubernetes checks it."""


class Values(BaseModel):
    """Part of the values."""

    model_config = ConfigDict(
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )


class Image(Values):
    """The one image of service, Ray, campaign and MLflow."""

    registry: str = ""
    """Host, and port, of the registry; that of the container engine if empty."""

    repository: Annotated[str, Field(min_length=1)] = "sekkei"
    """Name of the image."""

    tag: str = ""
    """Version; that of the chart if empty."""

    digest: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")] = ""
    """Digest; counts instead of the tag if it is there."""

    pull_policy: Literal["IfNotPresent", "Always", "Never"] = "IfNotPresent"
    """When to ask the registry."""

    pull_secrets: list[Name] = []
    """Secrets for a registry that asks for a password."""


class Resources(Values):
    """What a container gets: its request and its limit are equal, so nothing is promised twice."""

    cpu: Quantity
    """CPUs."""

    memory: Quantity
    """Memory, with what is in memory volumes."""

    gpu: Annotated[int, Field(ge=0)] = 0
    """NVIDIA GPUs."""


class Placement(Values):
    """Which nodes."""

    node_selector: dict[str, str] = {}
    """Labels that a node must have."""

    tolerations: list[FreeForm] = []
    """Taints that do not matter."""
