"""Fitting an effective Hamiltonian to transmissions: damped Gauss-Newton steps on mini-batches.

There are about a hundred parameters, and one elimination gives T of a junction and its slopes by
all of them, so that a step by the normal equations [1]_ costs little more than one by a gradient
and does the work of hundreds.

References
----------
.. [1] D. W. Marquardt, J. Soc. Ind. Appl. Math. 11, 431 (1963), doi:10.1137/0111030.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sekkei.model.direct.waves.bands import WireBands
from sekkei.model.direct.waves.basis import N_PARAMETER
from sekkei.model.direct.waves.elimination import eliminate
from sekkei.model.direct.waves.lead import Lead, LeadSlopes, open_lead
from sekkei.model.direct.waves.survey import Survey, Wire
from sekkei.shapes import Float, Int

Parameters = Float[np.ndarray, " parameter"]

_STRAIGHT_G0 = 0.3
_MOST_DAMPED = 6
_FACTOR = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What an effective Hamiltonian is fitted to."""

    surveys: tuple[Survey, ...]
    """Junctions."""

    energies: Float[np.ndarray, " energy"]
    """In eV against the Fermi level."""

    transmission: Float[np.ndarray, "row energy"]
    """T of each junction at each energy."""

    weights: Float[np.ndarray, "row energy"]
    """One over the error that each is worth, in 1/G0."""

    def rows(self, index: Int[np.ndarray, " chosen"]) -> "Targets":
        """Return some of the junctions."""
        return Targets(
            tuple(self.surveys[i] for i in index),
            self.energies,
            self.transmission[index],
            self.weights[index],
        )

    def at_fermi(self) -> "Targets":
        """Return the first energy only."""
        one = slice(0, 1)
        return Targets(
            self.surveys, self.energies[one], self.transmission[:, one], self.weights[:, one]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What is known without labels."""

    wires: tuple[WireBands, ...]
    """Bands."""

    start: Parameters
    """Parameters to stay near."""

    stiffness: float
    """Weight of the squared distance to them."""

    def equations(self, parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
        """Return curvature and slope of half the `cost`."""
        curvature = self.stiffness * np.eye(parameters.size)
        slope = self.stiffness * (parameters - self.start)
        for wire in self.wires:
            misfits, slopes = wire.misfits(parameters)
            curvature += slopes.T @ slopes
            slope += slopes.T @ misfits
        return curvature, slope

    def cost(self, parameters: Parameters) -> float:
        """Return the sum of squares that parameters cost without any label."""
        found = [wire.misfits(parameters, with_slopes=False)[0] for wire in self.wires]
        away = self.stiffness * float(((parameters - self.start) ** 2).sum())
        return away + sum(float(misfits @ misfits) for misfits in found)


@dataclass(slots=True)
class Descent:
    """Where a fit stands."""

    parameters: Parameters
    """Found so far."""

    damping: float = 10.0
    """How short steps are kept."""

    memory: float = 0.0
    """Share of the curvature of earlier batches that stays after a step.

    A step then weighs what a batch wants against what earlier ones fixed, as a recursive least
    squares with forgetting does; without, it follows its own batch as far as that goes.
    """

    remembered: Float[np.ndarray, "parameter parameter"] = field(
        default_factory=lambda: np.zeros((N_PARAMETER, N_PARAMETER))
    )
    """Curvature of earlier batches."""

    rmse: float = float("nan")
    """Root mean squared error in G0 on the last batch at its first energy, before the step."""

    def step(self, targets: Targets, prior: Prior, share: float) -> bool:
        """Take a step on a batch that is a share of all; tell whether it helped."""
        found, slopes = transmissions(targets, self.parameters, with_slopes=True)
        error = found - targets.transmission
        weights = targets.weights * _robust(error)
        rows = (slopes * weights[:, :, None]).reshape(-1, N_PARAMETER)
        curvature, slope = prior.equations(self.parameters)
        of_batch, known = rows.T @ rows / share, self.remembered
        curvature = curvature + of_batch + known
        self.remembered = self.memory * (known + of_batch)
        slope = slope + rows.T @ (weights * error).ravel() / share
        before = self._cost(targets, prior, self.parameters, share, found)
        self.rmse = float(np.sqrt((error[:, 0] ** 2).mean()))
        for _ in range(_MOST_DAMPED):
            damped = curvature + self.damping * np.eye(N_PARAMETER)
            move = np.linalg.solve(damped, slope)
            trial = self.parameters - move
            found, _ = transmissions(targets, trial)
            after = self._cost(targets, prior, trial, share, found) + float(move @ known @ move)
            if after < before:
                self.parameters = trial
                self.damping = max(self.damping / _FACTOR, 1e-2)
                return True
            self.damping *= _FACTOR
        return False

    @staticmethod
    def _cost(
        targets: Targets, prior: Prior, parameters: Parameters, share: float, found: np.ndarray
    ) -> float:
        error = found - targets.transmission
        squares = ((targets.weights * _robust(error) * error) ** 2).sum()
        return float(squares) / share + prior.cost(parameters)


def transmissions(
    targets: Targets, parameters: Parameters, *, with_slopes: bool = False
) -> tuple[Float[np.ndarray, "row energy"], Float[np.ndarray, "asked energy parameter"]]:
    """Compute T of junctions, and its derivatives by the parameters where they are asked for."""
    surfaces = Surfaces(parameters, targets.energies)
    n_energy = len(targets.energies)
    found = np.zeros((len(targets.surveys), n_energy))
    slopes = np.zeros((len(found) if with_slopes else 0, n_energy, N_PARAMETER), np.float32)
    for i, survey in enumerate(targets.surveys):
        done = eliminate(survey, [surfaces.leads(survey)], parameters[None])
        if done is None:
            continue
        found[i] = done.transmission[:, 0, 0]
        if with_slopes:
            slopes[i] = done.slopes(surfaces.slopes(survey))
    return found, slopes


def conductances(
    survey: Survey, surfaces: Sequence["Surfaces"], weights: Float[np.ndarray, "*sum energy"]
) -> Float[np.ndarray, "*sum set junction"]:
    """Compute weighted sums of T over energies by each of some sets of parameters, in G0."""
    leads = [each.leads(survey) for each in surfaces]
    done = eliminate(survey, leads, np.stack([each.parameters for each in surfaces]))
    if done is None:
        return np.zeros((*weights.shape[:-1], len(surfaces), survey.n_junction))
    found: np.ndarray = np.tensordot(weights, done.transmission, axes=1)
    return found


class Surfaces:
    """Leads of one set of parameters, each computed once."""

    def __init__(self, parameters: Parameters, energies: Float[np.ndarray, " energy"]) -> None:
        """Energies are in eV against the Fermi level."""
        self.parameters, self._energies = parameters, energies
        self._leads: dict[tuple[Wire, bool], Lead] = {}
        self._slopes: dict[Lead, LeadSlopes] = {}

    def leads(self, survey: Survey) -> tuple[Lead, Lead]:
        """Return the left and the right lead of junctions."""
        frame = survey.frame
        return self._lead(frame.left, is_left=True), self._lead(frame.right, is_left=False)

    def slopes(self, survey: Survey) -> tuple[LeadSlopes, LeadSlopes]:
        """Return how both depend on the parameters."""
        left, right = self.leads(survey)
        for lead in (left, right):
            if lead not in self._slopes:
                self._slopes[lead] = LeadSlopes(lead)
        return self._slopes[left], self._slopes[right]

    def _lead(self, wire: Wire, *, is_left: bool) -> Lead:
        if (wire, is_left) not in self._leads:
            found = open_lead(wire, self.parameters, self._energies, is_left=is_left)
            self._leads[wire, is_left] = found
        return self._leads[wire, is_left]


def _robust(error: np.ndarray) -> np.ndarray:
    # Quadratic for small errors, straight for large ones: one odd label must not rule the fit.
    found: np.ndarray = (1.0 + (error / _STRAIGHT_G0) ** 2) ** -0.25
    return found
