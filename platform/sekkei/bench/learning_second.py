"""The second family in the benchmark of learning: a saved model, or Hamiltonians from matrices."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from sekkei.bench.learning_kept import Kept, split_parts
from sekkei.bench.learning_plan import LearningInputs, LearningPlan
from sekkei.bench.learning_splits import MATRICES, Split
from sekkei.lake import Lake
from sekkei.model import (
    HamiltonianTeacher,
    Predictor,
    load_predictor,
    make_teacher,
    read_examples,
    train_hamiltonian,
)
from sekkei.model.hamiltonian.learning import HamiltonianExample
from sekkei.shapes import Int


@dataclass(frozen=True, slots=True, eq=False)
class SecondFamily:
    """What stands beside the direct model."""

    given: tuple[Predictor, ...]
    """Saved models."""

    examples: tuple[HamiltonianExample, ...]
    """Matrices that were learned from, or are to be."""

    teacher: HamiltonianTeacher | None
    """What made them; none if nothing is learned."""

    has_curve: bool
    """Whether Hamiltonians are learned from fewer matrices, too."""

    @classmethod
    def read(cls, inputs: LearningInputs, recipe: str) -> "SecondFamily":
        """Read what was named, before anything is trained.

        Raises
        ------
        InvalidInputError
            If a folder holds no model, or a lake no matrices of the labels' method.
        """
        given = tuple(load_predictor(folder) for folder in inputs.models)
        examples = read_examples(Lake.open(inputs.matrices), recipe) if inputs.matrices else ()
        is_learned = bool(examples) and (not given or inputs.has_matrix_curve)
        return cls(
            given, examples, make_teacher("gpaw") if is_learned else None, inputs.has_matrix_curve
        )

    @property
    def seen(self) -> frozenset[str]:
        """Experiments that must not be tested on."""
        return frozenset(example.group for example in self.examples)

    def notes(self, recipe: str) -> Iterator[str]:
        """Say what may make the tests less honest, or was left out."""
        if not (self.given or self.examples):
            yield (
                "no learned Hamiltonian: name a saved one with --model, or the lake of its "
                "matrices with --matrices"
            )
        if self.given and not self.examples:
            yield (
                "saved models may have learned from experiments of these tests; with --matrices "
                "those of its matrices are left out"
            )
        for model in self.given:
            if model.label_recipe != recipe:
                yield (
                    f"the saved model of the family {model.family} learned recipe "
                    f"{model.label_recipe[:12]}, the labels of the tests are {recipe[:12]}"
                )

    def models(
        self, split: Split, plan: LearningPlan, kept: Kept, say: Callable[[str], None]
    ) -> Iterator[tuple[Predictor, Split, int]]:
        """Return models with what they learned from, that of all matrices first.

        Yields
        ------
        Predictor
            A model.
        Split
            The same tests, under the table that it belongs to.
        int
            Number of matrices; 0 if unknown.
        """
        n_all, most = len(self.examples), plan.n_curve if self.has_curve else plan.n_second
        tests = {name: data.rows(_spread(len(data), most)) for name, data in split.tests.items()}
        split = replace(split, tests=tests)
        for model in self.given:
            say(f"a saved model of the family {model.family}")
            yield model, replace(split, trained_on="a saved model"), n_all
        if self.teacher is None:
            return
        numbers = [] if self.given else [n_all]
        numbers += [n for n in plan.matrices if n < n_all] if self.has_curve else []
        for n in numbers:
            say(f"a Hamiltonian of {n} matrices")
            table = split.table if n == n_all else MATRICES
            some = tuple(self.examples[i] for i in draw_order(n_all, n, plan.seed))
            learned = _parts(some, split, plan)
            found = kept.predictor(learned, partial(_learn, some, split, self.teacher, plan))
            yield found, replace(split, table=table, trained_on="matrices"), n


def _spread(n: int, most: int) -> Int[np.ndarray, " row"]:
    """Choose rows from beginning to end: neighbours are of one experiment."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.int64))


def draw_order(n_all: int, n: int, seed: int) -> list[int]:
    """Draw numbers in an order that depends on the seed alone; fewer are a beginning of more."""
    drawn: list[int] = np.random.default_rng(seed).permutation(n_all)[:n].tolist()
    return drawn


def _parts(
    examples: Sequence[HamiltonianExample], split: Split, plan: LearningPlan
) -> Sequence[Any]:
    """Return all that a learned Hamiltonian depends on."""
    return (
        [(one.group, one.junction.positions, one.junction.numbers) for one in examples],
        split_parts(split),
        plan.hamiltonian.model_dump(mode="json"),
        plan.seed,
    )


def _learn(
    examples: Sequence[HamiltonianExample],
    split: Split,
    teacher: HamiltonianTeacher,
    plan: LearningPlan,
) -> Predictor:
    """Learn a Hamiltonian from matrices, its intervals from labels that a split learns from."""
    met = {name for data in split.tests.values() for name in data.electrodes}
    electrodes = tuple(sorted({*plan.hamiltonian.electrodes, *met}))
    options = plan.hamiltonian.model_copy(update={"electrodes": electrodes})
    return train_hamiltonian(examples, split.train, teacher, options, plan.seed).predictor
