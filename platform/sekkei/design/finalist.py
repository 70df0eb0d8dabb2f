"""Finalists of a design as its state keeps them: what was said of them, and what proved true."""

from typing import Annotated

from pydantic import Field

from sekkei.design.candidate import Proposal
from sekkei.specification import Specification

_Count = Annotated[int, Field(ge=0)]


class Finalist(Specification):
    """A candidate at the end of a search, with its proof."""

    proposal: Proposal
    """What was said of it before a fresh structure was labelled; its chance is the one by which it
    is declared."""

    is_declared: bool
    """Whether a hit was said to be likely enough."""

    structure: str
    """Identity of the structure that is reported; empty if none could be made."""

    verified_g0: float | None
    """Conductance of that structure by its label in G0, if there is one."""

    verified_spectrum: float | None = None
    """Fano factor, slope or thermopower by it, where the design asks for one."""

    n_seed: _Count
    """Fresh structures that were to be labelled."""

    n_label: _Count
    """Those that have a label."""

    n_hit: _Count
    """Those that are hits."""

    is_verified: bool
    """Whether as large a share of them as was asked for are hits."""

    n_seen: _Count
    """Observations and failures by which it was judged, those of its fresh structures left out."""
