"""The labeler port: from a junction to what it conducts."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import nan
from typing import Protocol, runtime_checkable

import numpy as np

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.errors import LabelError
from sekkei.shapes import Float
from sekkei.structure.junction import Junction


def _no_channels() -> Float[np.ndarray, " channel"]:
    return freeze(np.zeros(0))


@dataclass(frozen=True, slots=True, eq=False)
class Label(ReadOnlyArrays):
    """What a junction conducts, and how that was computed. Its arrays are read-only."""

    energies: Float[np.ndarray, " energy"]
    """Energies in eV against the Fermi level of the electrode, ascending, 0 among them."""

    transmission: Float[np.ndarray, " energy"]
    """Landauer transmission at each energy, both spins counted in G0."""

    conductance: float
    """Zero-bias conductance T(E_F) in G0."""

    window_conductance: float
    """Mean of T over ``energies`` within ``window`` of E_F, in G0."""

    window: float
    """Half width of that window in eV."""

    n_channel: int
    """Open channels of the electrode at E_F: the upper bound of the conductance."""

    fermi_level: float
    """Fermi level of the electrode in eV, on the scale of the engine."""

    recipe: str
    """Identity of the method: equal recipes give equal labels."""

    engine: str
    """Name and version of what computed it, for people."""

    cpu_seconds: float
    """CPU time spent on this junction, in s; the electrode's share is not in it."""

    iterations: int
    """Self-consistency iterations; 0 where there are none."""

    eigenchannels: Float[np.ndarray, " channel"] = field(default_factory=_no_channels)
    """Eigenchannel transmissions at E_F, descending; empty where the labeler gives none."""

    rung: int = 0
    """Rung of the convergence ladder that gave the density; 0 is the first, the recipe's own."""

    error: float = nan
    """Estimated 68 % error of the conductance against a converged basis, in G0; NaN if nobody
    estimated it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A label that could not be computed."""

    kind: str
    """Name of the error class."""

    message: str
    """Why, in one line."""

    recipe: str
    """Identity of the method that refused."""

    cpu_seconds: float = 0.0
    """CPU time spent before refusing, in s."""


Outcome = Label | Refusal


@runtime_checkable
class Labeler(Protocol):
    """Turns a junction into a transport label.

    Implementations keep four laws, and `sekkei.testing.LabelerLaws` checks them:

    1. *Repeatable*: labelling the same junction twice gives bit-identical arrays.
    2. *Rigid*: rotating about z, translating, or reordering atoms changes the transmission by
       no more than a tolerance (1e-10 for exact kernels, a grid's own error for DFT).
    3. *Bounded*: ``0 <= transmission <= channels of the electrode`` at every energy.
    4. *Honest*: a junction that cannot be labelled raises `LabelError`. It never yields
       NaN, and never a made-up number.
    """

    @property
    def recipe(self) -> str:
        """Identity of method, parameters and version; equal recipes give equal labels."""
        ...

    @property
    def engine(self) -> str:
        """Name and version of what computes, for people."""
        ...

    def label(self, junction: Junction) -> Label:
        """Compute transmission and zero-bias conductance.

        Parameters
        ----------
        junction
            ``n`` atoms; positions ``(n, 3)`` in angstrom, transport along +z.

        Returns
        -------
        Label
            ``energies`` and ``transmission`` of shape ``(n_energy,)``, in eV and
            dimensionless; ``conductance`` in G0.

        Raises
        ------
        LabelError
            If the method cannot treat this junction, or did not converge.

        Notes
        -----
        Zero-bias conductance follows Landauer [1]_, ``G = G0 * T(E_F)`` with both spins
        counted in ``G0``.

        References
        ----------
        .. [1] R. Landauer, IBM J. Res. Dev. 1, 223 (1957). doi:10.1147/rd.13.0223
        """
        ...


def label_all(labeler: Labeler, junctions: Iterable[Junction]) -> Iterator[Outcome]:
    """Label junctions one after the other; a junction that cannot be labelled is a row, too."""
    for junction in junctions:
        started = time.process_time()
        try:
            yield labeler.label(junction)
        except LabelError as error:
            yield Refusal(
                kind=type(error).__name__,
                message=error.message,
                recipe=labeler.recipe,
                cpu_seconds=time.process_time() - started,
            )
