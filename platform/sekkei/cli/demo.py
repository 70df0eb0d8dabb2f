"""``sekkei demo``: the whole loop, small, on this machine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sekkei.cli.engine import default_labeler, open_pool
from sekkei.cli.options import AsJson, LabelerName, Workers
from sekkei.cli.outcome import finish_if_interrupted
from sekkei.cli.output import print_json


def demo(
    *,
    out: Annotated[Path, typer.Option(help="Folder for report, figures, lake, models.")] = Path(
        "demo-out"
    ),
    tiny: Annotated[bool, typer.Option("--tiny", help="As little as possible.")] = False,
    labeler: LabelerName = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Break, label, learn, design and prove; write a report."""
    from sekkei.demo import FULL, TINY, run_demo
    from sekkei.progress import show_progress

    name = default_labeler(labeler)
    again = "what is done is kept; run the same command again to go on"
    with (
        finish_if_interrupted(again),
        open_pool(workers, None, is_serial=False) as pool,
        show_progress(sys.stderr) as progress,
    ):
        summary = run_demo(out, TINY if tiny else FULL, pool, progress, name)
    if as_json:
        print_json(summary)
    else:
        sys.stdout.write(f"{out / 'report.html'}\n{out / 'summary.json'}\n")
