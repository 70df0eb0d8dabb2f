"""Structures to label that do not come from experiments of the campaign."""

from sekkei.campaign.context import CampaignContext
from sekkei.campaign.stage_spec import LabelPlan
from sekkei.errors import InvalidInputError
from sekkei.lake import Batch, Lake, SnapshotRow
from sekkei.lake.query.parse import parse_filter
from sekkei.structure.experiment import snapshot_key
from sekkei.structure.files import read_junctions
from sekkei.structure.junction import Junction
from sekkei.structure.user_structure import structure_of_user


def structure_row(junction: Junction) -> SnapshotRow:
    """Return the row of a structure that no experiment passed through."""
    snapshot = structure_of_user(junction)
    return SnapshotRow(key=snapshot_key("", -1, junction), experiment="", snapshot=snapshot)


def fitting(lake: Lake, plan: LabelPlan) -> tuple[str, ...]:
    """Return the snapshots whose labels in the lake fit the filters of a plan.

    Raises
    ------
    InvalidInputError
        If a filter is not one, or names no column.
    """
    if not plan.where:
        return ()
    found = lake.query("label", plan.where, ["snapshot"])
    return tuple(sorted(set(found["snapshot"])))


def files_rows(plan: LabelPlan) -> tuple[SnapshotRow, ...]:
    """Read the structures of the files of a plan.

    Raises
    ------
    InvalidInputError
        If one cannot be read as structures.
    """
    return tuple(structure_row(j) for file in plan.files for j in read_junctions(file))


def check_files(plan: LabelPlan) -> None:
    """Read every file and filter of a plan, and do nothing.

    Raises
    ------
    InvalidInputError
        If one is not there, or is not as it must be.
    """
    for file in plan.files:
        if not file.is_file():
            raise InvalidInputError(f"structures must be a file, but {file} is not one")
    files_rows(plan)
    for text in plan.where:
        parse_filter(text)


def commit_files(context: CampaignContext, plan: LabelPlan) -> None:
    """Commit the structures of the files of a plan; labels refer to them."""
    rows = files_rows(plan)
    if rows:
        context.committer.commit(Batch(snapshots=rows), "structures of files")
        context.refresh()
