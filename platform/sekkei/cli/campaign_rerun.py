"""``sekkei campaign rerun --verify``: one row of a lake, computed again and compared."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli.lake_options import AtState, open_at
from sekkei.cli.options import AsJson, LabelerName, LabelerOptions, LakeFolder, parse_options
from sekkei.cli.outcome import FAILED, finish_if_interrupted
from sekkei.cli.output import print_record, say
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.campaign.rerun import RerunComparison


def rerun(  # noqa: PLR0913  (each is an option of the command line)
    key: Annotated[
        str, typer.Argument(help="Key of a label, refusal or experiment, 32 hexadecimal digits.")
    ],
    *,
    lake: LakeFolder,
    is_verified: Annotated[
        bool, typer.Option("--verify", help="Compare with the stored row, and store nothing.")
    ] = False,
    tolerance: Annotated[
        float,
        typer.Option(
            min=0.0,
            help="Largest difference allowed: G0 for labels, Å for experiments; 0 is every bit.",
        ),
    ] = 0.0,
    labeler: LabelerName = None,
    option: LabelerOptions = None,
    at: AtState = None,
    as_json: AsJson = False,
) -> None:
    """Compute one row again from what the lake holds, and compare."""
    from sekkei.campaign import rerun_row
    from sekkei.lake.method import Method

    if not is_verified:
        raise InvalidInputError(
            "a row is never replaced, so that rerun only compares; say --verify if that is what "
            "you want"
        )
    if labeler is None and option:
        raise InvalidInputError("an --option must be that of a labeler; name it with --labeler")
    method = Method(labeler, parse_options(option)) if labeler is not None else None
    with finish_if_interrupted("nothing was changed"):
        found = rerun_row(open_at(lake, at), key, method, tolerance=tolerance)
    for comparison in found:
        print_record(_record(comparison), as_json=as_json)
        say(_verdict(comparison))
    if not all(comparison.is_equal for comparison in found):
        raise typer.Exit(FAILED)


def _record(found: "RerunComparison") -> dict[str, Any]:
    stored, now = found.code_versions
    return {
        "table": found.table,
        "key": found.key,
        "engine": found.engine,
        "is_equal": found.is_equal,
        "is_bitwise": found.is_bitwise,
        "tolerance": found.tolerance,
        "difference": dict(found.differences),
        **found.facts,
        "code_version_stored": stored,
        "code_version_now": now,
        "cpu_seconds": found.cpu_seconds,
    }


def _verdict(found: "RerunComparison") -> str:
    name = f"{found.table} {found.key}"
    if found.is_bitwise:
        return f"{name}: equal, bit for bit"
    largest = max(found.differences, key=lambda quantity: found.differences[quantity])
    told = f"{largest} differs by {found.differences[largest]:.3g}, {found.tolerance:g} allowed"
    return f"{name}: {'equal within the tolerance' if found.is_equal else 'differs'}: {told}"
