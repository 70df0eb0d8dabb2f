"""Services that do not answer are told within seconds, before any work."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekkei.errors import ClusterError, InvalidInputError
from sekkei.fleet.reachable import check_dashboard, check_ray
from sekkei.lake import Lake
from sekkei.reach import why_silent
from sekkei.tracking.versions import list_versions


@pytest.fixture
def nowhere() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def mute() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(params=["nowhere", "mute"])
def dead(request: pytest.FixtureRequest) -> Iterator[str]:
    started = time.monotonic()
    yield request.getfixturevalue(request.param)
    assert time.monotonic() - started < 5.0


def test_a_dead_registry_is_told_at_once(dead: str) -> None:
    with pytest.raises(InvalidInputError, match="a server of MLflow must answer at http://127"):
        list_versions(f"http://{dead}")


def test_a_dead_bucket_is_told_at_once(dead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{dead}")

    with pytest.raises(InvalidInputError, match="s3://bucket/lake is not: http://127"):
        Lake.open(Path("s3://bucket/lake"))


def test_a_dead_ray_is_told_at_once(dead: str) -> None:
    with pytest.raises(InvalidInputError, match="a Ray must answer at ray://127"):
        check_ray(f"ray://{dead}")


def test_a_dead_dashboard_is_told_at_once(nowhere: str) -> None:
    with pytest.raises(ClusterError, match=r"must answer at http://127.*connection refused"):
        check_dashboard(f"http://{nowhere}")


def test_what_answers_is_not_silent(mute: str) -> None:
    # Behind TLS nothing but the connection is asked for.
    assert why_silent(f"https://{mute}") is None


@pytest.mark.parametrize("address", ["host", "http://", "http://[::1", "http://a:99999999"])
def test_an_address_that_is_none_is_told(address: str) -> None:
    assert why_silent(address) is not None


def test_nothing_is_asked_through_a_proxy(mute: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    monkeypatch.setenv("no_proxy", "")

    assert why_silent(f"http://{mute}") is None


def test_a_ray_that_is_looked_for_is_not_asked() -> None:
    check_ray("auto")
    check_ray(None)
