"""Which labels keep their matrices: a choice that depends on keys only, never on order."""

from collections.abc import Iterable, Sequence

from sekkei.campaign.stage_spec import MatrixPlan
from sekkei.lake import Lake, label_key, matrix_key


def is_in_share(snapshot: str, share: float) -> bool:
    """Whether a snapshot is among a share of all, by its key: keys are hashes, evenly spread.

    Examples
    --------
    >>> is_in_share("3f" + "00" * 15, 0.25), is_in_share("40" + "00" * 15, 0.25)
    (True, False)
    """
    return int(snapshot[:8], 16) < share * 2.0**32


def choose_kept(
    lake: Lake, plan: MatrixPlan, snapshots: Iterable[str], recipe: str
) -> tuple[str, ...]:
    """Choose the snapshots whose labels keep matrices, among those that the lake has labels of.

    Parameters
    ----------
    lake
        The lake.
    plan
        Says which.
    snapshots
        Keys of those that a stage labels.
    recipe
        Of their labels.

    Returns
    -------
    tuple
        Keys of snapshots, sorted. The same ones whenever the lake has the same labels.

    Raises
    ------
    InvalidInputError
        If a filter is not one, or names no column.
    """
    labelled = lake.keys("label")
    chosen = sorted(key for key in set(snapshots) if label_key(key, recipe) in labelled)
    if plan.filters:
        table = lake.query("label", plan.filters, ["snapshot", "recipe"])
        fitting = set(table.loc[table["recipe"] == recipe, "snapshot"])
        chosen = [key for key in chosen if key in fitting]
    if plan.share is not None:
        chosen = [key for key in chosen if is_in_share(key, plan.share)]
    return tuple(chosen[: plan.count])


def missing_matrices(
    lake: Lake, snapshots: Sequence[str], recipe: str, refused: frozenset[str]
) -> tuple[str, ...]:
    """Return the snapshots without matrices in the lake, and without a refusal that stays."""
    known = lake.held("matrix") | refused
    return tuple(key for key in snapshots if matrix_key(label_key(key, recipe)) not in known)
