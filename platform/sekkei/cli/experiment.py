"""``sekkei experiment``: virtual break-junction experiments, structures only."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekkei.cli.options import AsJson, IsForced, check_out
from sekkei.cli.outcome import finish_if_interrupted
from sekkei.cli.output import print_record, say
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.structure.experiment import Experiment, Snapshot

SUFFIXES = (".extxyz", ".xyz")

app = typer.Typer(name="experiment", help="Virtual experiments: structures only.")


@app.callback()
def _noun() -> None:
    """Keep ``run`` a verb of its own, although it is the only one."""


@app.command("run")
def run_one(
    spec: Annotated[Path, typer.Argument(help="Specification as YAML.")],
    *,
    out: Annotated[
        Path | None, typer.Option(help="Snapshots as extxyz.  [default: SPEC's name .extxyz here]")
    ] = None,
    force: IsForced = False,
    as_json: AsJson = False,
) -> None:
    """Break one contact, and write its snapshots."""
    from sekkei.specification import read_specification
    from sekkei.structure.dynamics import run_experiment
    from sekkei.structure.experiment import ExperimentSpec

    wanted = read_specification(spec, ExperimentSpec)
    target = out or Path(f"{spec.stem}.extxyz")
    _check_suffix(target)
    check_out(target, spec, is_forced=force)
    with finish_if_interrupted(
        "nothing is kept of a broken-off experiment; run the same command again"
    ):
        experiment = run_experiment(wanted, _show_share)
    _write(target, experiment)
    say(f"wrote {target}")
    print_record(_record(experiment, target), as_json=as_json)


def _check_suffix(target: Path) -> None:
    if target.suffix not in SUFFIXES:
        raise InvalidInputError(
            f"snapshots can be written as {' or '.join(SUFFIXES)}, but found {target.name!r}; "
            "change the ending"
        )


def _show_share(share: float) -> None:
    say(f"strokes {share:.0%}")


def _write(target: Path, experiment: "Experiment") -> None:
    from sekkei.structure.extxyz import extxyz_text

    frames = []
    for snapshot in experiment.snapshots:
        atoms = snapshot.junction.to_atoms()
        atoms.info |= _header(snapshot)
        frames.append(atoms)
    target.write_text(extxyz_text(frames), encoding="utf-8")


def _header(snapshot: "Snapshot") -> dict[str, Any]:
    return {
        "frame": snapshot.frame,
        "cycle": snapshot.cycle,
        "stage": snapshot.stage,
        "displacement_angstrom": snapshot.displacement,
        "narrowest_angstrom2": snapshot.narrowest,
    }


def _record(experiment: "Experiment", target: Path) -> dict[str, Any]:
    snapshots = experiment.snapshots
    return {
        "file": str(target),
        "engine": experiment.engine,
        "n_snapshot": len(snapshots),
        "n_atom": snapshots[0].junction.n_atom,
        "cycles": experiment.spec.cycles,
        "largest_displacement_angstrom": max(s.displacement for s in snapshots),
        "cpu_seconds": experiment.cpu_seconds,
    }
