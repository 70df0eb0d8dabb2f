"""Promotion: a name of trust moves to a version only if its evaluation says so."""

from dataclasses import dataclass

from sekkei.errors import InvalidInputError, NotPromotedError
from sekkei.model.lookup import find_version
from sekkei.model.registry import NEWEST, ModelRegistry, RegistryRow, StoredEvaluation

BEST = "best"
"""Alias of the version that people are to use."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """An alias that was moved."""

    row: RegistryRow
    """The version that has it now."""

    before: int | None
    """The version that had it before, if one had."""

    reason: str
    """Why, as it is kept with the version."""


def promote(
    registry: ModelRegistry, model: str, alias: str = BEST, forced_because: str | None = None
) -> Promotion:
    """Move an alias to a version that is better than every baseline and no worse than the holder.

    The mean absolute errors that were measured at training are compared, on held-out experiments.
    Those of two versions may be compared if they held out the same labels: trained on the same
    state of a lake with the same seed.

    Parameters
    ----------
    registry
        Where the versions are.
    model
        ``NAME`` (its newest version), ``NAME:VERSION``, ``NAME:ALIAS``, or an identity.
    alias
        What is to point to it.
    forced_because
        Why it is moved in spite of what was measured; kept with the version.

    Raises
    ------
    InvalidInputError
        If there is no such version, the reason is empty, or the alias is the one that follows
        every training.
    NotPromotedError
        If the evaluation speaks against it, or nothing can be compared.
    """
    if forced_because is not None and not forced_because.strip():
        raise InvalidInputError(
            "what is moved by force must have a reason, but found an empty one; say why"
        )
    if alias == NEWEST:
        raise InvalidInputError(
            f"{NEWEST!r} follows every training and is not moved by hand; try --alias {BEST}"
        )
    rows = registry.list()
    row = find_version(rows, model)
    holder = next((r for r in rows if r.name == row.name and alias in r.aliases), None)
    if holder is not None and holder.version == row.version:
        return Promotion(row, holder.version, f"it was {alias} already")
    reason, objection = _judge(row, holder)
    if objection and not forced_because:
        raise NotPromotedError(
            f"{_name(row)} does not become {alias!r}: {objection}; train a better one, or move it "
            "by --force with a reason, which is kept",
            version=row.version,
        )
    if objection:
        reason = f"forced: {forced_because} (against it: {objection})"
    registry.set_alias(row.name, alias, row.version, reason)
    return Promotion(row, None if holder is None else holder.version, reason)


def _judge(row: RegistryRow, holder: RegistryRow | None) -> tuple[str, str]:
    """Say what speaks for a version and, if anything does, what speaks against it."""
    own = row.evaluation
    if own is None:
        return "", f"{_name(row)} has no stored evaluation"
    baseline = min(own.baselines, key=lambda name: own.baselines[name], default="")
    if not baseline:
        return "", f"no baseline was tested beside {_name(row)}"
    found = f"MAE {own.mae:.3f} G0 on {_tested(own)}"
    beside = f"{own.baselines[baseline]:.3f} G0 of the baseline {baseline}"
    if own.mae >= own.baselines[baseline]:
        return "", f"its {found} is not below the {beside}"
    if holder is None:
        return f"{found}, below the {beside}", ""
    objection = _beside_holder(own, holder)
    if objection:
        return "", f"its {found} {objection}"
    return f"{found}, not above that of {_name(holder)} and below the {beside}", ""


def _beside_holder(own: StoredEvaluation, holder: RegistryRow) -> str:
    other = holder.evaluation
    if other is None or other.test_set != own.test_set:
        figure = "no stored evaluation" if other is None else f"{other.mae:.3f} G0 on other labels"
        return (
            f"cannot be compared with {_name(holder)} ({figure}): train both on the same state of "
            "the lake with the same --seed"
        )
    if own.mae > other.mae:
        return f"is above the {other.mae:.3f} G0 of {_name(holder)}"
    return ""


def _name(row: RegistryRow) -> str:
    return f"{row.name}:{row.version}"


def _tested(found: StoredEvaluation) -> str:
    return f"{found.n} labels of {found.n_experiment} held-out experiments"
