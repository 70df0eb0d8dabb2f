"""What a remote user may start: no files, no plug-ins that are not allowed, no endless work."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sekkei.campaign import CampaignSpec, LabelPlan, StageSpec
from sekkei_service.problem import refused
from sekkei_service.settings import ServiceSettings

_WORD = re.compile(r"[A-Za-z0-9_.+-]{1,64}")
_MODEL = re.compile(r"[\w.-]{1,128}(:[\w.-]{1,64})?")


def check_policy(spec: CampaignSpec, settings: ServiceSettings) -> None:
    """Refuse a campaign that could read files of the server, or load what is not allowed.

    Raises
    ------
    RefusedError
        If it could; says what, in which stage.
    """
    n_experiment = sum(
        family.count for stage in spec.in_order() for family in stage.experiments or ()
    )
    if n_experiment > settings.limits.experiments:
        raise refused(
            403,
            f"a campaign here must have at most {settings.limits.experiments} experiments, but has "
            f"{n_experiment}; submit it in parts",
        )
    for stage in spec.in_order():
        for plan in (stage.labels, stage.active_learning):
            if plan is not None:
                _check_labels(stage.name, plan, settings.labelers)
        _check_learning(stage)


def _check_labels(name: str, plan: LabelPlan, allowed: Mapping[str, tuple[str, ...]]) -> None:
    if plan.files:
        raise refused(
            403,
            f"{name}: files of the server are not read for others; import the structures into the "
            "lake (sekkei lake import), and select them by a filter in where",
        )
    _check_labeler(name, plan.labeler, plan.options, allowed)


def _check_labeler(
    name: str, labeler: str, options: Mapping[str, Any], allowed: Mapping[str, tuple[str, ...]]
) -> None:
    if labeler not in allowed:
        raise refused(
            403,
            f"{name}: the labeler must be one of {', '.join(sorted(allowed))} here, but is "
            f"{labeler}; an administrator can allow others",
        )
    for option, value in options.items():
        if option not in allowed[labeler]:
            raise refused(
                403,
                f"{name}: an option of {labeler} must be one of "
                f"{', '.join(allowed[labeler])} here, but is {option!r}",
            )
        if not all(_is_plain(part) for part in _parts(value)):
            raise refused(403, f"{name}: {option} must be a number or a word")


def _check_learning(stage: StageSpec) -> None:
    if stage.design is not None:
        raise refused(
            403, f"{stage.name}: a design names a file of the server; begin it at /v1/designs"
        )
    plan = stage.inference
    if plan is not None and plan.model and not _MODEL.fullmatch(plan.model):
        raise refused(403, f"{stage.name}: a model must be named as it is registered")


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return _WORD.fullmatch(value) is not None
    return value is None or isinstance(value, bool | int | float)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for part in value:
            yield from _parts(part)
    else:
        yield value
