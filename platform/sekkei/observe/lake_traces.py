"""Traces and transmissions as the lake holds them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.observe.trace import Trace, traces_from_columns


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What else is asked of a snapshot."""

    potential: str | None = None
    """Only experiments under this interatomic potential."""

    is_labelled: bool = False
    """Only snapshots that have a label, so that predictions are of the same ones as labels."""

    recipe: str | None = None
    """Only labels of this method; without one, all must be of the same."""


def lake_traces(
    lake: Lake,
    *,
    model: str | None = None,
    electrode: str | None = None,
    composition: dict[str, float] | None = None,
    quantity: str = "conductance_g0",
    narrowed: Narrowing | None = None,
) -> tuple[Trace, ...]:
    """Read the traces of some experiments, as labelled or as a model predicts them.

    Parameters
    ----------
    lake
        Where they are.
    model
        Identity of a surrogate; labels are read if absent.
    electrode
        Only experiments between these wires.
    composition
        Only experiments of exactly this composition.
    quantity
        Column of the labels: ``conductance_g0`` or ``window_conductance_g0``.
    narrowed
        What else is asked of a snapshot.

    Raises
    ------
    InvalidInputError
        If nothing in the lake fits, or labels of several methods do.
    """
    narrowed = narrowed or Narrowing()
    table = lake.table("experiment")
    if narrowed.potential is not None:
        table = table[table["potential"] == narrowed.potential]
    experiments = _chosen_experiments(table, electrode, composition)
    snapshots = lake.table("snapshot")
    snapshots = snapshots[snapshots["experiment"].isin(experiments)]
    if narrowed.is_labelled:
        snapshots = snapshots[snapshots["key"].isin(_labels(lake, narrowed)["snapshot"])]
    values = _values(lake, model, quantity, narrowed)
    rows = snapshots.merge(values, left_on="key", right_on="snapshot")
    if rows.empty:
        raise InvalidInputError(
            f"traces need {_source(model, narrowed)} of {_experiments(electrode, composition)}, "
            "but the lake holds none; label or predict first"
        )
    if model is None:
        _check_recipes(rows["recipe"])
    return traces_from_columns(
        rows["experiment"].to_numpy(),
        rows["cycle"].to_numpy(),
        rows["stage"].to_numpy(),
        rows["displacement_angstrom"].to_numpy(np.float64),
        rows["value"].to_numpy(np.float64),
        rows["sigma"].to_numpy(np.float64) if model else None,
        narrowest_angstrom2=rows["narrowest_angstrom2"].to_numpy(np.float64),
    )


def _labels(lake: Lake, narrowed: Narrowing) -> pd.DataFrame:
    labels = lake.table("label")
    return labels if narrowed.recipe is None else labels[labels["recipe"] == narrowed.recipe]


def _check_recipes(recipes: pd.Series) -> None:
    # Two methods differ by more than a peak is wide: together they are no measurement of anything.
    counts = recipes.value_counts()
    if len(counts) > 1:
        listed = ", ".join(f"{recipe!r} ({n} labels)" for recipe, n in counts.items())
        raise InvalidInputError(
            f"labels that are counted together must be of one method, but found {listed}; name one "
            "of them as the recipe",
            recipes=[str(recipe) for recipe in counts.index],
        )


def _values(lake: Lake, model: str | None, quantity: str, narrowed: Narrowing) -> pd.DataFrame:
    if model is None:
        labels = _labels(lake, narrowed)
        return labels[["snapshot", "recipe", quantity]].rename(columns={quantity: "value"})
    predictions = lake.table("prediction")
    predictions = predictions[predictions["model"] == model]
    names = {"conductance_g0": "value", "sigma_g0": "sigma"}
    return predictions[["snapshot", *names]].rename(columns=names)


def _chosen_experiments(
    table: pd.DataFrame, electrode: str | None, composition: dict[str, float] | None
) -> Sequence[str]:
    keep = np.ones(len(table), dtype=bool)
    if electrode is not None:
        keep &= (table["electrode"] == electrode).to_numpy()
    if composition is not None:
        for column in [name for name in table.columns if name.startswith("fraction_")]:
            fraction = composition.get(column.removeprefix("fraction_"), 0.0)
            keep &= np.isclose(table[column].to_numpy(np.float64), fraction)
    return [str(key) for key in table["key"][keep]]


def _source(model: str | None, narrowed: Narrowing) -> str:
    if model is not None:
        return f"predictions of model {model}"
    return "labels" if narrowed.recipe is None else f"labels of recipe {narrowed.recipe}"


def _experiments(electrode: str | None, composition: dict[str, float] | None) -> str:
    of = " ".join(f"{symbol} {share:g}" for symbol, share in (composition or {}).items())
    between = "" if electrode is None else f" between {electrode}"
    return f"experiments{f' of {of}' if of else ''}{between}"
