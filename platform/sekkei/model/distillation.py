"""Labels that another model made: many cheap rows to learn from before the few dear ones."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sekkei.arrays import freeze
from sekkei.errors import InvalidInputError
from sekkei.model.dataset import Dataset
from sekkei.transport.labeler import Label


def with_distilled(
    labels: Dataset, junctions: Dataset, teacher: Sequence[Label], weight: float
) -> Dataset:
    """Add rows that a teacher labelled to rows of first principles.

    Added rows are only trained on. Where they are of an experiment that is held out for a test,
    they are held out, too, so that no teacher tells what the test asks.

    Parameters
    ----------
    labels
        Labels of first principles, which have the last word; rows of another teacher among them
        stay what they are.
    junctions
        What the teacher labelled: junctions, groups, electrodes and cross-sections; its
        conductances are not looked at.
    teacher
        Labels of these junctions, all on the energies of the first ones.
    weight
        How much a teacher's label counts against one of first principles.

    Raises
    ------
    InvalidInputError
        If there is not one label for each junction, or their energies differ.
    """
    if len(teacher) != len(junctions):
        raise InvalidInputError(
            f"there must be one label for each of {len(junctions)} junctions, but found "
            f"{len(teacher)}"
        )
    if labels.transmission is not None and any(
        not np.array_equal(label.energies, labels.energies_ev) for label in teacher
    ):
        raise InvalidInputError(
            "a teacher's labels must be on the energies of the labels of first principles, but "
            "are not; ask it for the same grid"
        )
    m = len(teacher)
    taught = np.array([label.conductance for label in teacher], dtype=np.float64)
    both = (labels, junctions)
    own = np.ones(len(labels)) if labels.weight is None else labels.weight
    transmission = None
    if labels.transmission is not None:
        transmission = np.concatenate(
            [labels.transmission, *[label.transmission[None] for label in teacher]]
        )
    return replace(
        labels,
        junctions=tuple(x for part in both for x in part.junctions),
        groups=tuple(x for part in both for x in part.groups),
        electrodes=tuple(x for part in both for x in part.electrodes),
        snapshot_keys=tuple(x for part in both for x in part.snapshot_keys),
        narrowest=freeze(np.concatenate([part.narrowest for part in both])),
        n_channel=freeze(
            np.concatenate([labels.n_channel, [label.n_channel for label in teacher]]), np.int64
        ),
        conductance_g0=freeze(np.concatenate([labels.conductance_g0, taught])),
        transmission=None if transmission is None else freeze(transmission),
        error_g0=None
        if labels.error_g0 is None
        else freeze(np.concatenate([labels.error_g0, np.full(m, np.nan)])),
        weight=freeze(np.concatenate([own, np.full(m, weight)])),
        is_distilled=freeze(np.concatenate([~labels.is_testable, np.ones(m, dtype=bool)])),
    )
