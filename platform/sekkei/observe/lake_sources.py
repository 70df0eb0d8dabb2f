"""Sources of traces in a lake: its labels, and what each model predicts."""

from collections.abc import Mapping
from dataclasses import replace

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.observe.lake_histogram import TraceSelection, common_channels, selected_traces
from sekkei.observe.lake_traces import Narrowing
from sekkei.observe.source import Source


def lake_source(
    lake: Lake,
    selection: TraceSelection,
    *,
    name: str | None = None,
    learned: str | None = None,
    narrowed: Narrowing | None = None,
) -> Source:
    """Read labels, or the predictions of a model, as a source.

    Parameters
    ----------
    lake
        Where they are.
    selection
        Which of them.
    name
        What a legend calls it; ``labels``, or the first digits of the model's identity, if absent.
    learned
        The conductance that the model learned, as its registry says; a lake does not know.
    narrowed
        What else is asked of a snapshot.

    Raises
    ------
    InvalidInputError
        If nothing in the lake fits.
    """
    is_label = selection.model is None
    return Source(
        name=name or ("labels" if selection.model is None else f"model {selection.model[:8]}"),
        kind="labels" if is_label else "predictions",
        quantity=selection.quantity if is_label else learned,
        traces=selected_traces(lake, selection, narrowed),
        model=selection.model,
        starts_at=common_channels(lake, selection, narrowed),
    )


def sources_by_potential(
    lake: Lake,
    selection: TraceSelection,
    *,
    learned: str | None = None,
    narrowed: Narrowing | None = None,
) -> Mapping[str, Source]:
    """Split a source by the interatomic potential under which contacts were pulled.

    Returns
    -------
    mapping
        Potential to source, sorted; those without a trace are left out.

    Raises
    ------
    InvalidInputError
        If labels under one potential are of several methods.
    """
    found: dict[str, Source] = {}
    for potential in sorted(set(lake.table("experiment")["potential"])):
        part = replace(narrowed or Narrowing(), potential=potential)
        try:
            found[potential] = lake_source(
                lake, selection, name=potential, learned=learned, narrowed=part
            )
        except InvalidInputError as error:
            if "recipes" in error.facts:
                raise
            continue  # none of the chosen experiments was pulled under it
    return found
