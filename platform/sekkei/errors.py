"""Errors, grouped by what the reader can do about them.

.. code-block:: text

    SekkeiError
    ├── InvalidInputError      fix the call               (also a ValueError)
    ├── ExperimentError        record it and move on: a virtual experiment that failed
    ├── LabelError             record it and move on: a junction that cannot be labelled
    │   ├── AtomOverlapError   two atoms sit on top of each other
    │   ├── ElectrodeError     an end of the junction is not a perfect electrode
    │   ├── BandEdgeError      a band of the electrode starts too near the Fermi level
    │   ├── GridBoundsError    the junction does not fit the box or the matrix slicing
    │   └── ConvergenceError   retry with looser numerics
    ├── NotPromotedError       train a better model, or force it and say why
    ├── LakeConflictError      somebody else writes: wait, re-read and retry
    ├── ClusterError           it cannot be reached, or refuses: look there, and retry
    └── MissingExtraError      install something          (also an ImportError)
"""

from typing import Any

from typing_extensions import override


class SekkeiError(Exception):
    """An expected failure, with its message and the values that the message speaks of."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        # Keyword-only facts would be lost on the way back from a Ray actor otherwise.
        return _rebuild, (type(self), self.message, self.facts)


class InvalidInputError(SekkeiError, ValueError):
    """The caller asked for something that cannot be; fix the call."""


class ExperimentError(SekkeiError):
    """A virtual experiment failed; record it and move on."""


class LabelError(SekkeiError):
    """A junction cannot be labelled; record it and move on."""


class AtomOverlapError(LabelError):
    """Two atoms sit on top of each other."""


class ElectrodeError(LabelError):
    """An end of the junction is not a perfect electrode."""


class BandEdgeError(LabelError):
    """A band of the electrode starts too near the Fermi level."""


class GridBoundsError(LabelError):
    """The junction does not fit its box, or its matrices do not fit the slicing."""


class ConvergenceError(LabelError):
    """A self-consistent calculation did not converge."""


class NotPromotedError(SekkeiError):
    """A model is not shown to be good enough for a name; train a better one, or force it."""


class LakeConflictError(SekkeiError):
    """Somebody else writes to the lake; wait, re-read and retry."""


class ClusterError(SekkeiError):
    """A cluster cannot be reached, or refuses; look at it, and retry."""


class MissingExtraError(SekkeiError, ImportError):
    """Something optional is not installed."""


def _rebuild(kind: type[SekkeiError], message: str, facts: dict[str, Any]) -> SekkeiError:
    return kind(message, **facts)
