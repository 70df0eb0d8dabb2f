"""Matrices of a lake as examples for a Hamiltonian, and who can teach one."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake import (
    Batch,
    ExperimentRow,
    LabelRow,
    Lake,
    MatrixRow,
    SnapshotRow,
    label_key,
    matrix_key,
)
from sekkei.model.hamiltonian import (
    ConsistencyOptions,
    HamiltonianOptions,
    learn_hamiltonian,
    read_examples,
)
from sekkei.model.hamiltonian.training import make_teacher
from sekkei.provenance import Provenance
from sekkei.structure.electrode import build_electrode
from sekkei.structure.experiment import ExperimentSpec, Snapshot, experiment_key, snapshot_key
from sekkei.structure.junction import Junction
from sekkei.testing.gaussian_teacher import GaussianTeacher
from sekkei.testing.point_label import point_label

TEACHER = GaussianTeacher(shells=(0,))
SPEC = ExperimentSpec()
EXPERIMENT = experiment_key(SPEC, "test")
PROVENANCE = Provenance("node", 0.0, 1.0, 1.0, "0")


def wire(seed: int) -> Junction:
    one = build_electrode("bcc111-1+1+1", "Li")
    many = one.repeated(8)
    regions = np.repeat([-1, 0, 1], [9, 6, 9])
    moves = np.random.default_rng(seed).normal(0.0, 0.1, many.positions.shape)
    positions = many.positions + moves * (regions == 0)[:, None]
    return Junction.from_sequences(many.numbers, positions, regions, one.period)


def filled(folder: Path, junctions: Sequence[Junction]) -> Lake:
    """Label every junction by two methods; the teacher's labels keep their matrices."""
    snapshots = [Snapshot(one, i, 0, "pull", 0.1 * i, 10.0) for i, one in enumerate(junctions)]
    keys = [snapshot_key(EXPERIMENT, one.frame, one.junction) for one in snapshots]
    labels = [
        LabelRow(label_key(key, recipe), key, point_label(1.0, recipe), PROVENANCE)
        for key in keys
        for recipe in (TEACHER.recipe, "other")
    ]
    matrices = [
        MatrixRow(matrix_key(row.key), row.key, key, TEACHER.matrices(junction), PROVENANCE)
        for row, key, junction in zip(labels[::2], keys, junctions, strict=True)
    ]
    lake = Lake.create(folder)
    with lake.committer() as committer:
        committer.commit(
            Batch(
                experiments=(
                    ExperimentRow(EXPERIMENT, SPEC.model_dump_json(), "test", PROVENANCE),
                ),
                snapshots=tuple(
                    SnapshotRow(key, EXPERIMENT, one)
                    for key, one in zip(keys, snapshots, strict=True)
                ),
                labels=tuple(labels),
                matrices=tuple(matrices),
            ),
            "wires",
        )
    return lake.refreshed()


def test_each_junction_comes_with_its_own_matrices_and_experiment(tmp_path) -> None:
    lake = filled(tmp_path / "lake", [wire(1), wire(2)])

    found = read_examples(lake, TEACHER.recipe)

    assert [one.group for one in found] == [EXPERIMENT] * 2
    for one in found:
        wanted = TEACHER.matrices(one.junction)
        np.testing.assert_allclose(one.matrices.positions, wanted.positions, atol=1e-9)
        np.testing.assert_allclose(one.matrices.hamiltonian, wanted.hamiltonian, atol=1e-4)


def test_what_was_rounded_in_a_lake_teaches_as_well(tmp_path) -> None:
    lake = filled(tmp_path / "lake", [wire(1)])
    options = HamiltonianOptions(consistency=ConsistencyOptions(n_step=0))

    solver = learn_hamiltonian(
        read_examples(lake, TEACHER.recipe), TEACHER.two_centre_tables([3]), TEACHER, options
    )

    found = solver.device(wire(1), np.zeros(1)).transmission()[0]
    assert found == pytest.approx(TEACHER.conductance(wire(1)), abs=1e-2)


def test_a_method_without_matrices_is_refused_with_what_to_do(tmp_path) -> None:
    lake = filled(tmp_path / "lake", [wire(1)])

    with pytest.raises(InvalidInputError, match=r"matrices of recipe other .* but keeps none"):
        read_examples(lake, "other")


def test_matrices_of_a_second_recipe_must_be_there_if_they_are_asked_for(tmp_path) -> None:
    lake = filled(tmp_path / "lake", [wire(1)])

    assert len(read_examples(lake, TEACHER.recipe, TEACHER.recipe)) == 1
    with pytest.raises(InvalidInputError, match=r"matrices of recipe other .* but keeps none"):
        read_examples(lake, TEACHER.recipe, "other")


def test_a_labeler_without_tables_teaches_nothing() -> None:
    with pytest.raises(InvalidInputError, match="but tight-binding has none; try --labeler gpaw"):
        make_teacher("tight-binding")
