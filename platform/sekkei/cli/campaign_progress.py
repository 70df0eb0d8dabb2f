"""How far a campaign on a cluster is, by what its lake holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sekkei.cli.output import Row, print_record, print_rows, say
from sekkei.errors import InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    from sekkei.campaign.forecast import StagePlan
    from sekkei.lake import Lake

_SHOWN = ("stage", "kind", "planned", "stored", "refused", "missing", "expected")


def tell_progress(record: Row, specification: str, lake: str, *, as_json: bool) -> None:
    """Print what is known of a job, and the counts of its stages where its lake can be read here.

    Parameters
    ----------
    record
        What the cluster says.
    specification
        Of the campaign, as YAML, as it travelled.
    lake
        Where its rows go, as the cluster knows it.
    as_json
        For machines: one line, with ``stages`` in it, null where they are not known.
    """
    stages = _stages(specification, lake)
    if as_json:
        print_record({**record, "stages": stages}, as_json=True)
        return
    print_record(record, as_json=False)
    print_rows(stages or (), as_json=False)


def _stages(specification: str, place: str) -> list[dict[str, Any]] | None:
    from sekkei.campaign.bundle import unpacked
    from sekkei.campaign.forecast import count_stages

    lake = _open(place)
    if lake is None:
        return None
    spec = unpacked(specification)
    try:
        counted = count_stages(spec, lake)
    except MissingExtraError as error:
        say(f"stages are not counted, because rows are known by their engine: {error.message}")
        return None
    plans = (stage.labels or stage.active_learning for stage in spec.in_order())
    if any(plan is not None and plan.files for plan in plans):
        say("structures of files are not counted: the files are on the cluster only")
    return [_row(stage) for stage in counted]


def _row(stage: "StagePlan") -> dict[str, Any]:
    row = {name: getattr(stage, name) for name in _SHOWN}
    # A plan takes all of a stage that learns for missing; that is no count of the lake.
    return row if stage.stored is not None else {**row, "missing": None}


def _open(place: str) -> "Lake | None":
    from sekkei.lake import Lake

    try:
        return Lake.open(Path(place))
    except (InvalidInputError, OSError) as error:
        say(f"stages are not counted, because the lake cannot be read from here: {error}")
        return None
