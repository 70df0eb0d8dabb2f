"""What every model must beat, fitted to the same labels: cross-sections, ridge, max-pooling."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from sekkei.bench.learning_errors import Judged
from sekkei.bench.learning_splits import Split
from sekkei.model import Dataset, FeatureOptions, TrainingOptions
from sekkei.model.baseline import AREA_MODELS, device_wavevector, fit_area_model, fit_ridge
from sekkei.model.direct import JunctionFeatures, describe_junction
from sekkei.model.direct.fitting import fit_network, predict_batch
from sekkei.model.direct.member import make_batch, make_examples
from sekkei.model.direct.network import build_network
from sekkei.model.direct.scaling import DescriptorScaler
from sekkei.shapes import Float
from sekkei.structure.junction import Junction

RIDGE, POOLED = "ridge", "max-pooled"

BASELINES = (*AREA_MODELS, RIDGE, POOLED)
"""Names of all baselines."""

Predict = Callable[[Dataset], Float[np.ndarray, " row"]]
Describe = Callable[[Sequence[Junction]], Sequence[JunctionFeatures]]


class Describer:
    """Describes junctions, each once for all splits."""

    def __init__(self, options: FeatureOptions) -> None:
        self._options = options
        self._known: dict[int, tuple[Junction, JunctionFeatures]] = {}

    def __call__(self, junctions: Sequence[Junction]) -> list[JunctionFeatures]:
        """Return what networks read of some junctions."""
        found = []
        for junction in junctions:
            # The junction is kept with its features, so that no other takes its id.
            if id(junction) not in self._known:
                described = describe_junction(junction, self._options)
                self._known[id(junction)] = (junction, described)
            found.append(self._known[id(junction)][1])
        return found


def judge_baselines(
    split: Split, options: TrainingOptions, describe: Describe, seed: int
) -> Iterator[Judged]:
    """Fit every baseline to what a split learns from, and let it predict the tests.

    None may exceed the channels of the electrode.

    Parameters
    ----------
    split
        What is learned from, and tested on.
    options
        The max-pooled network learns as the direct model's networks do, for all epochs.
    describe
        What networks read of junctions.
    seed
        Of the weights.
    """
    models = {name: _area(name, split.train) for name in AREA_MODELS}
    models |= _described(split.train, options, describe, seed)
    for name, predict in models.items():
        for test, data in split.tests.items():
            mean = np.clip(predict(data), 0.0, data.n_channel)
            yield Judged(split, test, name, len(split.train), mean)


def _area(name: str, train: Dataset) -> Predict:
    model = fit_area_model(name, train.narrowest, _wavevectors(train), train.conductance_g0)
    return lambda data: model(data.narrowest, _wavevectors(data))


def _wavevectors(data: Dataset) -> Float[np.ndarray, " row"]:
    return np.array([device_wavevector(junction) for junction in data.junctions])


def _described(
    train: Dataset, options: TrainingOptions, describe: Describe, seed: int
) -> dict[str, Predict]:
    features = describe(train.junctions)
    scaler = DescriptorScaler.fit(features, options.n_component)

    def means(some: Sequence[JunctionFeatures]) -> np.ndarray:
        rows = [scaler(one.device_mean()[None, :])[0] for one in some]
        return np.stack(rows).astype(np.float64)

    ridge = fit_ridge(means(features), train.conductance_g0, np.array(train.groups, dtype=str))
    network = build_network(
        "max-pooled", scaler.n_component, options.n_hidden, options.n_embedding, seed=seed
    )
    examples = make_examples(train, features, scaler)
    fit_network(network, examples, examples.rows(np.arange(0)), options, seed)
    return {
        RIDGE: lambda data: ridge(means(describe(data.junctions))),
        POOLED: lambda data: predict_batch(network, make_batch(describe(data.junctions), scaler)),
    }
