"""``sekkei design ask``, ``tell``, ``show``, ``export``: a design that is steered by hand."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekkei.cli.design_server import open_design
from sekkei.cli.options import AsJson, IsForced, check_out, check_out_folder
from sekkei.cli.outcome import finish
from sekkei.cli.output import print_record, print_rows, say
from sekkei.cli.server_options import LakeHere, Server, lake_here

if TYPE_CHECKING:
    from sekkei.design.candidate import Proposal
    from sekkei.design.labelled import LabelledStructure
    from sekkei.design.measured import Report, Terms
    from sekkei.design.specification import DesignSpec
    from sekkei.design.state import DesignState

Spec = Annotated[Path, typer.Argument(help="Specification as YAML.")]
Number = Annotated[int, typer.Option("--count", min=1, help="How many.")]
# As in a service: each one more takes longer than all before it.
Asked = Annotated[int, typer.Option("--count", min=1, max=64, help="How many.")]

CANDIDATE = (
    "composition", "placement", "neck_length", "neck_width", "taper", "elongation_angstrom",
    "temperature_k", "electrode", "electrode_element",
)  # fmt: skip

_PROPOSED = ("id", *CANDIDATE, "predicted_g0", "interval_90_g0", "chance", "is_held")


_EXPORTED = (
    *_PROPOSED[:-1], "estimated_g0", "verified_g0", "is_made_anew", "frame", "failure",
)  # fmt: skip


def ask(
    spec: Spec,
    *,
    lake: LakeHere = None,
    server: Server = None,
    count: Asked = 1,
    as_json: AsJson = False,
) -> None:
    """Propose candidates that you will try; `tell` what came of them."""
    from sekkei.design.overview import proposal_row

    if server is None:
        state, proposals = _ask_here(spec, lake_here(lake), count)
    else:
        with open_design(spec, server, lake=lake) as design:
            design.begun_or_fresh()
            proposals = design.designs.ask(design.name, count)
            state = design.begun()
    print_rows([proposal_row(state.spec, p) for p in proposals], as_json=as_json, shown=_PROPOSED)
    _warn(state)


def _ask_here(spec: Path, lake: Path, count: int) -> "tuple[DesignState, Sequence[Proposal]]":
    from sekkei.design.asking import ask as propose
    from sekkei.design.state_file import one_writer
    from sekkei.design.state_lake import begun_or_fresh

    wanted, file = _design(spec, lake)
    with one_writer(file):
        state, proposals = propose(begun_or_fresh(file, lake, wanted), count, is_held=True)
        _keep(file, lake, state)
    return state, proposals


def tell(  # noqa: PLR0913  (each is an option of the command line)
    spec: Spec,
    measured: Annotated[
        Path | None, typer.Argument(help="What was measured, as CSV with a line of names.")
    ] = None,
    *,
    lake: LakeHere = None,
    server: Server = None,
    sigma_g0: Annotated[
        float | None,
        typer.Option(min=0.0, help="Standard deviation of conductances without one, in G0."),
    ] = None,
    noise_g0: Annotated[
        float,
        typer.Option(min=0.0, help="So far below zero a conductance may be, and is then 0; in G0."),
    ] = 0.0,
    abandon: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="A pending proposal that is given up; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what came of proposals, or of any other candidate."""
    from sekkei.design.measured import Terms
    from sekkei.errors import InvalidInputError

    terms = Terms(sigma_g0, noise_g0)
    if server is None:
        state, report = _tell_here((spec, lake_here(lake)), measured, terms, abandon or ())
    else:
        if abandon:
            raise InvalidInputError(
                "a service takes no proposal back, but found --abandon with --server; tell it a "
                "failure of the candidate"
            )
        with open_design(spec, server, lake=lake) as design:
            report = _report(measured, design.begun_or_fresh(), terms)
            state = design.designs.tell(design.name, report.outcomes)
    record = {
        "told": len(report.outcomes),
        "repeated": report.n_repeated,
        "abandoned": len(abandon or ()),
        "pending": len(state.pending),
        "observations": len(state.observations),
        "failures": len(state.failures),
    }
    print_record(record, as_json=as_json)
    _warn(state)


def _tell_here(
    where: tuple[Path, Path], measured: Path | None, terms: "Terms", abandoned: Sequence[str]
) -> "tuple[DesignState, Report]":
    from sekkei.design.measured import proposal_id_of
    from sekkei.design.state import abandon as give_up
    from sekkei.design.state import tell as add
    from sekkei.design.state_file import one_writer
    from sekkei.design.state_lake import begun_or_fresh

    (wanted, file), lake = _design(*where), where[1]
    with one_writer(file):
        state = begun_or_fresh(file, lake, wanted)
        state = give_up(state, [proposal_id_of(name, state) for name in abandoned])
        report = _report(measured, state, terms)
        state = add(state, report.outcomes)
        _keep(file, lake, state)
    return state, report


def _report(measured: Path | None, state: "DesignState", terms: "Terms") -> "Report":
    from sekkei.design.measured import Report, read_outcomes

    return Report((), 0) if measured is None else read_outcomes(measured, state, terms)


def show(
    spec: Spec,
    *,
    lake: LakeHere = None,
    server: Server = None,
    count: Number = 5,
    as_json: AsJson = False,
) -> None:
    """Print where a design stands: rounds, proposals, its best candidates, what failed."""
    from sekkei.design.overview import (
        best_rows,
        failure_rows,
        finalist_rows,
        pending_rows,
        round_rows,
        summary,
    )

    state, place = _begun(spec, lake, server)
    parts = {
        "round": list(round_rows(state)),
        "pending": pending_rows(state),
        "finalist": finalist_rows(state),
        "best": best_rows(state, count),
        "failure": failure_rows(state, count),
    }
    if as_json:
        print_record({"what": "summary", **place, **summary(state)}, as_json=True)
        print_rows(
            [{"what": what, **row} for what, found in parts.items() for row in found], as_json=True
        )
    else:
        print_record({**place, **summary(state)}, as_json=False)
        for found in parts.values():
            print_rows(found, as_json=False)
    _warn(state)


def export(  # noqa: PLR0913  (each is an option of the command line)
    spec: Spec,
    *,
    lake: LakeHere = None,
    server: Server = None,
    out: Annotated[Path, typer.Option(help="Folder for proposals.extxyz and proposals.json.")],
    best: Annotated[
        int | None,
        typer.Option(min=1, help="So many of the best candidates, not what is pending."),
    ] = None,
    figures: Annotated[
        bool, typer.Option("--figures", help="Draw where the design stands, as PNG.")
    ] = False,
    force: IsForced = False,
    as_json: AsJson = False,
) -> None:
    """Write proposals as structures, with what is expected of them and where they come from."""
    from sekkei.design.contacts import labelled, made_for
    from sekkei.design.export import export_proposals
    from sekkei.design.overview import best_proposals

    check_out_folder(out)
    for name in ("proposals.extxyz", "proposals.json") if out.is_dir() else ():
        check_out(out / name, spec, is_forced=force)
    state, _ = _begun(spec, lake, server)
    proposals = state.pending if best is None else best_proposals(state, best)
    wanted = state.spec
    _check_exported(proposals, best, len(state.failures))
    rows = export_proposals(
        state,
        proposals,
        out,
        partial(made_for, wanted),
        {} if lake is None else _labelled(lake, state, proposals),
        lambda junction: labelled(wanted, [junction])[0],
    )
    print_rows(rows, as_json=as_json, shown=_EXPORTED)
    n_anew = sum(row["is_made_anew"] for row in rows)
    if n_anew:
        say(
            f"{n_anew} of {len(rows)} structures were made anew for the file: they have neither "
            "estimate nor label"
        )
    say(f"wrote {out / 'proposals.json'}")
    if figures:
        from sekkei.campaign.design_figures import write_design_figures

        for path in write_design_figures(state, out):
            say(f"wrote {path}")
    n_made = sum(row["frame"] is not None for row in rows)
    finish(n_made, len(rows) - n_made)


def _check_exported(proposals: "Sequence[Proposal]", best: int | None, n_failure: int) -> None:
    from sekkei.errors import InvalidInputError

    if not proposals:
        found, remedy = (
            ("none is pending", "ask for some, or try --best 3")
            if best is None
            else ("all that was tried failed", "tell what came of others, or run it")
            if n_failure
            else ("nothing was seen yet", "tell what came of proposals, or run it")
        )
        raise InvalidInputError(f"there must be a proposal to export, but {found}; {remedy}")


def _labelled(
    lake: Path, state: "DesignState", proposals: "Sequence[Proposal]"
) -> "dict[str, LabelledStructure]":
    from sekkei.design.labelled import labelled_structures
    from sekkei.lake import Lake
    from sekkei.lake.store import is_lake

    if not is_lake(lake):
        return {}
    return labelled_structures(Lake.open(lake), state, [one.candidate for one in proposals])


def _begun(
    spec: Path, lake: Path | None, server: str | None
) -> "tuple[DesignState, dict[str, str]]":
    """Where a design stands, and where that is kept."""
    from sekkei.design.state_lake import begun_state

    if server is not None:
        with open_design(spec, server, lake=lake) as design:
            return design.begun(), {"page": design.page}
    folder = lake_here(lake)
    wanted, file = _design(spec, folder)
    return begun_state(file, folder, wanted), {"file": str(file)}


def _design(spec: Path, lake: Path) -> "tuple[DesignSpec, Path]":
    from sekkei.design.specification import DesignSpec
    from sekkei.design.state_file import state_path
    from sekkei.specification import read_specification

    wanted = read_specification(spec, DesignSpec)
    return wanted, state_path(wanted, lake, spec.stem)


def _keep(file: Path, lake: Path, state: "DesignState") -> None:
    from sekkei.design.state_file import write_state
    from sekkei.design.state_lake import keep_state
    from sekkei.errors import SekkeiError
    from sekkei.lake import Lake
    from sekkei.lake.store import is_lake

    write_state(file, state)
    if not is_lake(lake):
        say(f"there is no lake at {lake}: the design is kept in {file} only")
        return
    try:
        with Lake.open(lake).committer() as committer:
            keep_state(committer, state)
    except SekkeiError as error:
        # Nothing is lost: the file has it, and what is further counts.
        say(f"warning: kept in {file} only, not in the lake: {error.message}")


def _warn(state: "DesignState") -> None:
    from sekkei.design.overview import reach_warning

    warning = reach_warning(state)
    if warning is not None:
        say(f"warning: {warning}")
