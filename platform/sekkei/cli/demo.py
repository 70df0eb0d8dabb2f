"""``sekkei demo``: the whole loop, small, on this machine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sekkei.cli.engine import default_labeler, open_pool
from sekkei.cli.options import AsJson, LabelerName, Workers, check_out_folder
from sekkei.cli.outcome import finish_if_interrupted
from sekkei.cli.output import print_json
from sekkei.errors import InvalidInputError


def demo(
    *,
    out: Annotated[Path, typer.Option(help="Folder for report, figures, lake, models.")] = Path(
        "demo-out"
    ),
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Folder of a trained model: data/models/NAME of a checkout."),
    ] = None,
    tiny: Annotated[bool, typer.Option("--tiny", help="As little as possible.")] = False,
    labeler: LabelerName = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Break, predict, check the model by labels, design and prove; write a report."""
    from sekkei.demo import FULL, TINY, run_demo
    from sekkei.model import load_predictor
    from sekkei.progress import show_progress

    if model is None:
        raise InvalidInputError(
            "a demonstration needs a trained model, but none was named; try --model with "
            "data/models/alkali-direct of a checkout, or a folder by `sekkei model save`"
        )
    check_out_folder(out)
    if out.is_dir() and any(out.iterdir()) and not (out / "lake").is_dir():
        raise InvalidInputError(
            f"a demonstration must have a folder of its own, but {out} holds something else; name "
            "another"
        )
    predictor = load_predictor(model)
    name = default_labeler(labeler)
    again = "what is done is kept; run the same command again to go on"
    with (
        finish_if_interrupted(again),
        open_pool(workers, None, is_serial=False) as pool,
        show_progress(sys.stderr) as progress,
    ):
        summary = run_demo(out, TINY if tiny else FULL, pool, progress, name, predictor)
    if as_json:
        print_json(summary)
    else:
        sys.stdout.write(f"{out / 'report.html'}\n{out / 'summary.json'}\n")
