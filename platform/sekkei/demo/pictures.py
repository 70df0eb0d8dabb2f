"""The figures of a demonstration, with their words."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from sekkei.demo.summary import DemoOutcome
from sekkei.design.problem import Verification
from sekkei.errors import InvalidInputError
from sekkei.observe import Histogram, Peak, displacement_histogram, measured_histogram
from sekkei.observe.figures import (
    CompositionBar,
    Curve,
    DesignPoint,
    ParitySample,
    composition_figure,
    convergence_figure,
    displacement_figure,
    histogram_figure,
    junction_figure,
    parity_figure,
    traces_figure,
    transmission_figure,
)
from sekkei.observe.report import ReportFigure, report_figure
from sekkei.observe.report.content import Section


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A figure, its file name and its words."""

    name: str
    """File name without ending."""

    section: Section
    """Where in the report."""

    figure: Figure
    """The figure."""

    caption: str
    """For everybody."""

    alternative: str
    """For a reader who cannot see it."""

    def for_report(self) -> ReportFigure:
        """Render it for the report."""
        return report_figure(
            self.section, self.figure, caption=self.caption, alternative=self.alternative
        )


def demo_figures(outcome: DemoOutcome) -> Iterator[Picture]:
    """Draw everything that the report shows."""
    yield from _answer(outcome)
    yield from _histogram(outcome)
    yield from _model(outcome)
    yield from _design(outcome)
    yield from _data(outcome)


def _answer(outcome: DemoOutcome) -> Iterator[Picture]:
    found = _best(outcome)
    if found is None or found.trial.junction is None:
        return
    verified = found.trial.verified_g0
    yield Picture(
        "best-contact",
        "answer",
        junction_figure(found.trial.junction),
        "The proposal nearest to the target, from two sides; shaded atoms are the leads."
        + ("" if verified is None else f" Verified at {verified:.2f} G0."),
        "Balls at the positions of the atoms of the proposed contact, coloured by element.",
    )


def _best(outcome: DemoOutcome) -> Verification | None:
    proved = [v for v in outcome.designed.verifications if v.error_g0 is not None]
    return min(proved, key=lambda v: abs(v.error_g0 or 0.0), default=None)


def predicted_histogram(histogram: Histogram, peaks: tuple[Peak, ...]) -> Figure:
    """Draw what a model predicts for potassium, with the measured peaks."""
    return histogram_figure({"predicted": histogram}, measured=measured_histogram("K"), peaks=peaks)


def _histogram(outcome: DemoOutcome) -> Iterator[Picture]:
    # The labels alone are no histogram: they were chosen to cover the range, not as they come.
    yield Picture(
        "histogram",
        "histogram",
        predicted_histogram(outcome.histogram, outcome.peaks),
        f"Conductance histogram of potassium: {outcome.histogram.n_snapshot} snapshots of "
        f"{len(outcome.histogram.experiments)} experiments while pulling, as the surrogate "
        "predicts them. Marks are the measured peaks.",
        "A histogram of conductance from 0 to 7 G0 with the measured peak positions marked.",
    )
    yield Picture(
        "traces",
        "histogram",
        traces_figure([trace for trace in outcome.traces if trace.stage == "pull"][:8]),
        "Conductance while pulling, eight contacts, each shifted to the right of the one before.",
        "Falling staircase-like curves of conductance against displacement.",
    )
    try:
        aligned = displacement_histogram(outcome.traces)
    except InvalidInputError:
        return  # no trace falls through the reference: there is nothing to align
    yield Picture(
        "displacement-histogram",
        "histogram",
        displacement_figure(aligned),
        "Where conductance is, so far before and after it falls through the reference.",
        "A map of counts over displacement and conductance.",
    )


def _model(outcome: DemoOutcome) -> Iterator[Picture]:
    check = outcome.check
    report = check.training.report
    group_of = dict(zip(check.dataset.snapshot_keys, check.dataset.groups, strict=True))
    samples = [
        ParitySample(
            name=name,
            actual=table.truth,
            predicted=table.predicted,
            sigma=table.sigma,
            experiments=tuple(group_of[key] for key in table.snapshot_keys),
        )
        for name, table in (("as shipped", report.out_of_fold), ("corrected", report.test))
    ]
    yield Picture(
        "parity",
        "model",
        parity_figure(samples, {row.model: row.mae for row in check.baselines}),
        "Predicted against labelled conductance of contacts that the model never saw, with its "
        "68 % intervals; and corrected by these labels, each by what the others taught.",
        "Points near or off the diagonal of predicted against labelled conductance.",
    )


def _design(outcome: DemoOutcome) -> Iterator[Picture]:
    target = outcome.designed.state.spec.target
    points = [
        DesignPoint(done.n_round, trial.estimate_g0, trial.verified_g0)
        for done in outcome.designed.rounds
        for trial in done.trials
        if trial.estimate_g0 is not None
    ]
    if points:
        yield Picture(
            "convergence",
            "design",
            convergence_figure(points, target.nominal_g0, target.room_g0(target.nominal_g0)),
            "Distance from the target of every proposal, by round: as the surrogate estimates "
            "it, and as first principles verify it.",
            "Points of distance to the target by round, with the tolerance as a band.",
        )
    bars = [
        CompositionBar(f"{i + 1}", v.proposal.candidate.composition, v.is_hit)
        for i, v in enumerate(outcome.designed.verifications)
    ]
    if bars:
        yield Picture(
            "compositions",
            "design",
            composition_figure(bars),
            "Compositions of the finalists.",
            "Stacked bars of element fractions.",
        )


def _data(outcome: DemoOutcome) -> Iterator[Picture]:
    labels = outcome.lake.table("label")
    labels = labels[labels["recipe"] == outcome.recipe].sort_values("conductance_g0")
    chosen = labels.iloc[np.unique(np.linspace(0, len(labels) - 1, 5).astype(int))]
    energies, transmissions = outcome.lake.transmissions(chosen["key"].tolist())
    curves = [
        Curve(f"contact {i_contact}", energies, row)
        for i_contact, row in enumerate(transmissions, start=1)
    ]
    yield Picture(
        "transmission",
        "data",
        transmission_figure(curves, window_ev=float(chosen["window_ev"].iloc[0])),
        "Transmission against energy of five labelled contacts; the window is that of the mean.",
        "Curves of transmission against energy around the Fermi level.",
    )
