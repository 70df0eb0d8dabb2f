"""Laws of a model registry, and a small training to try it with."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.model import (
    Dataset,
    DescriptorOptions,
    FeatureOptions,
    ModelRegistry,
    StoredEvaluation,
    Training,
    TrainingOptions,
    train_direct,
)
from sekkei.structure.contact import build_contact
from sekkei.structure.cross_section import narrowest_cross_section
from sekkei.structure.experiment import ContactSpec
from sekkei.structure.junction import DEVICE, Junction

RegistryFactory = Callable[[], ModelRegistry]

QUICK = TrainingOptions(
    assembly="series",
    features=FeatureOptions(descriptor=DescriptorOptions(n_radial=2, max_angular=1)),
    n_component=6,
    n_hidden=6,
    n_embedding=2,
    n_member=2,
    epochs=20,
)
"""Options of a network that trains in a second, and is no good."""


class RegistryLaws:
    """Inherit, and give a fixture ``open_registry`` that opens one and the same registry anew."""

    def test_law_1_a_predictor_comes_back_as_it_went(
        self, open_registry: RegistryFactory, training: Training, contact: Junction
    ) -> None:
        registry = open_registry()

        version = registry.register("k", registry.log_training(training, "state-1", {}))
        found = registry.load("k", version)

        assert (found.family, found.identity) == (
            training.predictor.family,
            training.predictor.identity,
        )
        np.testing.assert_array_equal(
            found.predict([contact]).mean, training.predictor.predict([contact]).mean
        )

    def test_law_2_versions_count_from_one(
        self, open_registry: RegistryFactory, training: Training
    ) -> None:
        registry = open_registry()
        run = registry.log_training(training, "state-1", {})

        assert [registry.register("k", run) for _ in range(3)] == [1, 2, 3]
        assert registry.register("na", run) == 1

    def test_law_3_an_alias_moves(self, open_registry: RegistryFactory, training: Training) -> None:
        registry = open_registry()
        run = registry.log_training(training, "state-1", {})
        for _ in range(2):
            registry.register("k", run)

        registry.set_alias("k", "best", 1)
        registry.set_alias("k", "best", 2)

        assert [row.aliases for row in registry.list()] == [(), ("best",)]
        assert registry.load("k", "best").identity == training.predictor.identity

    def test_law_4_what_was_logged_lasts(
        self, open_registry: RegistryFactory, training: Training
    ) -> None:
        first = open_registry()
        first.register("k", first.log_training(training, "state-1", {}))
        first.set_alias("k", "best", 1)

        again = open_registry()

        assert again.load("k", "best").identity == training.predictor.identity

    def test_law_5_a_row_can_be_traced(
        self, open_registry: RegistryFactory, training: Training, tmp_path: Path
    ) -> None:
        registry = open_registry()
        figure = tmp_path / "parity.svg"
        figure.write_text("<svg/>")

        run = registry.log_training(training, "state-1", {"parity.svg": figure, "a.png": b"png"})
        registry.register("k", run)
        (row,) = registry.list()

        assert (row.name, row.version, row.run) == ("k", 1, run)
        assert (row.family, row.identity) == (
            training.predictor.family,
            training.predictor.identity,
        )
        assert row.quantity == training.predictor.quantity
        assert row.lake_state == "state-1"
        assert row.created > 1.6e9

    def test_law_6_what_is_not_there_is_said(
        self, open_registry: RegistryFactory, training: Training
    ) -> None:
        registry = open_registry()
        registry.register("k", registry.log_training(training, "state-1", {}))

        with pytest.raises(InvalidInputError, match="'best' is not; there is k 1"):
            registry.load("k", "best")
        with pytest.raises(InvalidInputError, match="'cs' 1 is not"):
            registry.set_alias("cs", "best", 1)
        with pytest.raises(InvalidInputError, match="must not look like a version"):
            registry.set_alias("k", "7", 1)
        with pytest.raises(InvalidInputError, match="find the training"):
            registry.register("k", "0" * 32)

    def test_law_7_a_version_keeps_its_evaluation_its_card_and_its_promotions(
        self, open_registry: RegistryFactory, training: Training
    ) -> None:
        registry = open_registry()
        for card in ("", "# Card\n"):
            registry.register("k", registry.log_training(training, "state-1", {}, card))
        registry.set_alias("k", "best", 2, "it is the best")

        again = open_registry()
        first, second = again.list()

        expected = StoredEvaluation.from_training(training)
        assert expected is not None
        assert (first.evaluation, second.evaluation) == (expected, expected)
        assert (first.promotions, len(second.promotions)) == ((), 1)
        assert second.promotions[0].startswith("best: 2")
        assert second.promotions[0].endswith("it is the best")
        assert again.card("k", "best") == "# Card\n"
        kept = {table.split: table for table in again.parity("k", "best")}
        truth = training.report.test.truth
        np.testing.assert_allclose(kept["test"].truth, truth, atol=1e-12)
        assert kept["test"].snapshot_keys == training.report.test.snapshot_keys
        with pytest.raises(InvalidInputError, match="k 1 was registered without one"):
            again.card("k", 1)

    @pytest.fixture(scope="class")
    @classmethod
    def training(cls) -> Training:
        return train_direct(small_dataset(n_experiment=5), QUICK, seed=0)

    @pytest.fixture
    def contact(self) -> Junction:
        return build_contact(ContactSpec())


def small_dataset(n_experiment: int, *, seed: int = 0) -> Dataset:
    """Make contacts of every neck width, four per experiment, with labels that follow the area.

    The labels are no physics: one G0 per 20 Å² of the narrowest cross-section, at most 6.
    """
    rng = np.random.default_rng(seed)
    junctions = [
        shaken(build_contact(ContactSpec(neck_width=width, neck_length=2, device_periods=3)), rng)
        for _ in range(n_experiment)
        for width in (1, 2, 4, 5)
    ]
    narrowest = np.array([narrowest_cross_section(junction) for junction in junctions])
    return Dataset(
        junctions=tuple(junctions),
        conductance_g0=np.minimum(narrowest / 20.0, 6.0),
        groups=tuple(f"experiment {i // 4}" for i in range(len(junctions))),
        electrodes=("bcc100-5+4",) * len(junctions),
        narrowest=narrowest,
        n_channel=np.full(len(junctions), 6),
        snapshot_keys=tuple(f"{i:032x}" for i in range(len(junctions))),
        label_recipe="narrowest / 20",
    )


def shaken(junction: Junction, rng: np.random.Generator) -> Junction:
    """Move every device atom by about 0.15 Å."""
    moves = rng.normal(0.0, 0.15, junction.positions.shape)
    moves[junction.regions != DEVICE] = 0.0
    return Junction.from_sequences(
        junction.numbers, junction.positions + moves, junction.regions, junction.electrode_period
    )
