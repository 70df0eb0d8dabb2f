"""``sekkei histogram --server``: the histogram that a service makes of its lake."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from sekkei.cli.histogram_output import show_histogram
from sekkei.cli.output import say
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.client import Connection
    from sekkei.client.answer import ServedHistogram
    from sekkei.observe import MeasuredHistogram, TraceSelection
    from sekkei.observe.histogram import Histogram


def tell_served(
    connection: "Connection",
    asked: "TraceSelection",
    recipe: str | None,
    out: Path,
    *,
    as_json: bool,
) -> None:
    """Show what a service counted.

    Parameters
    ----------
    connection
        To the service.
    asked
        What to count; its model is a name, an identity, ``labels``, or None for what there is.
    recipe
        Of the labels, where there are several.
    out
        Folder of the figure.
    as_json
        For machines.
    """
    from sekkei.observe.figures import histogram_figure

    named = asked.model if asked.model in {None, "labels"} else _identity(connection, asked.model)
    found = connection.lake.histogram(asked.element, asked.electrode, named, asked.quantity, recipe)
    model = found.selection.model
    if asked.model is None and model is not None:
        say(
            f"labels make no trace: predictions of {_called(connection, model)} are counted instead"
        )
    if found.remark:
        say(found.remark)
    source = "labels" if model is None else "surrogate"
    measured = _measured(found)
    figure = histogram_figure({source: _drawn(found)}, measured=measured, peaks=found.peaks)
    record = {
        **asdict(found.selection),
        "quantity": asked.quantity if model is None else _quantity(connection, model),
        "state": found.state_id,
        "n_experiment": found.n_experiment,
        "n_trace": found.n_trace,
        "n_snapshot": found.n_snapshot,
    }
    show_histogram(found, record, figure, out, as_json=as_json)


def chosen_model(models: "list[str] | None", *, has_labels: bool) -> str | None:
    """Return the one thing that is to be counted: a model, ``labels``, or what there is.

    Raises
    ------
    InvalidInputError
        If several are.
    """
    chosen = [*(["labels"] if has_labels else []), *(models or ())]
    if len(chosen) > 1:
        raise InvalidInputError(
            f"a service counts one source at a time, but found {', '.join(chosen)}; ask once for "
            "each"
        )
    return chosen[0] if chosen else None


def _identity(connection: "Connection", model: str) -> str:
    return connection.models.find(model).identity


def _called(connection: "Connection", identity: str) -> str:
    known = {row.identity: f"{row.name}:{row.version}" for row in connection.models.list()}
    return known.get(identity, identity)


def _quantity(connection: "Connection", identity: str) -> str | None:
    known = {row.identity: row.quantity or None for row in connection.models.list()}
    return known.get(identity)


def _measured(found: "ServedHistogram") -> "MeasuredHistogram | None":
    from sekkei.observe import measured_histogram

    element = found.selection.element
    return None if element is None or found.remark else measured_histogram(element)


def _drawn(found: "ServedHistogram") -> "Histogram":
    """Return the same bars as a record that figures take; whose they are stays with the service."""
    from sekkei.observe.histogram import Histogram, HistogramSpec

    return Histogram(
        spec=HistogramSpec(),
        experiments=("all",),
        by_experiment=found.counts[None, :],
        beyond=0.0,
        n_trace=found.n_trace,
        n_snapshot=found.n_snapshot,
    )
