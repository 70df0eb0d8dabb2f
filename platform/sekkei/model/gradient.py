"""How a predicted conductance answers when atoms or a lead move."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from sekkei.arrays import ReadOnlyArrays
from sekkei.errors import InvalidInputError
from sekkei.model.predictor import Predictor
from sekkei.shapes import Float
from sekkei.structure.junction import Junction


@dataclass(frozen=True, slots=True, eq=False)
class ConductanceGradient(ReadOnlyArrays):
    """Slopes of one predicted conductance. Its arrays are read-only.

    All are of the conductance before it is cut to the range that the electrode allows.
    """

    conductance: float
    """What is predicted for the junction as it is, in G0."""

    by_position: Float[np.ndarray, "atom 3"]
    """In G0/angstrom, when one atom moves. Rows of lead atoms are zero: a lead of which one atom
    moves is none."""

    by_right_lead: float
    """In G0/angstrom, when the right lead as a whole moves along +z and all other atoms stay."""

    by_strain: float
    """In G0 per unit of strain, when all between the leads is stretched along z in proportion."""


@runtime_checkable
class DifferentiablePredictor(Predictor, Protocol):
    """A predictor that also knows the slopes of what it predicts; most do not."""

    def gradient(self, junction: Junction, /) -> ConductanceGradient:
        """Return the predicted conductance of a junction, and its slopes.

        Raises
        ------
        LabelError
            If the junction cannot be treated, or is between leads that are not known.
        """
        ...


def conductance_gradient(predictor: Predictor, junction: Junction) -> ConductanceGradient:
    """Ask a predictor for the slopes of a conductance.

    Parameters
    ----------
    predictor
        Of a family that can be differentiated: a learned Hamiltonian.
    junction
        Atoms between two known leads.

    Raises
    ------
    InvalidInputError
        If predictors of this family have no gradients.
    LabelError
        As the predictor's ``gradient``.
    """
    if not isinstance(predictor, DifferentiablePredictor):
        raise InvalidInputError(
            "a gradient needs a model that can be differentiated by positions, but those of the "
            f"family {predictor.family} cannot; take a learned Hamiltonian, such as "
            "data/models/potassium",
            family=predictor.family,
        )
    return predictor.gradient(junction)
