"""A trained model held against a few fresh labels, and corrected by them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sekkei.campaign.choice import choose_snapshots
from sekkei.campaign.context import CampaignContext
from sekkei.campaign.specification import LabelPlan
from sekkei.campaign.stages import recipe_of, run_labels
from sekkei.demo.scale import DemoScale
from sekkei.model import Dataset, MetricRow, Predictor, Training, correct_model


@dataclass(frozen=True, slots=True, eq=False)
class ModelCheck:
    """What fresh labels say of a model."""

    dataset: Dataset
    """The labels."""

    training: Training
    """The model corrected by them; its report has the model as it was, and the baselines."""

    base: Predictor
    """The model as it was."""

    n_outside: int
    """Labelled contacts that it had flagged as unlike its training data."""

    def row(self, family: str) -> MetricRow:
        """Return the figures of the model as it was, or corrected."""
        return self.training.report.row(family, "test")

    @property
    def baselines(self) -> tuple[MetricRow, ...]:
        """The baselines, best first."""
        models = {self.base.family, self.training.predictor.family}
        rows = [row for row in self.training.report.rows if row.model not in models]
        return tuple(sorted(rows, key=lambda row: row.mae))


def check_model(
    context: CampaignContext, scale: DemoScale, plan: LabelPlan, predictor: Predictor
) -> ModelCheck:
    """Label one snapshot of each of some experiments, and compare what the model says of them.

    Snapshots are chosen as campaigns choose them: by structure alone, so that neither model nor
    label has a say in it.
    """
    experiments = scale.checked_experiments(context.dynamics)
    chosen = choose_snapshots(context.refresh(), experiments, 1)
    run_labels(context, chosen, plan)
    labels = Dataset.from_lake(context.refresh(), recipe_of(plan), predictor.quantity)
    rows = np.flatnonzero(np.isin(labels.snapshot_keys, chosen))
    dataset = labels.rows(rows)
    return ModelCheck(
        dataset=dataset,
        training=correct_model(predictor, dataset),
        base=predictor,
        n_outside=predictor.predict(dataset.junctions).n_outside,
    )


def told(check: ModelCheck) -> Iterator[str]:
    """Say in lines what came of a check."""
    before, after = check.row(check.base.family), check.row(check.training.predictor.family)
    report = check.training.report
    n_within = round(report.out_of_fold.within_sigma * before.n)
    yield (
        f"    on {before.n} contacts that it never saw: MAE {before.mae:.3f} G0, largest error "
        f"{before.max_error:.2f} G0, {n_within} of {before.n} within the 68 % interval, "
        f"{check.n_outside} flagged as outside"
    )
    baselines = ", ".join(f"{row.model} {row.mae:.2f}" for row in check.baselines)
    yield f"    MAE of the baselines on the same contacts: {baselines} G0"
    yield f"    corrected by them: MAE {after.mae:.3f} G0, each contact by what the others taught"
