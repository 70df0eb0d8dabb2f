"""What a report tells: plain values, as they stand in ``summary.json``."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar, get_args

from sekkei.errors import InvalidInputError
from sekkei.observe.comparison import ComparisonRow, MeasuredHistogram

Section = Literal["answer", "histogram", "model", "design", "data"]
Media = Literal["image/svg+xml", "image/png"]


@dataclass(frozen=True, slots=True)
class EngineCost:
    """What one engine labelled, and for how much."""

    count: int
    """Labels."""

    cpu_seconds: float
    """CPU time spent, in s."""


@dataclass(frozen=True, slots=True)
class ReportMetric:
    """How well one model or baseline does on one split."""

    model: str
    """Name."""

    split: str
    """Name of the split; ``train``, ``validation`` and ``cross-validation`` are not held out."""

    n: int
    """Snapshots in the split."""

    r2: float | None
    """Coefficient of determination; ``None`` where it is not defined."""

    mae: float
    """Mean absolute error in G0."""

    rmse: float
    """Root mean square error in G0."""

    is_baseline: bool
    """Whether this is what a model must beat to be worth anything."""


@dataclass(frozen=True, slots=True)
class ReportSpread:
    """How the figures of one model or baseline differ between splits."""

    model: str
    """Name."""

    split: str
    """Name of the split, drawn anew each time."""

    n_split: int
    """How many times it was drawn."""

    n: int
    """Snapshots that it was held against, over all splits."""

    n_best: int
    """Splits in which no other has a smaller mean absolute error."""

    r2_mean: float | None
    """Mean coefficient of determination; ``None`` where it is not defined."""

    r2_std: float | None
    """Its standard deviation; ``None`` of fewer than two."""

    r2_min: float | None
    """The least of them."""

    r2_max: float | None
    """The greatest of them."""

    mae_mean: float
    """Mean absolute error in G0, averaged over the splits."""

    mae_std: float | None
    """Its standard deviation in G0; ``None`` of one split."""

    mae_min: float
    """The least of them in G0."""

    mae_max: float
    """The greatest of them in G0."""

    is_baseline: bool
    """Whether this is what a model must beat to be worth anything."""


@dataclass(frozen=True, slots=True)
class ReportProposal:
    """One proposal of the design campaign."""

    composition: Mapping[str, float]
    """Fraction of each element; sums to 1."""

    structure: str
    """Path of the structure file."""

    predicted_g0: float | None = None
    """Predicted conductance in G0; ``None`` where nothing was known yet."""

    interval_g0: tuple[float, float] | None = None
    """Interval of the prediction in G0."""

    verified_g0: float | None = None
    """Conductance by the verifying labeler in G0; ``None`` if not verified."""

    recipe: str = ""
    """Identity of the verifying method."""

    engine: str = ""
    """Name and version of what verified it, for people."""

    remark: str = ""
    """Anything else in one line: geometry, why it was refused."""


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long one stage took."""

    name: str
    """Name of the stage."""

    wall_seconds: float
    """Wall time in s."""


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """A picture with its words."""

    section: Section
    """Where it belongs."""

    caption: str
    """What is seen, for everybody."""

    alternative: str
    """What is seen, for a reader who cannot see it."""

    image: bytes
    """The picture."""

    media: Media = "image/svg+xml"
    """Kind of the picture."""


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything that a report shows."""

    title: str
    """What was done, in one line."""

    generated_at: str
    """When, in words or ISO 8601."""

    target_g0: float
    """Conductance asked for in G0."""

    tolerance_g0: float
    """How near is a hit, in G0."""

    is_first_principles: bool
    """Whether verification was by first principles, or by a fallback that is not."""

    counts: Mapping[str, int]
    """How many of what: experiments, snapshots, labels, …"""

    labels_by_engine: Mapping[str, EngineCost]
    """Labels and their cost."""

    refusals_by_kind: Mapping[str, int]
    """How many labels were refused, by kind of error."""

    metrics: tuple[ReportMetric, ...]
    """Models and baselines, any order."""

    peaks: tuple[ComparisonRow, ...]
    """The histogram against experiment."""

    proposals: tuple[ReportProposal, ...]
    """Proposals, any order."""

    lake_state: str
    """Identity of the lake's state that all of this was read from."""

    mlflow_run: str
    """Identity of the training run."""

    versions: Mapping[str, str]
    """Version of each library that mattered."""

    stages: tuple[StageTime, ...]
    """Wall time, in order."""

    measured: MeasuredHistogram | None = None
    """The measured histogram of ``peaks``, for its sources and its caveat."""

    spread: tuple[ReportSpread, ...] = ()
    """Models and baselines over several splits, any order; empty where there was one split."""

    notes: tuple[str, ...] = ()
    """What the run does not show: one honest sentence each."""

    figures: tuple[ReportFigure, ...] = field(default=())
    """Pictures, in order within their sections."""

    @classmethod
    def from_summary(
        cls,
        summary: Mapping[str, Any],
        *,
        figures: Sequence[ReportFigure] = (),
        measured: MeasuredHistogram | None = None,
    ) -> "ReportContent":
        """Read the content of a ``summary.json``.

        Parameters
        ----------
        summary
            Keys ``title``, ``generated_at``, ``counts``, ``labels_by_engine`` (of ``count`` and
            ``cpu_seconds``), ``refusals_by_kind``, ``metrics`` (rows as in `ReportMetric`),
            ``peaks`` (rows as in `ComparisonRow`), ``design`` (``target_g0``, ``tolerance_g0``,
            ``is_first_principles``, ``proposals`` with rows as in `ReportProposal`),
            ``lake_state``, ``mlflow_run``, ``versions``, ``stages`` (rows as in `StageTime`)
            and, if wanted, ``spread`` (rows as in `ReportSpread`) and ``notes``. Further keys are
            for other readers.
        figures
            Pictures to show.
        measured
            What ``peaks`` were compared with.

        Raises
        ------
        InvalidInputError
            If a key is missing; the message names it.
        """
        design = _get(summary, "design", "the summary")
        engines = _get(summary, "labels_by_engine", "the summary").items()
        plain = {
            name: _get(summary, name, "the summary")
            for name in (
                "title",
                "generated_at",
                "counts",
                "refusals_by_kind",
                "lake_state",
                "mlflow_run",
                "versions",
            )
        }
        return cls(
            **plain,
            target_g0=float(_get(design, "target_g0", "design")),
            tolerance_g0=float(_get(design, "tolerance_g0", "design")),
            is_first_principles=_get(design, "is_first_principles", "design"),
            labels_by_engine={name: _record(EngineCost, row, name) for name, row in engines},
            metrics=_records(ReportMetric, summary, "metrics"),
            peaks=_records(ComparisonRow, summary, "peaks"),
            proposals=_records(ReportProposal, design, "proposals"),
            stages=_records(StageTime, summary, "stages"),
            spread=_records(ReportSpread, {"spread": (), **summary}, "spread"),
            notes=tuple(summary.get("notes", ())),
            figures=tuple(figures),
            measured=measured,
        )


_Row = TypeVar("_Row")


def _get(mapping: Mapping[str, Any], key: str, place: str) -> Any:
    if key not in mapping:
        raise InvalidInputError(
            f"{place} must have {key}, but has {', '.join(sorted(mapping)) or 'nothing'}", key=key
        )
    return mapping[key]


def _records(kind: type[_Row], mapping: Mapping[str, Any], key: str) -> tuple[_Row, ...]:
    return tuple(_record(kind, row, key) for row in _get(mapping, key, "the summary"))


def _record(kind: type[_Row], row: Mapping[str, Any], place: str) -> _Row:
    """Build a record from a row that may have more keys than the record has fields."""
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    try:
        return kind(
            **{
                name: _plain(value, known[name].type)
                for name, value in row.items()
                if name in known
            }
        )
    except TypeError as error:
        raise InvalidInputError(
            f"a row of {place} must have the fields of {kind.__name__}, but found "
            f"{', '.join(sorted(row))}: {error}",
            place=place,
        ) from error


def _plain(value: Any, kind: Any) -> Any:
    """Read a value of JSON: a list is a tuple, 1 may be 1.0, and NaN says that there is none."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, Mapping):
        return {name: float(fraction) for name, fraction in value.items()}
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value) if float in (kind, *get_args(kind)) else value
    return None if isinstance(value, float) and math.isnan(value) else value


SECTIONS: tuple[Section, ...] = get_args(Section)
"""Sections that have figures, in the order of the page."""
