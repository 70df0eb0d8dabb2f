"""The design problem of stretched contacts and their labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sekkei.design.candidate import Candidate
from sekkei.design.specification import DesignSpec
from sekkei.errors import InvalidInputError
from sekkei.shapes import Float
from sekkei.structure.dynamics import Bath, stretch, stretch_through
from sekkei.structure.junction import Junction
from sekkei.structure.widen import widen_leads
from sekkei.transport.labeler import Labeler, Outcome, label_all

Estimator = Callable[
    [Sequence[Junction]],
    tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]],
]


@dataclass(frozen=True, slots=True)
class StretchedContacts:
    """A `DesignProblem` of real contacts: cut, pulled, estimated, labelled.

    One seed decides where the elements go and how the atoms shake.
    """

    spec: DesignSpec
    """Names electrode and potential."""

    estimator: Estimator
    """The surrogate: conductance and its standard deviation of many junctions, in G0."""

    labeler: Labeler
    """First principles."""

    spectral_estimator: Estimator | None = None
    """The surrogate where the specification asks for a spectrum, too; see `SpectralProblem`."""

    def realise(self, candidate: Candidate, seed: int) -> Junction:
        """Cut a contact, pull it by the elongation, and return it relaxed.

        Raises
        ------
        ExperimentError
            If the dynamics fails.
        AtomOverlapError
            If an atom stands where the leads of the design go.
        """
        return stretched(self.spec, candidate, seed)

    def pull(self, candidate: Candidate, seed: int, n_frame: int) -> tuple[Junction, ...]:
        """Cut a contact, pull it by the elongation, and return it after each of equal parts.

        Raises
        ------
        ExperimentError
            If the dynamics fails.
        AtomOverlapError
            If an atom stands where the leads of the design go.
        """
        return pulled(self.spec, candidate, seed, n_frame)

    def estimate(
        self, junctions: Sequence[Junction]
    ) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
        """Return the surrogate's conductance and its standard deviation, in G0."""
        return self.estimator(estimated(self.spec, junctions))

    def estimate_spectrum(
        self, junctions: Sequence[Junction]
    ) -> tuple[Float[np.ndarray, " junction"], Float[np.ndarray, " junction"]]:
        """Return the surrogate's Fano factor, slope or thermopower; see `SpectralProblem`.

        Raises
        ------
        InvalidInputError
            If no surrogate for it was given.
        """
        if self.spectral_estimator is None:
            raise InvalidInputError(
                "a design with a spectrum needs a surrogate that estimates it, but has none; give "
                "StretchedContacts a spectral_estimator"
            )
        return self.spectral_estimator(estimated(self.spec, junctions))

    def verify(self, junctions: Sequence[Junction]) -> Sequence[Outcome]:
        """Label junctions, one after the other."""
        return tuple(label_all(self.labeler, labelled(self.spec, junctions)))


def stretched(spec: DesignSpec, candidate: Candidate, seed: int) -> Junction:
    """Cut the contact of a candidate, pull it by the elongation, and return it relaxed.

    Raises
    ------
    ExperimentError
        If the dynamics fails.
    AtomOverlapError
        If an atom stands where the leads of the design go.
    """
    contact, far = candidate.contact(spec, seed), candidate.elongation_angstrom
    found = stretch(contact, spec.potential, far, seed, _bath(spec, candidate))
    _check_room(spec, [found])
    return found


def pulled(spec: DesignSpec, candidate: Candidate, seed: int, n_frame: int) -> tuple[Junction, ...]:
    """Cut the contact of a candidate, pull it, and return it after each of equal parts.

    Raises
    ------
    ExperimentError
        If the dynamics fails.
    AtomOverlapError
        If an atom stands where the leads of the design go.
    """
    contact, far = candidate.contact(spec, seed), candidate.elongation_angstrom
    bath = _bath(spec, candidate)
    found = stretch_through(contact, spec.potential, far, seed, n_frame, bath)
    _check_room(spec, found)
    return found


def made_for(spec: DesignSpec, candidate: Candidate, seed: int) -> Junction:
    """Return the structure that a round makes: with a plateau it is the last of its pulling.

    A pulling in parts ends elsewhere than one without a stop.

    Raises
    ------
    ExperimentError
        If the dynamics fails.
    AtomOverlapError
        If an atom stands where the leads of the design go.
    """
    if spec.plateau is None:
        return stretched(spec, candidate, seed)
    return pulled(spec, candidate, seed, spec.plateau.frames)[-1]


def labelled(spec: DesignSpec, junctions: Sequence[Junction]) -> tuple[Junction, ...]:
    """Return structures, as they were pulled, between the leads where they are labelled.

    Raises
    ------
    AtomOverlapError
        If an atom stands where the leads of the design go.
    ElectrodeError
        If these cannot take the place of those that it has.
    """
    return _between(spec.leads, junctions)


def estimated(spec: DesignSpec, junctions: Sequence[Junction]) -> tuple[Junction, ...]:
    """Return structures, as they were pulled, between the leads where they are estimated."""
    return _between(spec.estimate_leads or spec.leads, junctions)


def _check_room(spec: DesignSpec, junctions: Sequence[Junction]) -> None:
    labelled(spec, junctions)
    estimated(spec, junctions)


def _between(leads: str | None, junctions: Sequence[Junction]) -> tuple[Junction, ...]:
    return tuple(junctions if leads is None else (widen_leads(one, leads) for one in junctions))


def _bath(spec: DesignSpec, candidate: Candidate) -> Bath:
    return Bath(candidate.temperature(spec), spec.hold_ps)
