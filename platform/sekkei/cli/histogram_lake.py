"""What ``sekkei histogram`` reads from a lake and a registry of models."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sekkei.cli.options import registry_uri
from sekkei.cli.output import say
from sekkei.errors import InvalidInputError

if TYPE_CHECKING:
    from sekkei.lake import Lake
    from sekkei.model import RegistryRow
    from sekkei.observe import LakeHistogram, Narrowing, Quantity, Source


@dataclass(frozen=True, slots=True)
class LakeRequest:
    """What a user asks of a lake."""

    lake: Path
    """Its folder."""

    models: tuple[str, ...]
    """Names or identities; labels if none."""

    has_labels: bool
    """Whether labels are wanted beside predictions."""

    is_labelled: bool
    """Whether predictions are of labelled snapshots only."""

    registry: str | None
    """Where models are kept."""

    element: str | None
    """Only pure contacts of it."""

    electrode: str | None
    """Only between these wires."""

    quantity: "Quantity | None"
    """Of the labels."""

    recipe: str | None
    """Of the labels."""


@dataclass(frozen=True, slots=True, eq=False)
class LakeAnswer:
    """What the lake holds of it."""

    first: "LakeHistogram"
    """Of the first source, in full."""

    sources: "tuple[Source, ...]"
    """Labels first, then models in their order."""

    potentials: "Mapping[str, Mapping[str, Source]]"
    """The same by potential; empty if not asked for."""


def read_lake(request: LakeRequest, *, has_potentials: bool) -> LakeAnswer:
    """Read the sources of a lake, each by potential, too, if that is wanted.

    Raises
    ------
    InvalidInputError
        If nothing in the lake fits, or a model is in neither lake nor registry.
    """
    from sekkei.lake import Lake
    from sekkei.observe import (
        Narrowing,
        TraceSelection,
        lake_source,
        observe_histogram,
        sources_by_potential,
    )

    opened = Lake.open(request.lake)
    narrowed = Narrowing(is_labelled=request.is_labelled, recipe=request.recipe)
    names = request.models or _stand_in(opened, request, narrowed)
    models = [_model(opened, name, request) for name in names]
    chosen: list[tuple[str, str | None, TraceSelection]] = []
    place = (request.element, request.electrode)
    if not models:
        _say_predictions(opened, request)
    if request.has_labels or not models:
        quantity = request.quantity or "conductance_g0"
        chosen.append(("labels", None, TraceSelection(None, *place, quantity)))
    chosen += [(name, learned, TraceSelection(key, *place)) for name, key, learned in models]
    first = observe_histogram(opened, chosen[0][2], narrowed=narrowed)
    if first.remark:
        say(first.remark)
    sources, potentials = [], {}
    for name, learned, selection in chosen:
        whole = replace(selection, element=first.selection.element)
        sources.append(lake_source(opened, whole, name=name, learned=learned, narrowed=narrowed))
        if has_potentials:
            potentials[name] = sources_by_potential(
                opened, whole, learned=learned, narrowed=narrowed
            )
    return LakeAnswer(first, tuple(sources), potentials)


def _stand_in(opened: "Lake", request: LakeRequest, narrowed: "Narrowing") -> tuple[str, ...]:
    """Identity of the model that is counted where labels, though not asked for, make no trace."""
    from sekkei.observe import TraceSelection, labels_or_predictions

    if request.has_labels or request.quantity is not None:
        return ()
    asked = TraceSelection(None, request.element, request.electrode)
    model = labels_or_predictions(
        opened, asked, narrowed=narrowed, named=lambda one: _called(one, request)
    ).model
    if model is None:
        return ()
    say(f"labels make no trace: predictions of {_called(model, request)} are counted instead")
    return (model,)


def _called(identity: str, request: LakeRequest) -> str:
    known = _registered(identity, request)
    return identity if known is None else f"{known.name}:{known.version}"


def _say_predictions(opened: "Lake", request: LakeRequest) -> None:
    """Say of which models the lake holds predictions, for those who did not ask for any."""
    for identity, n in opened.table("prediction")["model"].value_counts().items():
        name = _called(str(identity), request)
        say(f"the lake holds {n} predictions of {name}, too; to count them: --model {name}")


def _model(opened: "Lake", model: str, request: LakeRequest) -> tuple[str, str, str | None]:
    """Name to show, identity, and what it learned."""
    if model not in set(opened.table("prediction")["model"]):
        row = _find(model, request)
        say(f"predictions of {row.name}:{row.version}, identity {row.identity}")
        return f"{row.name}:{row.version}", row.identity, row.quantity or None
    known = _registered(model, request)
    if known is None:
        say(f"what model {model} learned is not known: no registry has it; name its --registry")
        return f"model {model[:8]}", model, None
    return f"{known.name}:{known.version}", model, known.quantity or None


def _find(model: str, request: LakeRequest) -> "RegistryRow":
    from sekkei.model import find_model
    from sekkei.tracking import MlflowRegistry

    uri = registry_uri(request.registry, request.lake, must_exist=True)
    return find_model(MlflowRegistry(uri), model)


def _registered(identity: str, request: LakeRequest) -> "RegistryRow | None":
    from sekkei.tracking import list_versions

    try:
        uri = registry_uri(request.registry, request.lake, must_exist=True)
    except InvalidInputError:
        if request.registry is not None:
            raise
        return None
    return next((row for row in list_versions(uri) if row.identity == identity), None)
