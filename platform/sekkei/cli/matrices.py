"""``sekkei matrices``: H and S of labelled junctions as files."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekkei.cli.engine import FIRST_PRINCIPLES
from sekkei.cli.options import AsJson, LabelerOptions, LakeFolder, check_out_folder, parse_options
from sekkei.cli.outcome import finish, finish_if_interrupted
from sekkei.cli.output import print_rows, say

if TYPE_CHECKING:
    from sekkei.lake import Lake
    from sekkei.transport.device_labeler import DeviceLabeler


def matrices(  # noqa: PLR0913  (each is an option of the command line)
    out: Annotated[Path, typer.Argument(help="Folder for one .npz file per junction.")],
    filters: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILTER...", help="Such as 'conductance_g0 < 1.5'; all must hold."),
    ] = None,
    *,
    lake: LakeFolder,
    count: Annotated[int, typer.Option(min=1, help="Most junctions.")] = 100,
    labeler: Annotated[
        str, typer.Option(help="Name of the labeler that made the labels.")
    ] = FIRST_PRINCIPLES,
    option: LabelerOptions = None,
    as_json: AsJson = False,
) -> None:
    """Write Hamiltonian, overlap and label of labelled junctions, one file each.

    What the lake keeps is read, the rest is computed again. The same junctions every time; files
    that are there are not made again.
    """
    from sekkei.campaign.matrices import choose_labelled, kept_matrices, matrices_file
    from sekkei.lake import Lake
    from sekkei.transport.device_labeler import make_device_labeler

    check_out_folder(out)
    engine = make_device_labeler(labeler, **parse_options(option))
    opened = Lake.open(lake)
    keys = choose_labelled(opened, engine.recipe, filters or (), count)
    files = {key: matrices_file(out, key) for key in keys}
    missing = [key for key, file in files.items() if not file.exists()]
    n_kept = len(kept_matrices(opened, missing, engine.recipe))
    if missing:
        say(f"{n_kept} are in the lake, {len(missing) - n_kept} are computed again")
    with finish_if_interrupted("run the same command again for the rest"):
        failed = _make(engine, opened, missing, out)
    rows = [{"snapshot": key, "file": str(file)} for key, file in files.items() if file.exists()]
    if as_json:
        print_rows(rows, as_json=True)
    say(f"{len(keys) - failed} junctions in {out}")
    finish(len(keys) - failed, failed)


def _make(engine: "DeviceLabeler", lake: "Lake", keys: Sequence[str], out: Path) -> int:
    from sekkei.campaign.matrices import make_matrices
    from sekkei.progress import show_progress
    from sekkei.transport.labeler import Refusal

    failed = 0
    with show_progress(sys.stderr) as progress:
        progress.started("matrices", len(keys))
        for key, outcome in make_matrices(engine, lake, keys, out):
            if isinstance(outcome, Refusal):
                failed += 1
                progress.said(f"sekkei: {key[:12]} refused: {outcome.message}")
            progress.advanced("matrices")
    return failed
