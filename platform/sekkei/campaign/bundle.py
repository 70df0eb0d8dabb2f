"""A campaign as it travels to a cluster and back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from sekkei.campaign.specification import CampaignSpec
from sekkei.errors import InvalidInputError
from sekkei.fleet.bundle import JobBundle
from sekkei.lake.location import SERVER_VARIABLES, address_of, is_remote
from sekkei.specification import parse_specification

MOST_BYTES = 64 * 2**20
"""Most bytes that the files of a campaign may have together."""

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""Variables that open a bucket."""


def pack_campaign(spec: CampaignSpec, lake: Path) -> JobBundle:
    """Gather what a campaign needs to be run elsewhere.

    Raises
    ------
    InvalidInputError
        If a file is missing, the files are too large, or the lake is a relative path, which would
        be another folder there.
    """
    if not (is_remote(lake) or lake.is_absolute()):
        raise InvalidInputError(
            "the lake of a submitted campaign must be s3://bucket/prefix or an absolute path on "
            f"the cluster, but found {lake}"
        )
    files: dict[str, Path] = {}
    raw = spec.model_dump(mode="json", exclude_unset=True)
    for plan in _plans(raw):
        if "files" in plan:
            plan["files"] = [_add(Path(file), files) for file in plan["files"]]
        if "file" in plan:
            plan["file"] = _add(Path(plan["file"]), files)
    size = sum(file.stat().st_size for file in files.values())
    if size > MOST_BYTES:
        raise InvalidInputError(
            f"files of a campaign must have at most {MOST_BYTES >> 20} MiB together to travel, "
            f"but have {size >> 20}; import them into the lake, and label by a filter"
        )
    text = yaml.safe_dump(raw, sort_keys=False, allow_unicode=True)
    return _bundle(spec.name, address_of(lake), text, files)


def repack(text: str, lake: str) -> JobBundle:
    """Return the bundle of a specification that travelled before.

    Raises
    ------
    InvalidInputError
        If the specification names files, which do not stay on the cluster.
    """
    spec = unpacked(text)
    if any("files" in plan or "file" in plan for plan in _plans(yaml.safe_load(text))):
        raise InvalidInputError(
            f"campaign {spec.name} must be submitted again with its files to go on: they do not "
            "stay on the cluster; try sekkei campaign submit"
        )
    return _bundle(spec.name, lake, text, {})


def unpacked(text: str) -> CampaignSpec:
    """Return the specification that travelled; its files have their names in the bundle."""
    return parse_specification(yaml.safe_load(text), CampaignSpec)


def _bundle(name: str, lake: str, text: str, files: dict[str, Path]) -> JobBundle:
    if not is_remote(Path(lake)):
        return JobBundle(name, lake, text, files)
    return JobBundle(name, lake, text, files, tuple(SERVER_VARIABLES), CREDENTIALS)


def _plans(raw: dict[str, Any]) -> Iterator[dict[str, Any]]:
    stages = [raw, *raw.get("stages", ())]
    for stage in stages:
        yield from (plan for plan in stage.values() if isinstance(plan, dict))


def _add(file: Path, files: dict[str, Path]) -> str:
    if not file.is_file():
        raise InvalidInputError(f"a file of the campaign must be there, but {file} is not one")
    # Two files may have one name in different folders.
    inner = f"{len(files)}-{file.name}"
    files[inner] = file
    return inner
