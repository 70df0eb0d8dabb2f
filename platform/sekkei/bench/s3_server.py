"""A server on this machine that stands for S3, in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec

_BUCKET = "lakes"


def missing_server() -> str | None:
    """Say in one line that moto is not there, or return None."""
    if find_spec("moto") and find_spec("boto3"):
        return None
    return "moto is not installed: pip install 'moto[server]'; S3 was left out"


@contextmanager
def s3_server() -> Iterator[str]:
    """Run moto, with an empty bucket, and point the environment to it; yield the bucket's name."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = subprocess.Popen(  # noqa: S603  (ours)
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    ours = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",  # pragma: allowlist secret
    }
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        _wait(port)
        client = import_module("boto3").client("s3", endpoint_url=ours["AWS_ENDPOINT_URL"])
        client.create_bucket(Bucket=_BUCKET)
        yield _BUCKET
    finally:
        running.terminate()
        running.wait()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _wait(port: int) -> None:
    for _ in range(300):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("moto must answer within 30 s, but did not")
