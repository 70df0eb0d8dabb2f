"""A trained model, corrected by a few labels: what a dozen can teach without training anew."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sekkei.arrays import freeze
from sekkei.errors import InvalidInputError
from sekkei.identity import content_hash
from sekkei.model.baseline import AREA_MODELS, device_wavevector, fit_area_model
from sekkei.model.calibration import ONE_SIGMA, measure_coverage
from sekkei.model.correction import CAUTIOUS, Correction, Pairs, fit_correction
from sekkei.model.dataset import Dataset, Quantity, group_folds
from sekkei.model.families import load_predictor
from sekkei.model.folder import check_identity
from sekkei.model.metric import EvaluationReport, MetricRow, ParityTable, measure
from sekkei.model.predictor import META_FILE, Predictions, Predictor, pieces_of
from sekkei.model.training import Training
from sekkei.shapes import Float, Int
from sekkei.structure.junction import Junction

FAMILY = "corrected"
"""Name of this family of predictors."""

FORMAT = 1
"""Version of the folder that `CorrectedModel.save` writes."""

LABEL_SIGMA_G0 = 0.02
"""Least uncertainty of a label, as the design takes it."""

AS_IT_WAS = "as it was"
"""Name of the table of what the model said before it was corrected."""

_BASE = "base"

_Folds = Sequence[tuple[Int[np.ndarray, " kept"], Int[np.ndarray, " out"]]]
"""Rows that are kept and left out, one experiment after the other."""


@dataclass(frozen=True, slots=True, eq=False)
class CorrectedModel:
    """A predictor, and a linear correction of what it says; keeps the predictor port."""

    base: Predictor
    """What was trained."""

    correction: Correction
    """What labels taught of its bias and of its intervals."""

    n_label: int
    """Number of these labels."""

    label_recipe: str
    """Identity of their method."""

    @property
    def family(self) -> str:
        """Name under which its folder is read."""
        return FAMILY

    @property
    def at_once(self) -> int:
        """Structures of one piece of work, as many as of the model that is corrected."""
        return pieces_of(self.base)

    @property
    def quantity(self) -> Quantity:
        """Which conductance it predicts."""
        return self.base.quantity

    @property
    def identity(self) -> str:
        """Content hash of the model and its correction."""
        return content_hash(FAMILY, self.base.identity, self._plain())

    @property
    def description(self) -> Mapping[str, object]:
        """The correction, and how the model was made."""
        base = {"family": self.base.family, "identity": self.base.identity}
        correction = {"method": self.label_recipe, **self._weights()}
        return {"correction": correction, "base": {**base, **self.base.description}}

    def predict(self, junctions: Sequence[Junction], /) -> Predictions:
        """Predict the conductance of junctions.

        Raises
        ------
        LabelError
            If the model cannot treat one.
        """
        found = self.base.predict(junctions)
        mean, sigma = self.correction.correct(found.mean, found.sigma)
        return Predictions.bounded(
            mean, sigma, found.n_channel, found.is_bound_known, found.reasons
        )

    def save(self, folder: str | os.PathLike[str], /) -> None:
        """Write the correction as JSON, and the model into a folder of its own."""
        place = Path(folder)
        self.base.save(place / _BASE)
        meta = {"format": FORMAT, "family": FAMILY, "identity": self.identity, **self._plain()}
        (place / META_FILE).write_text(json.dumps(meta, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> "CorrectedModel":
        """Read what `save` wrote.

        Raises
        ------
        InvalidInputError
            If the folder holds no such model, one of another version, or one that was changed.
        """
        place = Path(folder)
        meta = json.loads((place / META_FILE).read_text("utf-8"))
        if meta.get("format") != FORMAT:
            raise InvalidInputError(
                f"a corrected model must have format {FORMAT}, but {folder} has "
                f"{meta.get('format')}; correct it again"
            )
        plain = meta["correction"]
        correction = Correction(
            np.array(plain["weights"]),
            np.array(plain["covariance"]),
            float(plain["centre"]),
            float(plain["inflation"]),
        )
        base = load_predictor(place / _BASE)
        found = cls(base, correction, int(meta["n_label"]), str(meta["label_recipe"]))
        check_identity(place, meta, found.identity)
        return found

    def _plain(self) -> dict[str, object]:
        return {
            "n_label": self.n_label,
            "label_recipe": self.label_recipe,
            "correction": self._weights(),
        }

    def _weights(self) -> dict[str, object]:
        return {
            "weights": self.correction.weights.tolist(),
            "covariance": self.correction.covariance.tolist(),
            "centre": self.correction.centre,
            "inflation": self.correction.inflation,
        }


def correct_model(predictor: Predictor, dataset: Dataset) -> Training:
    """Hold a model against labels that it has not seen, and correct it by them.

    An offset and a slope are fitted, with a narrow prior, so that chance in a dozen labels does
    little harm; intervals are widened to what the errors are.

    Parameters
    ----------
    predictor
        Of any family; it must not have learned from these labels.
    dataset
        Labels of at least three experiments; a structure of your own is one by itself.

    Returns
    -------
    Training
        The corrected model. In its report ``test`` is every label as predicted by a correction
        that did not see its experiment; the model as it was and the baselines, treated alike,
        stand beside it, and `AS_IT_WAS` is the table of the model before.

    Raises
    ------
    InvalidInputError
        If there are labels of fewer than three experiments.
    LabelError
        If a junction cannot be predicted.
    """
    groups = [
        group or key for group, key in zip(dataset.groups, dataset.snapshot_keys, strict=True)
    ]
    n_experiment = len(set(groups))
    if n_experiment < 3:
        raise InvalidInputError(
            "a model is corrected by labels of at least 3 experiments, but found "
            f"{n_experiment}; label snapshots of more"
        )
    folds = tuple(group_folds(groups, n_experiment))
    found = predictor.predict(dataset.junctions)
    errors = np.zeros(len(dataset)) if dataset.error_g0 is None else dataset.error_g0
    sigma = np.fmax(errors, LABEL_SIGMA_G0)
    pairs = Pairs(found.mean, found.sigma, dataset.conductance_g0, sigma)
    mean, width = _left_out(pairs, folds)
    mean = np.clip(mean, 0.0, found.n_channel)
    correction = fit_correction(pairs, float(pairs.label.mean()), CAUTIOUS)
    model = CorrectedModel(predictor, correction, len(dataset), dataset.label_recipe)
    tables = (
        _table("test", dataset, mean, width),
        _table(AS_IT_WAS, dataset, found.mean, found.sigma),
    )
    rows = _rows(predictor.family, dataset, folds, tables)
    covered = measure_coverage(dataset.conductance_g0, mean, width, ONE_SIGMA, "test")
    report = EvaluationReport(rows, (), *tables, (covered,))
    return Training(predictor=model, report=report, n_label=len(dataset), seed=0)


def _left_out(pairs: Pairs, folds: _Folds) -> tuple[np.ndarray, np.ndarray]:
    """Correct each experiment by what the others teach."""
    mean, sigma = np.array(pairs.predicted), np.array(pairs.predicted_sigma)
    for kept, out in folds:
        rest = Pairs(
            pairs.predicted[kept],
            pairs.predicted_sigma[kept],
            pairs.label[kept],
            pairs.label_sigma[kept],
        )
        fitted = fit_correction(rest, float(rest.label.mean()), CAUTIOUS)
        mean[out], sigma[out] = fitted.correct(pairs.predicted[out], pairs.predicted_sigma[out])
    return mean, sigma


def _table(
    split: str,
    dataset: Dataset,
    mean: Float[np.ndarray, " row"],
    sigma: Float[np.ndarray, " row"],
) -> ParityTable:
    return ParityTable(
        split, dataset.snapshot_keys, dataset.conductance_g0, freeze(mean), freeze(sigma)
    )


def _rows(
    family: str, dataset: Dataset, folds: _Folds, tables: tuple[ParityTable, ParityTable]
) -> tuple[MetricRow, ...]:
    guesses = {FAMILY: tables[0].predicted, family: tables[1].predicted}
    wavevector = np.array([device_wavevector(junction) for junction in dataset.junctions])
    for name in AREA_MODELS:
        guess = np.zeros(len(dataset))
        for kept, out in folds:
            line = fit_area_model(
                name, dataset.narrowest[kept], wavevector[kept], dataset.conductance_g0[kept]
            )
            guess[out] = line(dataset.narrowest[out], wavevector[out])
        guesses[name] = np.minimum(guess, dataset.n_channel)
    truth = dataset.conductance_g0
    return tuple(measure(name, "test", truth, guess, len(folds)) for name, guess in guesses.items())
