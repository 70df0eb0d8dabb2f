"""Proposals as files: structures as extxyz, and all that is known of them as JSON."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from sekkei import __version__
from sekkei.design.candidate import Candidate, Proposal
from sekkei.design.labelled import LabelledStructure
from sekkei.design.overview import proposal_row
from sekkei.design.problem import structure_key
from sekkei.design.state import DesignState, realisation_seed
from sekkei.errors import ExperimentError, LabelError
from sekkei.structure.extxyz import extxyz_text
from sekkei.structure.junction import Junction

_NEAREST = 3

_NOTHING = {
    "seed": None,
    "frame": None,
    "failure": None,
    "is_made_anew": False,
    "verified_g0": None,
}


def export_proposals(
    state: DesignState,
    proposals: Sequence[Proposal],
    folder: Path,
    realise: Callable[[Candidate, int], Junction],
    labelled: Mapping[str, LabelledStructure] | None = None,
) -> list[dict[str, Any]]:
    """Write ``proposals.extxyz`` and ``proposals.json``; one that cannot be made is said to be so.

    Parameters
    ----------
    state
        The design that they are of.
    proposals
        Which of them.
    folder
        Where; it is made if it is not there.
    realise
        Makes a structure of a candidate that has no labelled one, by a seed of which no round makes
        use.
    labelled
        Structures that were labelled, by the key of their candidate, see `labelled_structures`.

    Returns
    -------
    list
        One row for each: what is proposed and expected, the place of its structure in the file, or
        why there is none, whether that was made anew for the file (then with its seed) or has a
        label (then with it), and the observations that it leans on most.
    """
    rows: list[dict[str, Any]] = []
    frames: list[Atoms] = []
    for proposal in proposals:
        known = (labelled or {}).get(proposal.candidate.key)
        if known is None:
            row, atoms = _made_anew(state, proposal, realise)
        else:
            row, atoms = known.described(), known.atoms()
        if atoms is not None:
            row["frame"] = len(frames)
            frames.append(atoms)
        near = {"near": _near(state, proposal.candidate)}
        rows.append({**proposal_row(state.spec, proposal), **_NOTHING, **row, **near})
    folder.mkdir(parents=True, exist_ok=True)
    if frames:
        (folder / "proposals.extxyz").write_text(extxyz_text(frames), "utf-8")
    (folder / "proposals.json").write_text(json.dumps(_document(state, rows), indent=1), "utf-8")
    return rows


def _made_anew(
    state: DesignState, proposal: Proposal, realise: Callable[[Candidate, int], Junction]
) -> tuple[dict[str, Any], Atoms | None]:
    seed = realisation_seed(state.spec, proposal.candidate, "export")
    made: dict[str, Any] = {"seed": seed}
    try:
        junction = realise(proposal.candidate, seed)
    except (ExperimentError, LabelError) as error:
        return {**made, "failure": error.message}, None
    return {**made, "is_made_anew": True, "structure": structure_key(junction)}, junction.to_atoms()


def _document(state: DesignState, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "design": state.spec.key,
        "target": str(state.spec.target),
        "specification": state.spec.described(),
        "version": __version__,
        "rounds": state.n_round,
        "observations": len(state.observations),
        "failures": len(state.failures),
        "proposals": rows,
    }


def _near(state: DesignState, candidate: Candidate) -> list[dict[str, Any]]:
    space = state.space
    here = space.features(candidate)
    far = [float(np.linalg.norm(space.features(o.candidate) - here)) for o in state.observations]
    nearest = np.argsort(far, kind="stable")[:_NEAREST]
    return [
        {
            "distance": round(far[i], 4),
            **state.observations[i].model_dump(mode="json", exclude={"candidate"}),
            "candidate": state.observations[i].candidate.model_dump(mode="json"),
        }
        for i in nearest
    ]
