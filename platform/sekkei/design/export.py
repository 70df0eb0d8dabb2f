"""Proposals as files: structures as extxyz, and all that is known of them as JSON."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from sekkei import __version__
from sekkei.design.calibration import Guess, state_correction
from sekkei.design.candidate import Candidate, Proposal
from sekkei.design.labelled import LabelledStructure
from sekkei.design.outcome import outcome_of, seen_of
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
    "estimated_g0": None,
    "verified_g0": None,
}


def _as_it_is(junction: Junction) -> Junction:
    return junction


@dataclass(frozen=True, slots=True)
class _Estimate:
    seed: int
    structure: str
    corrected_g0: float


def export_proposals(
    state: DesignState,
    proposals: Sequence[Proposal],
    folder: Path,
    realise: Callable[[Candidate, int], Junction],
    labelled: Mapping[str, LabelledStructure] | None = None,
    placed: Callable[[Junction], Junction] = _as_it_is,
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
        Makes a structure of a candidate that has no labelled one: again that which was estimated
        nearest to the target, or else one by a seed of which no round makes use.
    labelled
        Structures that were labelled, by the key of their candidate, see `labelled_structures`.
    placed
        Puts a structure that was made between the leads where it would be labelled.

    Returns
    -------
    list
        One row for each: what is proposed and expected, the place of its structure in the file, or
        why there is none, whether that was made anew for the file (then with its seed) or was
        estimated or has a label (then with it), and the observations that it leans on most.
    """
    wanted = {proposal.candidate.key for proposal in proposals} - set(labelled or {})
    estimates = _nearest_estimates(state, wanted)
    rows: list[dict[str, Any]] = []
    frames: list[Atoms] = []
    for proposal in proposals:
        known = (labelled or {}).get(proposal.candidate.key)
        if known is None:
            estimate = estimates.get(proposal.candidate.key)
            row, junction = _made(state, proposal, realise, estimate)
            atoms = None if junction is None else placed(junction).to_atoms()
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


def _nearest_estimates(state: DesignState, keys: Collection[str]) -> dict[str, _Estimate]:
    """Return the estimated structure of each candidate that is nearest to the target."""
    spec = state.spec
    seen = [
        one
        for one in state.observations
        if one.source == "surrogate" and one.seed is not None and one.candidate.key in keys
    ]
    guesses = [Guess(one.candidate, seen_of(one)) for one in seen]
    corrected = state_correction(state).correct(guesses)
    found = [
        _Estimate(one.seed or 0, one.structure, says.conductances_g0[-1])
        for one, says in zip(seen, corrected, strict=True)
    ]
    away = [
        spec.target.miss(outcome_of(spec, one.candidate, says)[0])
        for one, says in zip(seen, corrected, strict=True)
    ]
    nearest: dict[str, _Estimate] = {}
    for i in np.argsort(away, kind="stable"):
        nearest.setdefault(seen[i].candidate.key, found[i])
    return nearest


def _made(
    state: DesignState,
    proposal: Proposal,
    realise: Callable[[Candidate, int], Junction],
    estimate: _Estimate | None,
) -> tuple[dict[str, Any], Junction | None]:
    seed = realisation_seed(state.spec, proposal.candidate, "export")
    made: dict[str, Any] = {"seed": seed if estimate is None else estimate.seed}
    try:
        junction = realise(proposal.candidate, made["seed"])
    except (ExperimentError, LabelError) as error:
        return {**made, "failure": error.message}, None
    made["structure"] = structure_key(junction)
    # On another machine, or by another version, dynamics may end elsewhere.
    is_the_same = estimate is not None and made["structure"] == estimate.structure
    made["is_made_anew"] = not is_the_same
    made["estimated_g0"] = estimate.corrected_g0 if estimate and is_the_same else None
    return made, junction


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
