"""What went into a label, for people who look at one structure closely."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Label


@dataclass(frozen=True, slots=True)
class Supercell:
    """The periodic cell in which the density of a junction was computed."""

    n_atom: int
    """Atoms, those of the added periods included."""

    n_orbital: int
    """Basis functions."""

    length: float
    """Along z in angstrom."""

    lead_periods: int
    """Periods of the electrode at each end that stand in its own order."""

    grid: tuple[int, int, int]
    """Points of the real-space grid along x, y and z."""

    n_k: tuple[int, int]
    """k-points across, along x and y; 1 and 1 for a wire."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A label and what went into it."""

    label: Label
    """What the labeler says of the junction, as ever."""

    supercell: Supercell
    """Where the density was computed."""

    alignment_shift: float
    """Added to the levels of the junction so that its ends have those of the electrode, in eV."""

    mean_channel: float
    """Open channels of the electrode at E_F, averaged over k across."""


@runtime_checkable
class Explainer(Protocol):
    """Labels a junction and says what went into the label; labelers may implement it."""

    def explain(self, junction: Junction) -> Explanation:
        """Return the label that ``label`` gives, and what went into it.

        Raises
        ------
        LabelError
            As ``label`` does.
        """
        ...
