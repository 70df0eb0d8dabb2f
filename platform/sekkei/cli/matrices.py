"""``sekkei matrices``: H and S of labelled junctions, computed again and kept."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

from sekkei.cli.options import AsJson, LabelerOptions, LakeFolder, parse_options
from sekkei.cli.outcome import finish, finish_if_interrupted
from sekkei.cli.output import print_rows, say
from sekkei.errors import InvalidInputError, LabelError

if TYPE_CHECKING:
    from sekkei.structure.junction import Junction
    from sekkei.transport.labeler import MatrixLabeler


def matrices(
    out: Annotated[Path, typer.Argument(help="Folder for one .npz file per junction.")],
    filters: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILTER...", help="Such as 'conductance_g0 < 1.5'; all must hold."),
    ] = None,
    *,
    lake: LakeFolder,
    count: Annotated[int, typer.Option(min=1, help="Most junctions.")] = 100,
    option: LabelerOptions = None,
    as_json: AsJson = False,
) -> None:
    """Compute Hamiltonian and overlap of labelled junctions again; a lake holds none.

    The same junctions every time; files that are there are not made again.
    """
    from sekkei.lake import Lake
    from sekkei.transport.plugins import make_matrix_labeler

    engine = make_matrix_labeler("gpaw", **parse_options(option))
    opened = Lake.open(lake)
    table = opened.query("label", filters or (), ["snapshot", "recipe", "fermi_level_ev"])
    mine = table[table["recipe"] == engine.recipe]
    if mine.empty:
        raise InvalidInputError(
            f"labels must be of recipe {engine.recipe[:12]}, this version's own, but none of the "
            f"{len(table)} that match are; name the --option they were made with, or check out "
            "their code version"
        )
    # Keys are hashes: the first so many of them are a fair sample, and always the same.
    levels = dict(zip(mine["snapshot"], mine["fermi_level_ev"], strict=True))
    keys = sorted(levels)[:count]
    out.mkdir(parents=True, exist_ok=True)
    missing = [key for key in keys if not (out / f"{key}.npz").exists()]
    with finish_if_interrupted("run the same command again for the rest"):
        pairs = zip(missing, opened.junctions(missing), strict=True)
        failed = _make(engine, [(out / f"{k}.npz", j, levels[k]) for k, j in pairs])
    rows = [{"snapshot": key, "file": str(out / f"{key}.npz")} for key in keys]
    if as_json:
        print_rows([row for row in rows if Path(row["file"]).exists()], as_json=True)
    say(f"{len(keys) - failed} junctions in {out}")
    finish(len(keys) - failed, failed)


def _make(engine: "MatrixLabeler", missing: "Sequence[tuple[Path, Junction, float]]") -> int:
    from sekkei.progress import show_progress

    failed = 0
    with show_progress(sys.stderr) as progress:
        progress.started("matrices", len(missing))
        for path, junction, fermi_level in missing:
            try:
                _write(path, engine, junction, fermi_level)
            except LabelError as error:
                failed += 1
                progress.said(f"sekkei: {path.stem[:12]} refused: {error.message}")
            progress.advanced("matrices")
    return failed


def _write(path: Path, engine: "MatrixLabeler", junction: "Junction", fermi_level: float) -> None:
    import numpy as np

    hamiltonian, overlap = engine.matrices(junction)
    # A half-written file must never carry the final name.
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        np.savez_compressed(
            file,
            hamiltonian_ev=hamiltonian.numpy(),
            overlap=overlap.numpy(),
            fermi_level_ev=fermi_level,
            numbers=junction.numbers,
            positions_angstrom=junction.positions,
            regions=junction.regions,
            electrode_period_angstrom=junction.electrode_period,
        )
    os.replace(file.name, path)  # noqa: PTH105  # both are names, not paths
