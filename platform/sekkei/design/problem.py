"""The port to what makes and verifies structures, and the records of what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.stats import binomtest

from sekkei.design.candidate import Candidate, Failure, Proposal
from sekkei.design.state import DesignState
from sekkei.identity import content_hash
from sekkei.shapes import Float
from sekkei.structure.junction import Junction
from sekkei.transport.labeler import Label, Outcome


@runtime_checkable
class DesignProblem(Protocol):
    """What stands behind a design: it makes structures, estimates and verifies them."""

    def realise(self, candidate: Candidate, seed: int) -> Junction:
        """Make a structure of a candidate; equal arguments give equal structures.

        Raises
        ------
        ExperimentError
            If the structure cannot be made.
        LabelError
            If it was made but no label can be made of it, as of one that left its box.
        """
        ...

    def estimate(
        self, junctions: Sequence[Junction]
    ) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
        """Return the surrogate's conductance and its standard deviation, in G0, all finite."""
        ...

    def verify(self, junctions: Sequence[Junction]) -> Sequence[Outcome]:
        """Return a label, or the refusal of it, of each junction in order."""
        ...


@runtime_checkable
class PullableProblem(DesignProblem, Protocol):
    """One that a design with ``plateau`` needs: structures of a pulling, not its end alone."""

    def pull(self, candidate: Candidate, seed: int, n_frame: int) -> Sequence[Junction]:
        """Return structures after each of ``n_frame`` equal parts of a pulling.

        Raises as `realise` does.
        """
        ...


@runtime_checkable
class SpectralProblem(DesignProblem, Protocol):
    """One that a design with ``spectrum`` needs: its surrogate knows more than conductances."""

    def estimate_spectrum(
        self, junctions: Sequence[Junction]
    ) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
        """Return the quantity of `DesignSpec.spectrum` and its standard deviation, by a surrogate.

        It is NaN where nothing conducts; standard deviations are above 0.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One realised structure of one proposal, and all that is known of it."""

    proposal: Proposal
    """What was put forward."""

    seed: int
    """Seed of the realisation."""

    junction: Junction | None = None
    """The structure; ``None`` if it could not be made."""

    estimate_g0: float | None = None
    """Conductance by the surrogate, in G0."""

    sigma_g0: float | None = None
    """Standard deviation of that estimate, in G0."""

    spectrum: float | None = None
    """Fano factor, slope or thermopower by the surrogate, where one is asked for."""

    spectrum_sigma: float | None = None
    """Standard deviation of that estimate."""

    outcome: Outcome | None = None
    """Label of this very structure or its refusal; ``None`` if none was spent."""

    failure: Failure | None = None
    """Why there is no number, if there is none."""

    pulling: tuple[Junction, ...] = ()
    """Structures after each of equal parts of the pulling, ``junction`` being the last; empty
    where only that one was made."""

    estimates_g0: tuple[float, ...] = ()
    """Conductances of these by the surrogate, in G0."""

    labels: tuple[Label, ...] = ()
    """Labels of these; empty if one was refused."""

    @property
    def structures(self) -> tuple[Junction, ...]:
        """All structures that are estimated and labelled together; none if it was not made."""
        return self.pulling or (() if self.junction is None else (self.junction,))

    @property
    def verified_g0(self) -> float | None:
        """Conductance by the label in G0, if there is one."""
        return self.outcome.conductance if isinstance(self.outcome, Label) else None

    @property
    def structure(self) -> str:
        """Identity of the structure; empty if it could not be made."""
        return "" if self.junction is None else structure_key(self.junction)


@dataclass(frozen=True, slots=True, eq=False)
class RoundResult:
    """What one round did."""

    n_round: int
    """Which round, from 0."""

    trials: tuple[Trial, ...]
    """One for each proposal, in order; with `DesignSpec.round_seeds` several times all of them, and
    then those of earlier candidates that are labelled now, or whose scatter leaves their chance
    open."""

    least_chance: float = 0.0
    """Chance of a hit from which on it labelled."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How many fresh realisations of a finalist are hits, by their labels."""

    n_seed: int
    """Realisations that were to be labelled; nothing but their seeds chose them."""

    n_label: int
    """How many of them have a label. The others could not be made, or were refused."""

    n_hit: int
    """How many are hits. One without a label is none."""

    @property
    def share(self) -> float | None:
        """Share of hits among all of them; ``None`` if there are none."""
        return self.n_hit / self.n_seed if self.n_seed else None

    @property
    def interval_90(self) -> tuple[float, float] | None:
        """Central 90 % interval of the share among all realisations that could be made.

        Notes
        -----
        E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927), doi:10.1080/01621459.1927.10502953.
        """
        if not self.n_seed:
            return None
        found = binomtest(self.n_hit, self.n_seed).proportion_ci(0.9, method="wilson")
        return float(found.low), float(found.high)


@dataclass(frozen=True, slots=True, eq=False)
class Verification:
    """The proof of one finalist: fresh structures and their labels."""

    proposal: Proposal
    """The finalist; its interval and its chance are those of any fresh realisation."""

    trial: Trial
    """The structure that is reported, with the label of that structure."""

    robustness: float
    """Share of the finalist's fresh realisations that the surrogate puts within the target."""

    error_g0: float | None
    """Conductance by the label minus the target, in G0; ``None`` if there is no label."""

    is_hit: bool
    """Whether the conductance by the label of the reported structure is a hit."""

    is_doubtful: bool | None = None
    """Whether the 90 % error bar of that label is wider than the target: check it before use;
    ``None`` where it has none."""

    is_declared: bool = False
    """Whether a hit was said to be likely enough before any fresh structure was labelled."""

    proof: Proof = Proof(0, 0, 0)
    """Labels of fresh realisations that nobody chose."""

    is_verified: bool = False
    """Whether as large a share of these as the specification asks for are hits."""

    labelled: tuple[Trial, ...] = ()
    """All fresh realisations that were labelled or refused, the reported one among them."""


@dataclass(frozen=True, slots=True, eq=False)
class DesignResult:
    """What a campaign found."""

    state: DesignState
    """Where the campaign ended; it can go on from here."""

    rounds: tuple[RoundResult, ...]
    """Rounds of this run; those before a resume are in ``state`` as observations."""

    verifications: tuple[Verification, ...]
    """Finalists, the likeliest hit first."""

    stopped: str = ""
    """Why no further round was done."""

    searched: DesignState | None = None
    """Where the search ended, with the finalists and without what their proof told: whoever goes on
    from here proves the same ones."""

    @property
    def hits(self) -> tuple[Verification, ...]:
        """Finalists of which the reported structure is a hit by its label."""
        return tuple(v for v in self.verifications if v.is_hit)

    @property
    def declared(self) -> tuple[Verification, ...]:
        """Finalists of which a hit was said to be likely enough, before they were labelled."""
        return tuple(v for v in self.verifications if v.is_declared)


def structure_key(junction: Junction) -> str:
    """Identity of a structure by its content."""
    return content_hash(
        "structure",
        junction.numbers,
        junction.positions,
        junction.regions,
        junction.electrode_period,
    )
