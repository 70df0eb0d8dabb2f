"""Workers: plain classes, which know nothing of who calls them, nor of the lake.

Each is a process of its own, so that whatever this module loads is in memory once per CPU.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sekkei.fleet.port import Worker
from sekkei.structure.dynamics import run_experiment
from sekkei.structure.experiment import Experiment, ExperimentSpec
from sekkei.structure.junction import Junction
from sekkei.structure.lead_room import check_lead_room
from sekkei.transport.device_matrices import DeviceMatrices
from sekkei.transport.guarded import GuardedLabeler
from sekkei.transport.labeler import Label, Labeler, Outcome, label_all


class ExperimentWorker:
    """Runs virtual experiments."""

    def work(self, spec: ExperimentSpec, /) -> Experiment:
        """Run one experiment.

        Raises
        ------
        ExperimentError
            If the dynamics failed.
        """
        return run_experiment(spec)


@dataclass(frozen=True, slots=True, eq=False)
class WithMatrices:
    """A junction whose label is to bring its matrices along."""

    junction: Junction
    """The junction."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelWithMatrices:
    """A label and the matrices that it was read off, from one calculation."""

    label: Label
    """The label."""

    matrices: DeviceMatrices
    """The matrices."""


class LabelWorker:
    """Holds one warm labeler, which refuses devices that reach into a lead."""

    def __init__(self, make_labeler: Callable[[], Labeler]) -> None:
        self._labeler = GuardedLabeler(make_labeler())

    def work(self, wanted: Junction | WithMatrices, /) -> Outcome | LabelWithMatrices:
        """Label one junction; one that cannot be labelled is a refusal.

        Raises
        ------
        LabelError
            If the label was to bring its matrices, and there is none.
        InvalidInputError
            If the labeler has none.
        """
        if isinstance(wanted, Junction):
            return next(label_all(self._labeler, [wanted]))
        from sekkei.transport.device_labeler import (  # noqa: PLC0415  (torch; few labels want it)
            labelled_device,
            with_matrices,
        )

        check_lead_room(wanted.junction)
        labeler = with_matrices(self._labeler.inner)
        label, device = labelled_device(labeler, wanted.junction)
        return LabelWithMatrices(label, DeviceMatrices.from_device(device))


class MultiStageWorker:
    """Holds a warm worker of every line, so that whoever is free does what there is."""

    def __init__(self, makers: Mapping[str, Callable[[], Worker[Any, Any]]]) -> None:
        # At once and not when first needed: what cannot start should say so before hours of work.
        self._workers = {stage: make() for stage, make in makers.items()}

    def work(self, piece: tuple[str, Any], /) -> Any:
        """Let the worker of a stage work."""
        stage, payload = piece
        return self._workers[stage].work(payload)
