"""``sekkei label --find-leads``: where the leads of a structure could be."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sekkei.cli.output import print_record, say
from sekkei.errors import InvalidInputError, LabelError

if TYPE_CHECKING:
    from ase import Atoms

    from sekkei.structure.find_leads import LeadProposal


def find_leads(file: Path, out: Path | None, *, as_json: bool) -> None:
    """Propose leads for each frame of a file, print the header to add, and write it if asked.

    Raises
    ------
    InvalidInputError
        If the file cannot be read, or a frame has no ends that could be leads.
    """
    import ase.io

    from sekkei.structure.files import read_frames

    proposed = []
    for frame, atoms in enumerate(read_frames(file)):
        found = _proposal(f"{file}, frame {frame}", atoms)
        print_record({"frame": frame, **_record(found)}, as_json=as_json)
        proposed.append(found.marked(atoms))
    say("this is a proposal: see that these atoms are what you mean by leads")
    if out is None:
        say("add --out FILE.extxyz to write the structures with it")
        return
    ase.io.write(out, proposed, format="extxyz")
    say(f"wrote {out}")


def _proposal(where: str, atoms: "Atoms") -> "LeadProposal":
    from sekkei.structure.find_leads import propose_leads
    from sekkei.structure.junction import lateral_period_of

    try:
        return propose_leads(atoms.numbers, atoms.positions, lateral_period_of(atoms))
    except LabelError as error:
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
