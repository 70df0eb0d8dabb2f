"""What an administrator decides about a service."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_GPAW = (
    "model", "basis", "grid_spacing_angstrom", "smearing_ev", "density_tolerance", "mixing",
    "mixer_history", "max_iterations", "energy_range_ev", "energy_step_ev", "window_ev", "edge_ev",
    "lead_periods", "lateral_kpoint_length_angstrom", "electrode_kpoint_length_angstrom",
)  # fmt: skip
_TIGHT_BINDING = ("decay", "cutoff", "energy_range_ev", "energy_step_ev", "window_ev", "edge_ev")

LABELERS: Mapping[str, tuple[str, ...]] = {"gpaw": _GPAW, "tight-binding": _TIGHT_BINDING}
"""Labelers that a remote user may start, and their options: none of them names a file."""


class Limits(BaseModel):
    """How much one request, one user and all of them together may ask for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body_bytes: Annotated[int, Field(ge=1)] = 8 * 2**20
    """Most bytes of a request."""

    specification_bytes: Annotated[int, Field(ge=1)] = 256 * 2**10
    """Most bytes of a specification."""

    request_seconds: Annotated[float, Field(gt=0.0)] = 60.0
    """Longest time until an answer begins, in s."""

    requests_per_minute: Annotated[int, Field(ge=1)] = 1200
    """Requests of one token, or of one address, in a minute."""

    denials_per_minute: Annotated[int, Field(ge=1)] = 30
    """Requests without a valid token from one address in a minute."""

    page_rows: Annotated[int, Field(ge=1)] = 1000
    """Most rows of one page."""

    download_rows: Annotated[int, Field(ge=1)] = 1_000_000
    """Most rows of a download as Parquet."""

    download_structures: Annotated[int, Field(ge=1)] = 20_000
    """Most structures of a download."""

    upload_atoms: Annotated[int, Field(ge=1)] = 20_000
    """Most atoms of an uploaded file, over all structures."""

    upload_structures: Annotated[int, Field(ge=1)] = 200
    """Most structures of an uploaded file."""

    heavy_at_once: Annotated[int, Field(ge=1)] = 2
    """Predictions, downloads, histograms and proposals that are computed at the same time."""

    streams_at_once: Annotated[int, Field(ge=1)] = 200
    """Streams of events that are open at the same time."""

    experiments: Annotated[int, Field(ge=1)] = 100_000
    """Most experiments of one campaign."""

    queued: Annotated[int, Field(ge=1)] = 100
    """Most campaigns that wait for another one to end."""

    kinds: Annotated[int, Field(ge=1)] = 1000
    """Most experiments of a family that differ in more than their seeds."""


class ServiceSettings(BaseModel):
    """What an administrator decides; read once where the service is started."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lake: Path
    """Folder of the lake, or ``s3://bucket/prefix``."""

    state: Path
    """Folder of what the service keeps: tokens, campaigns, designs, the audit trail."""

    registry: str | None = None
    """Address of the model registry; none if there are no models."""

    is_local: bool = False
    """Whether whoever reaches the loopback address may do everything, without a token."""

    local_hosts: tuple[str, ...] = ()
    """Names with port under which a browser may call a local service."""

    is_optimade_open: bool = False
    """Whether OPTIMADE may be read without a token."""

    optimade_url: str | None = None
    """Address of the service as the world knows it, for links; that of the request if absent."""

    workers: Annotated[int | None, Field(ge=1)] = None
    """Most workers of a campaign; one per CPU if absent."""

    ray_address: str | None = None
    """Address of a running Ray that campaigns spread over; a private one for each if absent."""

    is_serial: bool = False
    """Whether campaigns run in one process, without a fleet: for tests and tiny machines."""

    labelers: Mapping[str, tuple[str, ...]] = LABELERS
    """Labelers that a user may start, with the options that may be set."""

    limits: Limits = Field(default_factory=Limits)
    """How much may be asked for."""
