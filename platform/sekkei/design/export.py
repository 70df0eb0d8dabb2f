"""Proposals as files: structures as extxyz, and all that is known of them as JSON."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
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
from sekkei.design.state import DesignState, best_per_structure, realisation_seed
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
class _Known:
    """A structure of which something was seen, and how to make it again."""

    seed: int
    structure: str
    says: dict[str, float]


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
        Makes a structure of a candidate that has no labelled one in the lake: again that which was
        seen nearest to the target, or else one by a seed of which no round makes use.
    labelled
        Structures that were labelled, by the key of their candidate, see `labelled_structures`.
    placed
        Puts a structure that was made between the leads where it would be labelled; that is what
        is written.

    Returns
    -------
    list
        One row for each: what is proposed and expected, the place of its structure in the file, or
        why there is none, whether that was made anew for the file (then with its seed) or was
        estimated or has a label (then with it), and the observations that it leans on most.
    """
    wanted = {proposal.candidate.key for proposal in proposals} - set(labelled or {})
    nearest = _nearest(state, wanted)
    rows: list[dict[str, Any]] = []
    frames: list[Atoms] = []
    for proposal in proposals:
        known = (labelled or {}).get(proposal.candidate.key)
        if known is None:
            found = nearest.get(proposal.candidate.key)
            row, atoms = _made(state, proposal, realise, placed, found)
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


def _nearest(state: DesignState, keys: Collection[str]) -> dict[str, _Known]:
    """Return the structure of each candidate that is nearest to the target, by label or estimate.

    Labels replace the estimates of their structures, and correct all others.
    """
    spec = state.spec
    seen = [
        (one, one.seed)
        for one in best_per_structure(state)
        if one.seed is not None and one.source != "measured" and one.candidate.key in keys
    ]
    estimates = [one for one, _ in seen if one.source == "surrogate"]
    guesses = [Guess(one.candidate, seen_of(one)) for one in estimates]
    corrected = iter(state_correction(state).correct(guesses))
    found: list[tuple[float, str, _Known]] = []
    for one, seed in seen:
        is_estimate = one.source == "surrogate"
        says = next(corrected) if is_estimate else seen_of(one)
        away = float(spec.target.miss(outcome_of(spec, one.candidate, says)[0]))
        column = "estimated_g0" if is_estimate else "verified_g0"
        known = _Known(seed, one.structure, {column: float(says.conductances_g0[-1])})
        found.append((away, one.candidate.key, known))
    nearest: dict[str, _Known] = {}
    for _, key, known in sorted(found, key=itemgetter(0)):
        nearest.setdefault(key, known)
    return nearest


def _made(
    state: DesignState,
    proposal: Proposal,
    realise: Callable[[Candidate, int], Junction],
    placed: Callable[[Junction], Junction],
    known: _Known | None,
) -> tuple[dict[str, Any], Atoms | None]:
    """Make a known structure again, or another one where there is none or it comes out otherwise.

    On another machine, or by another version, dynamics may end elsewhere.
    """
    anew = realisation_seed(state.spec, proposal.candidate, "export")
    failure = ""
    for seed in (anew,) if known is None else (known.seed, anew):
        try:
            junction = realise(proposal.candidate, seed)
        except (ExperimentError, LabelError) as error:
            failure = error.message
            continue
        is_known = known is not None and structure_key(junction) == known.structure
        written = placed(junction)
        row = {"seed": seed, "structure": structure_key(written), "is_made_anew": not is_known}
        return {**row, **(known.says if known and is_known else {})}, written.to_atoms()
    return {"seed": anew, "failure": failure}, None


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
