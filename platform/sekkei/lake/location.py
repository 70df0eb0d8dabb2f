"""Where a lake is: a folder, or a prefix of an S3 bucket."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import icechunk

from sekkei.errors import InvalidInputError
from sekkei.lake.process import check_process
from sekkei.reach import why_silent

SERVER_VARIABLES = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
)
"""Variables of the environment that say where a bucket is; none is a secret."""

_S3 = "s3:/"


def is_remote(path: Path) -> bool:
    """Whether a path is ``s3://bucket/prefix``; pathlib folds its slashes into one."""
    return str(path).startswith(_S3)


def address_of(path: Path) -> str:
    """Return a path as a user writes it, with both slashes of ``s3://``."""
    return str(path).replace(_S3, f"{_S3}/", 1) if is_remote(path) else str(path)


def storage_of(path: Path, environment: Mapping[str, str] | None = None) -> icechunk.Storage:
    """Return Icechunk's own client of a lake.

    Parameters
    ----------
    path
        Folder, or ``s3://bucket/prefix``.
    environment
        For S3: ``AWS_ENDPOINT_URL_S3`` or ``AWS_ENDPOINT_URL`` (a server other than Amazon's),
        ``AWS_REGION`` or ``AWS_DEFAULT_REGION``; that of the process if absent. Credentials are
        found by the client itself, where the tools of AWS look; we never see them.

    Raises
    ------
    InvalidInputError
        If a bucket or a prefix is missing, or the process was forked from one with a lake.
    """
    check_process()
    # Icechunk warns on stderr that a folder has no safe concurrent commits; the lock sees to that.
    # Its errors reach people as ours, in one line.
    icechunk.set_logs_filter("off")
    if not is_remote(path):
        return icechunk.local_filesystem_storage(str(path / "repo"))
    bucket, _, prefix = str(path).removeprefix(_S3).strip("/").partition("/")
    if not (bucket and prefix):
        raise InvalidInputError(
            f"a lake on S3 must be s3://bucket/prefix, but found {address_of(path)}"
        )
    return icechunk.s3_storage(
        bucket=bucket, prefix=prefix, from_env=True, **_server(environment or os.environ)
    )


def why_bucket_is_silent(environment: Mapping[str, str] | None = None) -> str | None:
    """Tell why the server of a bucket does not answer; None if it does.

    Icechunk's client tries for half a minute, and waits for ever where a server accepts and says
    nothing.
    """
    server = _server(environment or os.environ)
    region = server["region"]
    amazon = f"https://s3.{region}.amazonaws.com" if region else "https://s3.amazonaws.com"
    address = str(server.get("endpoint_url", amazon))
    reason = why_silent(address)
    return None if reason is None else f"{address}: {reason}"


def _server(environment: Mapping[str, str]) -> dict[str, Any]:
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    if not endpoint:
        return {"region": region}
    # Servers of one's own seldom have a name per bucket.
    return {
        "region": region,
        "endpoint_url": endpoint,
        "allow_http": endpoint.startswith("http://"),
        "force_path_style": True,
    }
