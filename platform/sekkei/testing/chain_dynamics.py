"""Experiments without physics: short chains that a `ChainLabeler` can label."""

import time
from dataclasses import dataclass

import numpy as np

from sekkei.campaign.context import Dynamics
from sekkei.errors import ExperimentError
from sekkei.structure.experiment import Experiment, ExperimentSpec, PotentialName, Snapshot
from sekkei.structure.junction import Junction

SPACING_ANGSTROM = 4.0


@dataclass(frozen=True, slots=True)
class ChainExperimentWorker:
    """Makes snapshots of a chain, the same for the same seed; the last one has an overlap."""

    n_snapshot: int = 6
    """Snapshots of one experiment."""

    seconds: float = 0.0
    """Time that one experiment takes, in s."""

    hopeless_seed: int = -1
    """An experiment with this seed fails."""

    def work(self, spec: ExperimentSpec, /) -> Experiment:
        """Make one experiment.

        Raises
        ------
        ExperimentError
            If its seed is the hopeless one.
        """
        time.sleep(self.seconds)
        if spec.seed == self.hopeless_seed:
            raise ExperimentError(f"a chain must break, but that of seed {spec.seed} did not")
        return Experiment(
            spec=spec,
            engine=chain_engine(spec.potential),
            snapshots=tuple(self._snapshot(spec, frame) for frame in range(self.n_snapshot)),
            cpu_seconds=0.0,
        )

    def _snapshot(self, spec: ExperimentSpec, frame: int) -> Snapshot:
        is_last = frame == self.n_snapshot - 1
        return Snapshot(
            junction=_chain(spec.seed, frame, has_overlap=is_last),
            frame=frame,
            cycle=0,
            stage="pull",
            displacement=0.3 * frame,
            narrowest=5.0 * (self.n_snapshot - frame),
        )


def chain_engine(potential: PotentialName) -> str:
    """Name and version of these experiments."""
    return f"chain dynamics 1, {potential}"


def chain_dynamics(
    *, n_snapshot: int = 6, seconds: float = 0.0, hopeless_seed: int = -1
) -> Dynamics:
    """Dynamics for a campaign that is about the campaign."""
    worker = ChainExperimentWorker(n_snapshot, seconds, hopeless_seed)
    return Dynamics(make_worker=_Always(worker), engine_of=chain_engine)


@dataclass(frozen=True, slots=True)
class _Always:
    worker: ChainExperimentWorker

    def __call__(self) -> ChainExperimentWorker:
        return self.worker


def _chain(seed: int, frame: int, *, has_overlap: bool) -> Junction:
    z = SPACING_ANGSTROM * np.arange(8.0)
    z[3:5] += 0.1 * np.random.default_rng([seed, frame]).uniform(-1.0, 1.0, 2)
    if has_overlap:
        z[4] = z[3]
    positions = np.column_stack([np.zeros((8, 2)), z])
    regions = [-1, -1, 0, 0, 0, 0, 1, 1]
    return Junction.from_sequences(np.full(8, 19), positions, regions, 2 * SPACING_ANGSTROM)
