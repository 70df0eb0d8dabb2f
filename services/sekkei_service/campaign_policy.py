"""What a remote user may start: no files, no plug-ins that are not allowed, no endless work."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sekkei.campaign import CampaignSpec, LabelPlan, StageSpec
from sekkei_service.problem import refused
from sekkei_service.settings import Limits, ServiceSettings

_WORD = re.compile(r"[A-Za-z0-9_.+-]{1,64}")
_MODEL = re.compile(r"[\w.-]{1,128}(:[\w.-]{1,64})?")


def check_size(raw: Any, limits: Limits) -> None:
    """Refuse a campaign that would take long to look at, before it is looked at.

    Parameters
    ----------
    raw
        Its plain values.
    limits
        How many experiments there may be, and how many that differ in more than their seeds.

    Raises
    ------
    RefusedError
        If there are more.
    """
    families = list(_families(raw))
    n_experiment = sum(_number(family.get("count")) for family in families)
    if n_experiment > limits.experiments:
        raise refused(
            403,
            f"a campaign here must have at most {limits.experiments} experiments, but has "
            f"{n_experiment}; submit it in parts",
        )
    for family in families:
        vary = family.get("vary")
        lists = [v for v in vary.values() if isinstance(v, list)] if isinstance(vary, dict) else []
        n_kind = math.prod(len(values) or 1 for values in lists)
        if n_kind > limits.kinds:
            raise refused(
                403,
                f"a family here must vary to at most {limits.kinds} kinds of experiments, but has "
                f"{n_kind}; write several families",
            )


def _families(raw: Any) -> Iterator[dict[str, Any]]:
    for stage in (raw, *_dicts(raw, "stages")):
        yield from _dicts(stage, "experiments")


def _dicts(raw: Any, name: str) -> list[dict[str, Any]]:
    found = raw.get(name) if isinstance(raw, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def check_policy(spec: CampaignSpec, settings: ServiceSettings) -> None:
    """Refuse a campaign that could read files of the server, or load what is not allowed.

    Raises
    ------
    RefusedError
        If it could; says what, in which stage.
    """
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
