"""``sekkei label --find-leads``: where the leads of a structure could be."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sekkei.cli.outcome import finish
from sekkei.cli.output import print_record, say, say_error
from sekkei.errors import InvalidInputError, LabelError

if TYPE_CHECKING:
    from ase import Atoms

    from sekkei.structure.files import Reading
    from sekkei.structure.find_leads import LeadProposal
    from sekkei.structure.junction import Junction


def print_leads(file: Path, reading: "Reading", out: Path | None, *, as_json: bool) -> None:
    """Propose leads for each frame of a file, print the header to add, and write it if asked.

    Raises
    ------
    InvalidInputError
        If the file cannot be read, or none of its frames has ends that could be leads.
    """
    from sekkei.structure.extxyz import extxyz_text
    from sekkei.structure.files import read_frames

    frames = read_frames(file, reading)
    proposed, faults = [], []
    for frame, atoms in enumerate(frames):
        try:
            found = propose(f"{file}, frame {frame}", atoms)
        except InvalidInputError as error:
            faults.append(error)
            if len(frames) > 1:
                say_error(error.message)
            continue
        print_record({"frame": frame, **_record(found)}, as_json=as_json)
        proposed.append(found.marked(atoms))
    if faults and len(frames) == 1:
        raise faults[0]
    if proposed:
        say("this is a proposal: see that these atoms are what you mean by leads")
        say_box(file, proposed)
    if out is None:
        say("add --out FILE.extxyz to write the structures with it")
    elif proposed:
        out.write_text(extxyz_text(proposed), encoding="utf-8")
        say(f"wrote {out}")
    finish(len(proposed), len(faults))


def say_surfaces(file: Path, junctions: "Sequence[Junction]") -> None:
    """Say where electrodes repeat across, but look like a wire in a box."""
    say_box(file, [one.to_atoms() for one in junctions if one.lateral_period is not None])


def say_box(file: Path, frames: "Sequence[Atoms]") -> None:
    """Say where a wire seems to stand in a box: whether it is taken for one, or for a surface."""
    from sekkei.structure.files import VACUUM_ANGSTROM, vacuum_across

    for atoms in frames:
        gaps, is_periodic = vacuum_across(atoms), bool(atoms.pbc[:2].any())
        if not is_periodic and min(gaps) > VACUUM_ANGSTROM:
            say(f"{file}: a wire in vacuum, of which x has {gaps[0]:.1f} and y {gaps[1]:.1f} Å")
            return
        if is_periodic and max(gaps) > VACUUM_ANGSTROM:
            x, y = atoms.cell.lengths()[:2]
            say(
                f"{file}: the electrodes are periodic across, every {x:.2f} and {y:.2f} Å, with "
                f'{max(gaps):.1f} Å of vacuum between; for a wire in a box write pbc="F F F" into '
                "the comment line of the extxyz, or name --axis for a file of another program"
            )
            return  # the frames of a file are alike


def propose(where: str, atoms: "Atoms") -> "LeadProposal":
    """Propose leads of one structure, which messages call by where it stands.

    Raises
    ------
    InvalidInputError
        If its ends could not be leads.
    """
    from sekkei.structure.find_leads import propose_leads
    from sekkei.structure.junction import lateral_period_of

    try:
        return propose_leads(atoms.numbers, atoms.positions, lateral_period_of(atoms))
    except (LabelError, InvalidInputError) as error:
        raise InvalidInputError(f"{where}: {error.message}", **error.facts) from error


def _record(found: "LeadProposal") -> dict[str, Any]:
    from sekkei.structure.junction import LEFT, RIGHT

    return {
        "header": found.header,
        "electrode_period_angstrom": found.period,
        "atoms_per_period": found.n_atom,
        "left": _ranges((found.regions == LEFT).nonzero()[0].tolist()),
        "left_periods": found.n_left,
        "right": _ranges((found.regions == RIGHT).nonzero()[0].tolist()),
        "right_periods": found.n_right,
    }


def _ranges(indices: Sequence[int]) -> str:
    """Write indices as ``0-17, 20``."""
    runs: list[list[int]] = []
    for i in indices:
        if runs and i == runs[-1][-1] + 1:
            runs[-1][1:] = [i]
        else:
            runs.append([i])
    return ", ".join("-".join(map(str, run)) for run in runs)
