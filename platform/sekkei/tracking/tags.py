"""Tags and folders of registered versions, and what it means where they are missing."""

from collections.abc import Iterable, Mapping

from sekkei.model.registry import RegistryRow, StoredEvaluation

SURROGATE_FOLDER = "surrogate"
"""Where in a run's artifacts the predictor lies."""

OLD_STATE_TAG = "sekkei.lake_snapshot"
"""Tag of the lake's state on versions that were registered before it was called so."""

FAMILY_TAG = "sekkei.family"
"""Tag of the family of a version."""

OLD_FAMILY = "direct"
"""Family of versions that were registered before there were others."""

EVALUATION_TAG = "sekkei.evaluation"
"""Tag of what the training measured, as JSON; older versions have none."""

PROMOTED_TAG = "sekkei.promoted."
"""Beginning of the tags that say why an alias, which follows, was moved to a version."""


def row_of(
    name: str,
    version: int,
    run: str,
    created: float,
    aliases: Iterable[str],
    tags: Mapping[str, str],
) -> RegistryRow:
    """Make a row of what a registry keeps of a version."""
    evaluation = tags.get(EVALUATION_TAG)
    return RegistryRow(
        name=name,
        version=version,
        aliases=tuple(sorted(aliases)),
        run=run,
        identity=tags.get("sekkei.identity", ""),
        family=tags.get(FAMILY_TAG, OLD_FAMILY),
        quantity=tags.get("sekkei.quantity", ""),
        lake_state=tags.get("sekkei.lake_state") or tags.get(OLD_STATE_TAG, ""),
        created=created,
        evaluation=StoredEvaluation.from_json(evaluation) if evaluation else None,
        promotions=tuple(
            f"{key.removeprefix(PROMOTED_TAG)}: {value}"
            for key, value in sorted(tags.items())
            if key.startswith(PROMOTED_TAG)
        ),
    )
