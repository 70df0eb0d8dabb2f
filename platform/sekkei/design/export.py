"""Proposals as files: structures as extxyz, and all that is known of them as JSON."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sekkei import __version__
from sekkei.design.candidate import Candidate, Proposal
from sekkei.design.overview import proposal_row
from sekkei.design.problem import structure_key
from sekkei.design.state import DesignState, realisation_seed
from sekkei.errors import ExperimentError
from sekkei.structure.extxyz import write_junctions
from sekkei.structure.junction import Junction

_NEAREST = 3


def export_proposals(
    state: DesignState,
    proposals: Sequence[Proposal],
    folder: Path,
    realise: Callable[[Candidate, int], Junction],
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
        Makes a structure of a candidate, by a seed of which no round makes use.

    Returns
    -------
    list
        One row for each: what is proposed and expected, its seed, the place of its structure in
        the file, or why there is none, and the observations that it leans on most.
    """
    rows: list[dict[str, Any]] = []
    junctions: list[Junction] = []
    for proposal in proposals:
        seed = realisation_seed(state.spec, proposal.candidate, "export")
        row = {**proposal_row(proposal), "seed": seed, "frame": None, "failure": None}
        try:
            junction = realise(proposal.candidate, seed)
        except ExperimentError as error:
            row["failure"] = error.message
        else:
            row |= {"frame": len(junctions), "structure": structure_key(junction)}
            junctions.append(junction)
        rows.append(row | {"near": _near(state, proposal.candidate)})
    folder.mkdir(parents=True, exist_ok=True)
    if junctions:
        write_junctions(folder / "proposals.extxyz", junctions)
    (folder / "proposals.json").write_text(json.dumps(_document(state, rows), indent=1), "utf-8")
    return rows


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
