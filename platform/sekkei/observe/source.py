"""Traces from several sources side by side: labels, models, a laboratory's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from sekkei.observe.histogram import (
    Histogram,
    HistogramSpec,
    Weighting,
    conductance_histogram,
    weighted_sample,
)
from sekkei.observe.statistics import wasserstein_g0
from sekkei.observe.trace import Trace
from sekkei.shapes import Float

SourceKind = Literal["labels", "predictions", "measured"]

_FINE_BIN_G0 = 0.01
_FINE_UPPER_G0 = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where traces come from, and of what."""

    name: str
    """What a legend calls it; no two sources of one comparison have the same."""

    kind: SourceKind
    """Labels of a lake, predictions of a model, or a measurement."""

    quantity: str | None
    """Which conductance it is: a column of the labels, the one that a model learned, or
    ``measured``; ``None`` where nobody knows what a model learned."""

    traces: tuple[Trace, ...]
    """Its traces, of every stage."""

    model: str | None = None
    """Identity of the model that predicted them."""

    weighting: Weighting = "displacement"
    """How a snapshot counts; ``snapshot`` where no displacement was recorded."""

    starts_at: int | None = None
    """Conductance in G0 near which pulls start: a peak there is no contact. Channels of the wire,
    or the threshold at which a record was cut; ``None`` where it differs."""

    @property
    def has_displacement(self) -> bool:
        """Whether displacements are lengths; otherwise they number the samples."""
        return self.weighting == "displacement"

    def histogram(self, spec: HistogramSpec | None = None) -> Histogram:
        """Histogram its traces, each snapshot weighted as this source does."""
        return conductance_histogram(self.traces, self.counted(spec))

    def counted(self, spec: HistogramSpec | None = None) -> HistogramSpec:
        """Return a specification with the weighting of this source."""
        return replace(spec or HistogramSpec(), weighting=self.weighting)


@dataclass(frozen=True, slots=True)
class SourceDistance:
    """How far the conductances of two sources are apart."""

    first: str
    """Name of one source."""

    second: str
    """Name of the other."""

    wasserstein_g0: float
    """First Wasserstein distance in G0, see `wasserstein_g0`."""

    chance_g0: float | None
    """What 95 % of random exchanges of whole experiments between the two stay below, in G0: a
    smaller distance says nothing. ``None`` for fewer than two experiments each."""

    n_shared: int
    """Experiments that both have."""


def source_distances(
    sources: Sequence[Source],
    rng: np.random.Generator,
    *,
    spec: HistogramSpec | None = None,
    n_exchange: int = 500,
) -> tuple[SourceDistance, ...]:
    """Measure Wasserstein distances between every two sources, beside what chance would give.

    The level of chance comes from exchanging experiments at random [1]_: between sources that share
    experiments (labels and predictions of one lake) each experiment keeps or swaps its two
    versions; otherwise all experiments are dealt out anew.

    References
    ----------
    .. [1] P. I. Good, Permutation, Parametric, and Bootstrap Tests of Hypotheses, 3rd ed.
       (Springer, 2005). doi:10.1007/b138696
    """
    return tuple(_distance(a, b, rng, spec, n_exchange) for a, b in combinations(sources, 2))


def _distance(
    one: Source,
    other: Source,
    rng: np.random.Generator,
    spec: HistogramSpec | None,
    n_exchange: int,
) -> SourceDistance:
    first, second = (weighted_sample(s.traces, s.counted(spec)) for s in (one, other))
    bins = [_fine(source, spec) for source in (one, other)]
    return SourceDistance(
        first=one.name,
        second=other.name,
        wasserstein_g0=wasserstein_g0(first[0], second[0], first[1], second[1]),
        chance_g0=_chance(bins[0], bins[1], rng, n_exchange),
        n_shared=len(bins[0].keys() & bins[1].keys()),
    )


def _fine(source: Source, spec: HistogramSpec | None) -> Mapping[str, Float[np.ndarray, " bin"]]:
    wide = replace(source.counted(spec), bin_width=_FINE_BIN_G0, upper=_FINE_UPPER_G0)
    found = conductance_histogram(source.traces, wide)
    return dict(zip(found.experiments, found.by_experiment, strict=True))


def _chance(
    one: Mapping[str, Float[np.ndarray, " bin"]],
    other: Mapping[str, Float[np.ndarray, " bin"]],
    rng: np.random.Generator,
    n_exchange: int,
) -> float | None:
    if min(len(one), len(other)) < 2:
        return None
    keys = sorted(one.keys() | other.keys())
    # Scaled, so that a snapshot and an angstrom count alike.
    a, b = (_scaled(rows, keys) for rows in (one, other))
    if one.keys() == other.keys():
        is_swapped = rng.random((n_exchange, len(keys))) < 0.5
        first = is_swapped @ b + ~is_swapped @ a
        return _upper_distance(first, (a + b).sum(axis=0) - first)
    rows = np.concatenate([a[a.sum(axis=1) > 0.0], b[b.sum(axis=1) > 0.0]])
    n_first = int((a.sum(axis=1) > 0.0).sum())
    chosen = rng.permuted(np.tile(np.arange(len(rows)) < n_first, (n_exchange, 1)), axis=1)
    first = chosen @ rows
    return _upper_distance(first, rows.sum(axis=0) - first)


def _scaled(
    rows: Mapping[str, Float[np.ndarray, " bin"]], keys: Sequence[str]
) -> Float[np.ndarray, "experiment bin"]:
    empty = np.zeros_like(next(iter(rows.values())))
    found = np.array([rows.get(key, empty) for key in keys])
    scaled: np.ndarray = found * (len(rows) / found.sum())
    return scaled


def _upper_distance(
    first: Float[np.ndarray, "exchange bin"], second: Float[np.ndarray, "exchange bin"]
) -> float:
    shares = [np.cumsum(c / c.sum(axis=1, keepdims=True), axis=1) for c in (first, second)]
    distances = np.abs(shares[0] - shares[1]).sum(axis=1) * _FINE_BIN_G0
    return float(np.quantile(distances, 0.95))
