"""Where results come from. Workers say it, so this loads nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where, when and by what a row was computed."""

    node: str
    """Name of the machine."""

    started: float
    """Start of the work in s since 1970-01-01 UTC."""

    finished: float
    """End of the work in s since 1970-01-01 UTC."""

    cpu_seconds: float
    """CPU time of the whole task in s."""

    code_version: str
    """Version of Sekkei."""
