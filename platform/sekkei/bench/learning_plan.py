"""How much the benchmark of learning does: all of the shipped data, or minutes' worth of it."""

from dataclasses import dataclass, field
from pathlib import Path

from sekkei.bench.descriptor import DATA
from sekkei.model import HamiltonianOptions, TrainingOptions


@dataclass(frozen=True, slots=True)
class LearningInputs:
    """What is read besides the shipped labels."""

    lake: Path | None = None
    """Lake of the labels; the shipped contacts if none."""

    models: tuple[Path, ...] = ()
    """Folders of saved predictors that are judged beside the direct model."""

    matrices: Path | None = None
    """Lake that keeps matrices of the same method.

    A Hamiltonian is learned from them if no model is given. Their experiments are never tested on.
    """

    has_matrix_curve: bool = False
    """Whether Hamiltonians are learned from fewer matrices, too, instead of all other tables."""

    reference: Path | None = None
    """Lake with labels of the same snapshots by one better recipe."""

    @property
    def labels(self) -> Path:
        """Lake of the labels."""
        return self.lake or DATA


@dataclass(frozen=True, slots=True)
class LearningPlan:
    """How many labels are learned from and tested on."""

    n_train: int
    """Most labels of a training."""

    curve: tuple[int, ...]
    """Numbers of labels on the way to it."""

    left_out: tuple[str, ...]
    """Alloys that are left out of a training, one after the other."""

    n_test: int
    """Most labels of a test."""

    n_second: int
    """The same of models that cost seconds a prediction: those of the second family."""

    n_curve: int
    """The same beside a curve of matrices, where each point costs as much again."""

    n_timed: int
    """Predictions of each size that are timed, one by one."""

    matrices: tuple[int, ...]
    """Numbers of matrices on the way to all of them."""

    n_together: int = 256
    """Most predictions of each size that are timed together, as in mass inference."""

    direct: TrainingOptions = field(default_factory=lambda: TrainingOptions(test_share=0.05))
    """Of the direct model, and of the max-pooled network beside it."""

    hamiltonian: HamiltonianOptions = field(default_factory=HamiltonianOptions)
    """Of a learned Hamiltonian; the electrodes of all tests are added."""

    test_share: float = 0.2
    """Share of the experiments of the training size that are held out."""

    seed: int = 12
    """Of the splits, of the order of experiments and of the weights."""


FULL = LearningPlan(
    n_train=1200,
    curve=(100, 300, 900),
    left_out=("Na-K", "K-Rb", "K-Cs", "Rb-Cs", "Li-Na"),
    n_test=10_000,
    n_second=10_000,
    n_curve=40,
    n_timed=10,
    matrices=(5, 10, 20, 40),
)

QUICK = LearningPlan(
    n_train=200,
    curve=(100,),
    left_out=("Na-K",),
    n_test=48,
    n_second=8,
    n_curve=8,
    n_timed=3,
    matrices=(5,),
    direct=TrainingOptions(n_member=2, epochs=150, test_share=0.05),
    hamiltonian=HamiltonianOptions(n_validation=8),
)
