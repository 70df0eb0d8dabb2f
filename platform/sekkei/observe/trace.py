"""Conductance traces: conductance against displacement, one per stroke of an experiment."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sekkei.arrays import ReadOnlyArrays, freeze
from sekkei.errors import InvalidInputError
from sekkei.shapes import Bool, Float
from sekkei.structure.experiment import Stage


@dataclass(frozen=True, slots=True, eq=False)
class Trace(ReadOnlyArrays):
    """One stroke (pull or push) of an experiment. Its arrays are read-only."""

    experiment: str
    """Key of the experiment: traces of one experiment are not independent."""

    cycle: int
    """Which cycle of pulling and pushing, from 0."""

    stage: Stage
    """Whether the grips part or close."""

    displacements: Float[np.ndarray, " snapshot"]
    """Displacement of the grips in angstrom, ascending."""

    conductances: Float[np.ndarray, " snapshot"]
    """Conductance in G0."""

    sigmas: Float[np.ndarray, " snapshot"]
    """Standard deviation of each conductance in G0; 0 where it was computed, not predicted."""

    is_open: Bool[np.ndarray, " snapshot"] | None = None
    """Whether a gap parts the contact; None where nobody knows, as in a measurement."""

    @property
    def coverage(self) -> Float[np.ndarray, " snapshot"]:
        """Displacement that each snapshot stands for, in angstrom (trapezoid rule).

        A snapshot is kept when atoms have moved, not at equal times; it stands for the half-way
        points to its neighbours. The coverages sum to the length of the trace, and one snapshot
        alone covers nothing.
        """
        half = np.diff(self.displacements) / 2.0
        coverage = np.zeros_like(self.displacements)
        coverage[:-1] += half
        coverage[1:] += half
        return coverage


def traces_from_columns(  # noqa: PLR0913 - the columns of one table
    experiments: Sequence[str] | np.ndarray,
    cycles: Sequence[int] | np.ndarray,
    stages: Sequence[str] | np.ndarray,
    displacements_angstrom: Sequence[float] | np.ndarray,
    conductances_g0: Sequence[float] | np.ndarray,
    sigmas_g0: Sequence[float] | np.ndarray | None = None,
    *,
    narrowest_angstrom2: Sequence[float] | np.ndarray | None = None,
) -> tuple[Trace, ...]:
    """Group the rows of a table of snapshots into traces.

    Parameters
    ----------
    experiments, cycles, stages, displacements_angstrom, conductances_g0, sigmas_g0
        Columns of equal length, in any order of rows. A row whose conductance is NaN has no label
        and is left out; its neighbours then cover its displacement.

    Returns
    -------
    tuple of Trace
        In order of experiment, cycle, and pull before push; rows ordered by displacement.

    Raises
    ------
    InvalidInputError
        If the columns differ in length, a stage is neither ``pull`` nor ``push``, or a
        displacement or sigma is not finite.
    """
    sigmas = np.zeros(len(conductances_g0)) if sigmas_g0 is None else sigmas_g0
    columns: dict[str, Sequence[object] | np.ndarray] = {
        "experiment": experiments,
        "cycle": cycles,
        "stage": stages,
        "displacement": displacements_angstrom,
        "conductance": conductances_g0,
        "sigma": sigmas,
    }
    if narrowest_angstrom2 is not None:
        columns["narrowest"] = narrowest_angstrom2
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) != 1:
        raise InvalidInputError(
            f"columns must be equally long, but found {lengths}; pass one row per snapshot"
        )
    table = pd.DataFrame(columns)
    table = table[table["conductance"].notna()]
    _check(table)
    table = table.sort_values(["experiment", "cycle", "stage", "displacement"], kind="stable")
    keys = table[["experiment", "cycle", "stage"]]
    # Cut where the key changes: a groupby takes a millisecond for every trace.
    starts = np.flatnonzero((keys != keys.shift()).any(axis=1).to_numpy())
    ends = np.append(starts, len(table))[1:]
    arrays = {
        name: freeze(table[name].to_numpy(dtype=np.float64))
        for name in ("displacement", "conductance", "sigma")
    }
    is_open = freeze((table["narrowest"] <= 0.0).to_numpy()) if "narrowest" in table else None
    return tuple(
        Trace(
            experiment=str(key[0]),
            cycle=int(key[1]),
            stage="pull" if key[2] == "pull" else "push",
            displacements=arrays["displacement"][start:end],
            conductances=arrays["conductance"][start:end],
            sigmas=arrays["sigma"][start:end],
            is_open=None if is_open is None else is_open[start:end],
        )
        for key, start, end in zip(keys.to_numpy()[starts], starts, ends, strict=True)
    )


def select_traces(
    traces: Sequence[Trace], stages: Sequence[Stage] = ("pull",)
) -> tuple[Trace, ...]:
    """Keep the traces of some stages; pulling alone is what experiments histogram."""
    return tuple(trace for trace in traces if trace.stage in stages)


def _check(table: pd.DataFrame) -> None:
    unknown = sorted(set(table["stage"]) - {"pull", "push"})
    if unknown:
        raise InvalidInputError(f"a stage must be pull or push, but found {unknown}")
    numbers = table[["displacement", "conductance", "sigma"]].to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(numbers).all(axis=1)).tolist()
    if bad:
        raise InvalidInputError(
            f"displacement, conductance and sigma must be finite, but labelled rows {bad[:10]} "
            "are not; mark a row without label by a conductance of NaN"
        )
