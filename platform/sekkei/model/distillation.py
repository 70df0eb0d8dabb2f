"""Labels that another model made: many cheap rows to learn from before the few dear ones."""

from dataclasses import replace

import numpy as np

from sekkei.arrays import freeze
from sekkei.errors import InvalidInputError
from sekkei.lake import Lake
from sekkei.model.dataset import Dataset, Quantity
from sekkei.model.predictor_labeler import ENGINE
from sekkei.shapes import Float


def read_taught(lake: Lake, recipe: str, quantity: Quantity = "conductance_g0") -> Dataset:
    """Read labels of a method that teaches another one, such as those of a learned Hamiltonian.

    Parameters
    ----------
    lake
        Lake of the labels.
    recipe
        Identity of the method.
    quantity
        Which conductance is learned.

    Raises
    ------
    InvalidInputError
        If the lake has no label of this method, or it is a model of another quantity.
    """
    labels = lake.query("label", (), ("recipe", "engine"))
    known = sorted(set(labels["recipe"].astype(str)))
    if recipe not in known:
        raise InvalidInputError(
            f"what teaches must be a method of the lake's labels, but {recipe!r} is none of "
            f"{', '.join(known)}; label by a model first, with the labeler surrogate",
            recipe=recipe,
        )
    taught = Dataset.from_lake(lake, recipe, quantity)
    for engine in set(labels["engine"][labels["recipe"] == recipe].astype(str)):
        if engine.startswith(ENGINE) and engine != ENGINE + quantity:
            raise InvalidInputError(
                f"what teaches must be of the quantity that is learned, {quantity}, but recipe "
                f"{recipe[:12]} is {engine.removeprefix(ENGINE)}; learn that, or label by "
                "another model"
            )
    return taught


def with_distilled(labels: Dataset, taught: Dataset, weight: float) -> Dataset:
    """Add rows that a teacher labelled to rows of first principles.

    Added rows are only trained on. Where they are of an experiment that is held out for a test,
    they are held out, too, so that no teacher tells what the test asks.

    Parameters
    ----------
    labels
        Labels of first principles, which have the last word; rows of another teacher among them
        stay what they are.
    taught
        Rows of the teacher. T(E) counts where they have it.
    weight
        How much a teacher's label counts against one of first principles.

    Raises
    ------
    InvalidInputError
        If the teacher labelled another quantity, or the weight is not positive.
    """
    if taught.quantity != labels.quantity:
        raise InvalidInputError(
            f"what teaches must be of the quantity of the labels, {labels.quantity}, but is of "
            f"{taught.quantity}"
        )
    if not 0.0 < weight < np.inf:
        raise InvalidInputError(
            f"the weight of a teacher must be a number above 0, but is {weight}"
        )
    m = len(taught)
    own = np.ones(len(labels)) if labels.weight is None else labels.weight
    errors = None if labels.error_g0 is None else np.append(labels.error_g0, np.full(m, np.nan))
    channels = np.append(labels.n_channel, taught.n_channel)
    return replace(
        labels,
        junctions=labels.junctions + taught.junctions,
        groups=labels.groups + taught.groups,
        electrodes=labels.electrodes + taught.electrodes,
        snapshot_keys=labels.snapshot_keys + taught.snapshot_keys,
        narrowest=freeze(np.append(labels.narrowest, taught.narrowest)),
        n_channel=freeze(channels, np.int64),
        conductance_g0=freeze(np.append(labels.conductance_g0, taught.conductance_g0)),
        transmission=_both_transmissions(labels, taught),
        error_g0=None if errors is None else freeze(errors),
        weight=freeze(np.append(own, np.full(m, weight))),
        is_distilled=freeze(np.append(~labels.is_testable, np.ones(m, dtype=bool))),
    )


def _both_transmissions(labels: Dataset, taught: Dataset) -> Float[np.ndarray, "row energy"] | None:
    """Return T of all rows on the energies of the labels; NaN where the teacher has none."""
    if labels.transmission is None:
        return None
    return freeze(
        np.concatenate([labels.transmission, taught.transmission_at(labels.energies_ev.tolist())])
    )
