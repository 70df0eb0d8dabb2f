"""A contact brought nearer to a target by the slopes of its conductance, always at rest.

Positions that no potential holds are no contacts. So a step along a slope is only a suggestion:
grips are moved, or atoms are pushed, and then everything falls into a minimum of the energy again.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sekkei.errors import ExperimentError, LabelError
from sekkei.model.gradient import ConductanceGradient, conductance_gradient
from sekkei.model.predictor import Predictor
from sekkei.shapes import Float
from sekkei.structure.cross_section import narrowest_cross_section
from sekkei.structure.dynamics import relax
from sekkei.structure.experiment import PotentialName
from sekkei.structure.junction import RIGHT, Junction

Way = Literal["grips", "atoms"]
"""What was moved: the right grip, or atoms of the device."""

_PROBE_ANGSTROM = 0.05
"""By which grips move to see which way atoms at rest go along."""

_GRIP_SHARES = (1.0, 0.3)
"""Of what the slope suggests: it holds for some tenths of an angstrom at most."""

_SAME_ANGSTROM = 0.3
"""Atoms that come to rest as near to where they were have fallen back."""


@dataclass(frozen=True, slots=True)
class RefinementLimits:
    """How far a refinement may go."""

    n_step: int = 4
    """Steps at most."""

    grip_angstrom: float = 0.5
    """Largest move of the right grip in a step."""

    push_angstrom: tuple[float, ...] = (1.2, 1.6, 2.0)
    """Largest moves of an atom that are tried in a step, before it comes to rest. Shorter pushes
    fall back."""

    energy_ev: float = 0.5
    """Largest rise of the energy by pushing atoms, in a step: more is no contact that forms."""

    drift_angstrom: float = 4.0
    """Farthest that an atom may come to rest from where it was, in a step."""


@dataclass(frozen=True, slots=True, eq=False)
class RefinementStep:
    """A contact at rest, and what is predicted of it."""

    junction: Junction
    """At rest between its grips."""

    conductance: float
    """Predicted, in G0."""

    energy: float
    """Of the potential, in eV."""

    way: Way | None
    """What was moved to come here; None at the start."""


@dataclass(frozen=True, slots=True, eq=False)
class Refinement:
    """All steps towards a target, each nearer than the one before."""

    target: float
    """In G0."""

    steps: tuple[RefinementStep, ...]
    """The first is the contact that was given, at rest."""

    refused: tuple[str, ...]
    """Why suggestions were not taken, in one line each."""

    @property
    def gain(self) -> float:
        """By how much the last step is predicted to be nearer to the target, in G0."""
        first, last = (abs(step.conductance - self.target) for step in self._ends)
        return first - last

    @property
    def _ends(self) -> tuple[RefinementStep, RefinementStep]:
        return self.steps[0], self.steps[-1]


def refine(
    junction: Junction,
    target: float,
    predictor: Predictor,
    potential: PotentialName,
    limits: RefinementLimits | None = None,
    tolerance: float = 0.02,
) -> Refinement:
    """Move grips and atoms along the slopes of the conductance, and let them come to rest.

    In each step the right grip is moved by as much as slope and elastic answer suggest, and, as an
    alternative, atoms are pushed along their slopes, so far that they do not fall back. Of what
    comes to rest as a contact, what is nearest to the target is taken, if it is nearer than before.

    Parameters
    ----------
    junction
        A contact between wires.
    target
        Conductance in G0.
    predictor
        Of a family that can be differentiated.
    potential
        That of the experiment.
    limits
        How far it may go.
    tolerance
        It ends when the target is as near, in G0.

    Raises
    ------
    InvalidInputError
        If the predictor has no gradients, or the potential does not treat the elements.
    LabelError
        If the contact at rest cannot be predicted.
    ExperimentError
        If the dynamics of the contact as it was given fails.
    """
    bounds = limits or RefinementLimits()
    resting, energy = relax(junction, potential)
    start = float(predictor.predict([resting]).mean[0])
    steps = [RefinementStep(resting, start, energy, None)]
    refused: list[str] = []
    while len(steps) <= bounds.n_step and abs(steps[-1].conductance - target) > tolerance:
        gradient = conductance_gradient(predictor, steps[-1].junction)
        suggested = _Suggestions(steps[-1], gradient, target, potential, bounds)
        found = [
            _attempt(suggested, way, junction, predictor, refused)
            for way, junction in suggested.all()
        ]
        nearest = min(
            (step for step in found if step is not None), key=suggested.miss, default=steps[-1]
        )
        if suggested.miss(nearest) >= suggested.miss(steps[-1]):
            break
        steps.append(nearest)
    return Refinement(target, tuple(steps), tuple(refused))


@dataclass(frozen=True, slots=True, eq=False)
class _Suggestions:
    """What the slopes at one contact suggest."""

    start: RefinementStep
    gradient: ConductanceGradient
    target: float
    potential: PotentialName
    limits: RefinementLimits

    def miss(self, step: RefinementStep) -> float:
        """Return how far a contact is from the target, in G0."""
        return abs(step.conductance - self.target)

    def all(self) -> list[tuple[Way, Junction]]:
        """Return contacts that are not at rest yet, with what was moved."""
        by = self._grip()
        parts: list[tuple[Way, Junction]] = [
            ("grips", parted(self.start.junction, share * by)) for share in _GRIP_SHARES
        ]
        slopes = self.gradient.by_position
        if not slopes.any():
            return parts
        steepest = float(np.linalg.norm(slopes, axis=1).max())
        push = float(np.sign(self._missing)) / steepest * slopes
        positions = [
            self.start.junction.positions + far * push for far in self.limits.push_angstrom
        ]
        return [*parts, *(("atoms", _with_positions(self.start.junction, at)) for at in positions)]

    def _grip(self) -> float:
        """Return by how much slope and elastic answer say that the right grip must move."""
        answers = [
            relax(parted(self.start.junction, by), self.potential)[0].positions
            for by in (_PROBE_ANGSTROM, -_PROBE_ANGSTROM)
        ]
        along = (answers[0] - answers[1]) / (2.0 * _PROBE_ANGSTROM)
        # Rows of grips are zero in the slopes, so that only atoms that go along count.
        slope = self.gradient.by_right_lead + float((self.gradient.by_position * along).sum())
        furthest, missing = self.limits.grip_angstrom, self._missing
        if abs(slope) * furthest > abs(missing):
            return missing / slope
        return float(np.copysign(furthest, missing * slope))

    @property
    def _missing(self) -> float:
        return self.target - self.start.conductance


def parted(junction: Junction, by: float) -> Junction:
    """Move the right grip of a contact along z by a length in angstrom."""
    positions = np.array(junction.positions)
    positions[junction.regions == RIGHT, 2] += by
    return _with_positions(junction, positions)


def _attempt(
    suggested: _Suggestions,
    way: Way,
    junction: Junction,
    predictor: Predictor,
    refused: list[str],
) -> RefinementStep | None:
    """Let a suggestion come to rest and predict it; say why if it is no contact."""
    try:
        resting, energy = relax(junction, suggested.potential)
        reason = _flaw(suggested, resting, energy, way)
        if reason is None:
            found = predictor.predict([resting])
            reason = found.reasons[0]
    except (ExperimentError, LabelError) as error:
        reason = error.message
    if reason:
        refused.append(f"moving {way}: {reason}")
        return None
    return RefinementStep(resting, float(found.mean[0]), energy, way)


def _flaw(suggested: _Suggestions, resting: Junction, energy: float, way: Way) -> str | None:
    """Return why what came to rest is not taken."""
    limits, start = suggested.limits, suggested.start
    drift = float(np.linalg.norm(resting.positions - start.junction.positions, axis=1).max())
    if narrowest_cross_section(resting) == 0.0:
        return "the contact breaks"
    if drift > limits.drift_angstrom:
        return f"an atom comes to rest {drift:.1f} Å from where it was"
    if way == "atoms" and drift < _SAME_ANGSTROM:
        return "they fall back to where they were"
    # Work of the grips is no flaw: whoever parts them does it.
    if way == "atoms" and energy - start.energy > limits.energy_ev:
        return f"the energy rises by {energy - start.energy:.2f} eV"
    return None


def _with_positions(junction: Junction, positions: Float[np.ndarray, "atom 3"]) -> Junction:
    return Junction.from_sequences(
        junction.numbers, positions, junction.regions, junction.electrode_period
    )
