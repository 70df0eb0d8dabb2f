"""A campaign as it travels: its specification, and the files that it names."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from sekkei.errors import InvalidInputError
from sekkei.fleet.campaign_spec import CampaignSpec
from sekkei.identity import content_hash
from sekkei.lake.location import SERVER_VARIABLES, address_of, is_remote
from sekkei.specification import parse_specification

SPECIFICATION = "campaign.yaml"
"""What the specification is called in the folder that travels."""

MOST_BYTES = 64 * 2**20
"""Most bytes that the files of a campaign may have together."""

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""Variables that open a bucket."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A campaign that can be run elsewhere."""

    name: str
    """Name of the campaign."""

    lake: str
    """Where its rows go: an absolute path there, or ``s3://bucket/prefix``."""

    text: str
    """Specification as YAML; files have their names in the parcel."""

    files: Mapping[str, Path]
    """Where each file is now, by its name in the parcel."""

    @property
    def is_remote(self) -> bool:
        """Whether its lake is in a bucket."""
        return is_remote(Path(self.lake))

    @property
    def identity(self) -> str:
        """Hash of what is done, and into which lake."""
        contents = {name: file.read_bytes() for name, file in self.files.items()}
        return content_hash({"lake": self.lake, "text": self.text, "files": contents})


def pack_campaign(spec: CampaignSpec, lake: Path) -> Parcel:
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
    return Parcel(spec.name, address_of(lake), text, files)


def repack(text: str, lake: str) -> Parcel:
    """Return the parcel of a specification that travelled before.

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
    return Parcel(spec.name, lake, text, {})


def unpacked(text: str) -> CampaignSpec:
    """Return the specification that travelled; its files have their names in the parcel."""
    return parse_specification(yaml.safe_load(text), CampaignSpec)


@contextmanager
def unfolded(parcel: Parcel) -> Iterator[Path]:
    """Write a parcel into a folder that is there as long as the context."""
    with TemporaryDirectory(prefix="sekkei-") as name:
        folder = Path(name)
        (folder / SPECIFICATION).write_text(parcel.text, "utf-8")
        for inner, file in parcel.files.items():
            shutil.copyfile(file, folder / inner)
        yield folder


def variables_to_send(
    lake: str, environment: Mapping[str, str], *, with_credentials: bool
) -> dict[str, str]:
    """Return variables of the environment that a campaign needs elsewhere.

    Parameters
    ----------
    lake
        As in the parcel; only one on S3 needs any.
    environment
        Of this process.
    with_credentials
        Whether secrets go, too: only to a cluster that asks for a token, for who may read its
        jobs may read their variables.
    """
    if not is_remote(Path(lake)):
        return {}
    wanted = SERVER_VARIABLES + (CREDENTIALS if with_credentials else ())
    return {name: environment[name] for name in wanted if environment.get(name)}


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
