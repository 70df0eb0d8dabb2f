"""``sekkei bench``: side-by-side measurements, as ratios."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, no_type_check

import typer

from sekkei.bench.registry import BENCHES, Bench, load_measure
from sekkei.bench.result import write_result
from sekkei.cli.bench_learning import learning
from sekkei.cli.options import AsJson, check_out_folder
from sekkei.cli.output import print_json, print_rows, say
from sekkei.errors import InvalidInputError

app = typer.Typer(
    name="bench",
    help="Side-by-side measurements, as ratios; without a name, lists them.",
    invoke_without_command=True,
)

IsQuick = Annotated[bool, typer.Option("--quick", help="Smaller and fewer: at most some minutes.")]
OutFolder = Annotated[
    Path | None, typer.Option("--out", help="Folder for NAME.json and the figures.")
]


@app.callback()
@no_type_check  # what typer passes is not what it calls a Context
def _list(context: typer.Context, *, as_json: AsJson = False) -> None:
    if context.invoked_subcommand is None:
        rows = [{"name": bench.name, "measures": bench.summary} for bench in BENCHES]
        print_rows(rows, as_json=as_json)
    elif as_json:
        raise InvalidInputError(
            "--json must stand behind the name of a bench, but found it before; try sekkei bench "
            f"{context.invoked_subcommand} --json"
        )


def _verb(bench: Bench) -> Callable[..., None]:
    def run(*, is_quick: IsQuick = False, out: OutFolder = None, as_json: AsJson = False) -> None:
        check_out_folder(out)
        result = load_measure(bench, out)(is_quick=is_quick, say=say)
        if as_json:
            print_json({"machine": result.machine, "notes": result.notes})
        print_rows(result.rows, as_json=as_json, shown=result.shown)
        for note in result.notes:
            say(note)
        for path in write_result(result, out) if out else ():
            say(f"wrote {path}")
        if result.has_missed:
            say(f"bench {bench.name}: a target was missed here, see target_met")

    run.__doc__ = f"{bench.summary}."
    return run


_OWN: dict[str, Callable[..., None]] = {"learning": learning}
"""Verbs with options of their own."""

for _bench in BENCHES:
    app.command(_bench.name)(_OWN.get(_bench.name) or _verb(_bench))
