"""Structures of a design that have a label, as the lake keeps them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ase import Atoms

from sekkei.design.candidate import Candidate
from sekkei.design.state import DesignState
from sekkei.design.warm_start import candidate_of
from sekkei.lake import Lake
from sekkei.structure.junction import Junction


@dataclass(frozen=True, slots=True, eq=False)
class LabelledStructure:
    """A structure that was labelled for a design."""

    junction: Junction
    """The very structure."""

    snapshot: str
    """Its key in the lake."""

    label: str
    """Key of its label in the lake."""

    verified_g0: float
    """Its conductance by the label in G0."""

    seed: int
    """By which it was made."""

    def described(self) -> dict[str, Any]:
        """Return what a row of an export says of it."""
        return {
            "seed": self.seed,
            "structure": self.snapshot,
            "label": self.label,
            "verified_g0": self.verified_g0,
        }

    def atoms(self) -> Atoms:
        """Return it with its label in the header of a frame."""
        atoms = self.junction.to_atoms()
        atoms.info |= {
            "snapshot": self.snapshot,
            "label": self.label,
            "conductance_g0": self.verified_g0,
        }
        return atoms


def labelled_structures(
    lake: Lake, state: DesignState, candidates: Iterable[Candidate]
) -> dict[str, LabelledStructure]:
    """Find a labelled structure of each candidate that has one, by the key of the candidate.

    Of a finalist it is the one that was reported, of another candidate that nearest to the target.
    """
    wanted = {candidate.key for candidate in candidates}
    reported = {f.proposal.candidate.key: f.verified_g0 for f in state.finalists}
    found: dict[str, dict[Any, Any]] = {}
    rows = lake.table("proposal")
    rows = rows[(rows["design"] == state.spec.key) & (rows["label"] != "")]
    for row in rows.sort_values("key").to_dict("records"):
        key = candidate_of(row).key
        if key not in wanted:
            continue
        aim = reported.get(key)
        if key not in found or _away(state, row, aim) < _away(state, found[key], aim):
            found[key] = row
    junctions = lake.junctions([row["snapshot"] for row in found.values()])
    return {
        key: LabelledStructure(
            junction, row["snapshot"], row["label"], float(row["verified_g0"]), int(row["seed"])
        )
        for (key, row), junction in zip(found.items(), junctions, strict=True)
    }


def _away(state: DesignState, row: dict[Any, Any], aim: float | None) -> float:
    conductance = float(row["verified_g0"])
    return state.spec.within.miss(conductance) if aim is None else abs(conductance - aim)
