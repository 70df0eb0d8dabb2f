"""Refusals that a run tries again: those of the circumstances by itself, others if asked for."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.transport.circumstances import is_of_circumstances


@dataclass(frozen=True, slots=True)
class RetryChoice:
    """Which refusals are tried again."""

    keeps_circumstances: bool = False
    """Leave those of the circumstances as they are, because nothing has changed."""

    kinds: frozenset[str] | None = frozenset()
    """Kinds of refusals of the input that are tried again, too; None for all."""

    def wants(self, kind: str) -> bool:
        """Whether a refusal of this kind is tried again."""
        if self.kinds is None or kind in self.kinds:
            return True
        return is_of_circumstances(kind) and not self.keeps_circumstances


class Retries:
    """The refusals that one run tries again, each once: it cannot repeat itself without end."""

    def __init__(self, kinds: Mapping[str, str] | None = None) -> None:
        """Take the kinds of refusals to try again, by their keys."""
        self._kinds = dict(kinds or {})

    @classmethod
    def of(cls, lake: Lake, choice: RetryChoice | None = None) -> "Retries":
        """Choose among the refusals of a lake that no result stands beside.

        Raises
        ------
        InvalidInputError
            If there is no refusal of a kind that was asked for.
        """
        choice = choice or RetryChoice()
        found = lake.standing_refusals()
        held = Counter(found["kind"].tolist())
        for kind in sorted((choice.kinds or frozenset()) - held.keys()):
            listed = ", ".join(f"{name} {n}" for name, n in held.most_common()) or "none at all"
            raise InvalidInputError(
                f"a kind to try again must be one of the refusals that stand in the lake, but "
                f"found {kind!r}; there: {listed}",
                kind=kind,
            )
        pairs = zip(found["key"].tolist(), found["kind"].tolist(), strict=True)
        return cls({key: kind for key, kind in pairs if choice.wants(kind)})

    def left_alone(self, lake: Lake) -> frozenset[str]:
        """Return the keys of the refusals of a lake that are not tried again, or not any more."""
        return lake.held("refusal").difference(self._kinds)

    def counted(self, keys: Iterable[str]) -> dict[str, int]:
        """Count those among some keys that are still to be tried again, by kind."""
        return dict(Counter(self._kinds[key] for key in keys if key in self._kinds).most_common())

    def settle(self, keys: Collection[str]) -> None:
        """Hear of refusals that were made now: what was tried again is not tried a third time."""
        for key in keys:
            self._kinds.pop(key, None)
