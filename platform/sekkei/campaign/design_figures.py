"""Figures of one design, made of its state alone."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from sekkei.design.candidate import Observation, Proposal
from sekkei.design.outcome import as_asked
from sekkei.design.overview import proofs_of
from sekkei.design.ranking import rank_candidates
from sekkei.design.state import DesignState, best_per_structure
from sekkei.observe.figures import (
    CompositionBar,
    DesignPoint,
    ParitySample,
    composition_figure,
    convergence_figure,
    parity_figure,
    save,
)
from sekkei.observe.figures.space import SeenSpace, space_figure

_N_BEST = 8


def write_design_figures(state: DesignState, folder: Path) -> tuple[Path, ...]:
    """Draw progress, parity, space and the best compositions, where there is something to draw.

    Parameters
    ----------
    state
        Where a design stands.
    folder
        Where to; it is made if it is not there.

    Returns
    -------
    tuple
        The files: ``progress.png`` (distance from the target, round by round; of a target with
        two sides), ``parity.png`` (estimates against labels of the same structures),
        ``space.png`` (what was seen, along its main axes), ``compositions.png``.
    """
    return tuple(
        path for name, figure in _figures(state) for path in save(figure, folder, name, ("png",))
    )


def _figures(state: DesignState) -> Iterator[tuple[str, Figure]]:
    target, points = state.spec.target, _points(state)
    if points and not target.is_one_sided:
        yield "progress", convergence_figure(points, target.nominal_g0, target.room_g0(0.0))
    pairs = [(guess, label) for guess, label in _by_structure(state) if label is not None]
    if pairs:
        yield "parity", parity_figure([_parity(pairs)])
    seen = best_per_structure(state)
    if len(seen) > 1:
        yield "space", space_figure(_seen(state, seen))
    bars = [_bar(state, proposal) for proposal in rank_candidates(state)[:_N_BEST]]
    if bars:
        yield "compositions", composition_figure(bars)


def _points(state: DesignState) -> list[DesignPoint]:
    ends = [end for end, _ in state.round_ends]
    place = {o.structure: i for i, o in enumerate(state.observations)}
    return [
        DesignPoint(
            round=int(np.searchsorted(ends, place[guess.structure], side="right")),
            predicted_g0=guess.conductance_g0,
            verified_g0=None if label is None else label.conductance_g0,
        )
        for guess, label in _by_structure(state)
    ]


def _by_structure(state: DesignState) -> list[tuple[Observation, Observation | None]]:
    named = [o for o in state.observations if o.structure]
    labels = {o.structure: o for o in named if o.source == "dft"}
    guesses = {o.structure: o for o in named if o.source == "surrogate"}
    return [(guess, labels.get(name)) for name, guess in guesses.items()]


def _parity(pairs: list[tuple[Observation, Observation]]) -> ParitySample:
    return ParitySample(
        name="verified",
        actual=np.array([label.conductance_g0 for _, label in pairs]),
        predicted=np.array([guess.conductance_g0 for guess, _ in pairs]),
        sigma=np.array([guess.sigma_g0 for guess, _ in pairs]),
        experiments=tuple(guess.candidate.key for guess, _ in pairs),
    )


def _seen(state: DesignState, seen: tuple[Observation, ...]) -> SeenSpace:
    space = state.space
    return SeenSpace(
        features=np.array([space.features(o.candidate) for o in seen]),
        conductance_g0=np.array([o.conductance_g0 for o in seen]),
        is_labelled=np.array([o.source != "surrogate" for o in seen]),
        is_hit=np.array([_is_hit(state, o) for o in seen]),
    )


def _bar(state: DesignState, proposal: Proposal) -> CompositionBar:
    candidate = proposal.candidate
    labels = [
        _is_hit(state, o)
        for o in state.observations
        if o.candidate.key == candidate.key and o.source != "surrogate"
    ]
    # What fresh structures prove counts for more than the label by which it was chosen.
    is_hit = proofs_of(state).get(candidate.key, all(labels) if labels else None)
    name = f"{candidate.neck_length} by {candidate.neck_width}, {candidate.elongation_angstrom:g} Å"
    if candidate.placement != "random":
        name += f", {candidate.placement}"
    if candidate.taper:
        name += f", taper {candidate.taper}"
    if candidate.temperature_k is not None:
        name += f", {candidate.temperature_k:g} K"
    ends = [part for part in (candidate.electrode_element, candidate.electrode) if part]
    if ends:
        name += f", {' '.join(ends)}"
    return CompositionBar(name, candidate.composition, is_hit)


def _is_hit(state: DesignState, seen: Observation) -> bool:
    return state.spec.target.contains(as_asked(state.spec, seen).conductance_g0)
