"""What an experimenter would measure on the contacts of a lake, beside what was measured."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.observe.comparison import (
    ComparisonRow,
    MeasuredHistogram,
    compare_with_measured,
    measured_histogram,
    summary_sentence,
)
from sekkei.observe.histogram import Histogram, conductance_histogram
from sekkei.observe.lake_traces import Narrowing, lake_traces
from sekkei.observe.peaks import Peak, histogram_peaks
from sekkei.observe.trace import Trace, select_traces
from sekkei.structure.junction import parse_element

Quantity = Literal["conductance_g0", "window_conductance_g0"]


@dataclass(frozen=True, slots=True)
class TraceSelection:
    """Which traces of a lake are counted."""

    model: str | None = None
    """Identity of the surrogate that predicted them, see `predictions_of`; labels if absent."""

    element: str | None = None
    """Only pure contacts of this element."""

    electrode: str | None = None
    """Only contacts between these wires."""

    quantity: Quantity = "conductance_g0"
    """Column of the labels; predictions are of the one quantity that their model learned."""


@dataclass(frozen=True, slots=True, eq=False)
class LakeHistogram:
    """A histogram of the contacts of a lake, with all that is said of it."""

    selection: TraceSelection
    """What was counted; the element is named where all contacts are of one."""

    state_id: str
    """State of the lake that was read."""

    histogram: Histogram
    """Bins and counts."""

    peaks: tuple[Peak, ...]
    """Its peaks, with their intervals."""

    n_channel: int | None
    """Channels of the electrodes, where all contacts have the same."""

    measured: MeasuredHistogram | None
    """What was measured of the element; None if nothing is known."""

    comparison: tuple[ComparisonRow, ...]
    """Statements of that measurement; none without one."""

    remark: str = ""
    """Why there is no measurement to compare with, where an element was named."""

    @property
    def summary(self) -> str:
        """The comparison in one sentence."""
        return summary_sentence(self.comparison)


def observe_histogram(
    lake: Lake, selection: TraceSelection, *, seed: int = 0, narrowed: Narrowing | None = None
) -> LakeHistogram:
    """Histogram the conductance of contacts of a lake, and compare it with experiment.

    Parameters
    ----------
    lake
        Where they are.
    selection
        Which of them. Without an element, that of all experiments is meant, if they have one.
    seed
        Of the bootstrap resamples.
    narrowed
        What else is asked of a snapshot.

    Raises
    ------
    InvalidInputError
        If nothing in the lake fits, labels of several methods do, the element or electrode is
        none, or a quantity is asked of predictions.
    """
    _check_selection(lake, selection)
    chosen = replace(selection, element=selection.element or only_element(lake))
    traces = selected_traces(lake, chosen, narrowed)
    histogram, n_channel = conductance_histogram(traces), common_channels(lake, chosen, narrowed)
    measured, remark = _measured(chosen.element)
    rows: tuple[ComparisonRow, ...] = ()
    if measured is not None:
        rng = np.random.default_rng(seed)
        rows = compare_with_measured(histogram, measured, rng, n_channel=n_channel)
    return LakeHistogram(
        selection=chosen,
        state_id=lake.state_id,
        histogram=histogram,
        peaks=histogram_peaks(histogram, np.random.default_rng(seed)),
        n_channel=n_channel,
        measured=measured,
        comparison=rows,
        remark=remark,
    )


def selected_traces(
    lake: Lake, selection: TraceSelection, narrowed: Narrowing | None = None
) -> tuple[Trace, ...]:
    """Read the traces that a selection means, see `lake_traces`."""
    return lake_traces(
        lake,
        model=selection.model,
        electrode=selection.electrode,
        composition=None if selection.element is None else {selection.element: 1.0},
        quantity=selection.quantity,
        narrowed=narrowed,
    )


def labels_or_predictions(
    lake: Lake,
    selection: TraceSelection,
    *,
    narrowed: Narrowing | None = None,
    named: Callable[[str], str] = str,
) -> TraceSelection:
    """Choose predictions where no model is named and labels make no trace.

    Parameters
    ----------
    lake
        Where they are.
    selection
        Which traces. One that names a model, or another quantity than the default, stays as it is.
    narrowed
        What else is asked of a snapshot. Where a method of labels is named, labels are wanted.
    named
        What people call a model of some identity.

    Returns
    -------
    TraceSelection
        With a model, if its predictions are to be counted. Whoever shows them must say so.

    Raises
    ------
    InvalidInputError
        If several models have such predictions, or labels are of several methods.
    """
    of_labels = selection.quantity != TraceSelection().quantity or (narrowed and narrowed.recipe)
    if selection.model is not None or of_labels:
        return selection
    _check_selection(lake, selection)
    if _covers(lake, selection, narrowed):
        return selection
    models = sorted(set(lake.table("prediction")["model"].tolist()))
    found = [one for one in models if _covers(lake, replace(selection, model=one), narrowed)]
    if len(found) > 1:
        raise InvalidInputError(
            "a histogram must be of one model where labels make no trace, but predictions of "
            f"{len(found)} fit: {', '.join(map(named, found))}; name one of them",
            models=found,
        )
    return replace(selection, model=found[0]) if found else selection


def _covers(lake: Lake, selection: TraceSelection, narrowed: Narrowing | None) -> bool:
    """Whether a histogram can be made of them: one snapshot alone covers no displacement."""
    chosen = replace(selection, element=selection.element or only_element(lake))
    try:
        traces = selected_traces(lake, chosen, narrowed)
    except InvalidInputError as error:
        if "recipes" in error.facts:
            raise
        return False
    return any(trace.coverage.sum() > 0.0 for trace in select_traces(traces))


def predictions_of(lake: Lake, model: str, find: Callable[[str], str]) -> str:
    """Return the identity of the model whose predictions are meant.

    Parameters
    ----------
    lake
        Where the predictions are.
    model
        An identity that the lake has predictions of, or a name.
    find
        Looks a name up, as in a registry; only called if it is no such identity.
    """
    return model if model in set(lake.table("prediction")["model"]) else find(model)


def only_element(lake: Lake) -> str | None:
    """Return the element of all experiments, if they are pure and of one."""
    table = lake.table("experiment")
    names = [name for name in table.columns if name.startswith("fraction_")]
    present = [name for name in names if bool((table[name] > 0.0).any())]
    return present[0].removeprefix("fraction_") if len(present) == 1 else None


def common_channels(
    lake: Lake, selection: TraceSelection, narrowed: Narrowing | None = None
) -> int | None:
    """Return the channels of the electrodes, where all that may be counted have the same."""
    where = [] if selection.electrode is None else [f'electrode = "{selection.electrode}"']
    if selection.element is not None:
        where.append(f"fraction_{selection.element} = 1")
    if narrowed is not None and narrowed.recipe is not None:
        where.append(f"recipe = {json.dumps(narrowed.recipe)}")
    found = set(lake.query("label", where, ["n_channel"])["n_channel"].tolist())
    return int(found.pop()) if len(found) == 1 else None


def _check_selection(lake: Lake, selection: TraceSelection) -> None:
    if selection.model is not None and selection.quantity != TraceSelection().quantity:
        raise InvalidInputError(
            "predictions must be taken as what their model learned, but found quantity "
            f"{selection.quantity!r} beside model {selection.model!r}; leave out one of them"
        )
    if selection.element is not None:
        parse_element(selection.element)
    known = sorted(set(lake.table("experiment")["electrode"].tolist()) - {""})
    if known and selection.electrode is not None and selection.electrode not in known:
        raise InvalidInputError(
            f"the electrode must be one of those in the lake, {', '.join(known)}, but found "
            f"{selection.electrode!r}; leave it out for all of them",
            electrode=selection.electrode,
        )


def _measured(element: str | None) -> tuple[MeasuredHistogram | None, str]:
    if element is None:
        return None, ""
    try:
        return measured_histogram(element), ""
    except InvalidInputError as error:
        return None, error.message
