"""The compose file: it is whole, it is closed, and its secrets are files."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.scripts.scripts import cli as ray_cli
from tests.deploy.test_chart_commands import sekkei_program, unknown_options

DEPLOY = Path(__file__).parents[2] / "deploy"
MAKE_SECRETS = DEPLOY / "make_secrets.sh"
TEXT = (DEPLOY / "compose.yaml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name for name, one in SERVICES.items() if one["image"].startswith("sekkei:")}
# Keys of a service that the Compose Specification has, as far as they are used here.
KNOWN = {
    "build", "cap_add", "cap_drop", "command", "cpus", "depends_on", "environment", "healthcheck",
    "hostname", "image", "init", "logging", "mem_limit", "networks", "ports", "read_only",
    "restart", "secrets", "security_opt", "shm_size", "stop_grace_period", "tmpfs", "user",
    "volumes",
}  # fmt: skip


def _words(service: str) -> list[str]:
    return [re.sub(r"\$\{\w+:-(.*?)\}", r"\1", word) for word in SERVICES[service]["command"]]


def test_every_part_of_the_stack_is_there() -> None:
    assert SERVICES.keys() == {
        "service", "ray-head", "ray-worker", "mlflow", "bucket", "database", "storage"
    }  # fmt: skip
    for name, service in SERVICES.items():
        assert set(service) <= KNOWN, name
        assert not service["image"].endswith(":latest"), name


def test_what_is_referred_to_is_declared() -> None:
    for name, service in SERVICES.items():
        assert set(service.get("secrets", [])) <= COMPOSE["secrets"].keys(), name
        assert set(service["networks"]) <= COMPOSE["networks"].keys(), name
        assert service.get("depends_on", {}).keys() <= SERVICES.keys(), name
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"], name


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_container_may_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "mem_limit"} <= service.keys()
    assert any(mount.startswith("/tmp:") for mount in service["tmpfs"])
    if name in OURS:
        assert service["user"] == "10001:10001"
        assert "cap_add" not in service


def test_only_the_service_is_reached_and_only_from_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert list(published) == ["service"]
    assert all(port.startswith("127.0.0.1:") for port in published["service"])
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert [name for name, one in SERVICES.items() if one["networks"] != ["inside"]] == ["service"]


def test_what_waits_for_health_waits_for_something_that_tells_it() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], (name, other)
            else:
                assert SERVICES[other]["restart"] == "no", (name, other)


def test_no_secret_stands_in_the_file() -> None:
    assert all(one["file"].startswith("./secrets/") for one in COMPOSE["secrets"].values())
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            is_secret = re.search("PASSWORD|TOKEN|CREDENTIAL|SECRET", variable)
            assert not is_secret or str(value).startswith("/run/secrets/"), (name, variable)
    ignored = (DEPLOY.parent / ".gitignore").read_text("utf-8").splitlines()
    assert "/deploy/secrets/" in ignored


def test_workers_have_no_key_of_the_bucket() -> None:
    assert SERVICES["ray-worker"]["secrets"] == ["ray-token"]
    assert "AWS_SHARED_CREDENTIALS_FILE" not in SERVICES["ray-worker"]["environment"]


def test_no_ray_runs_without_a_token() -> None:
    starting = [
        name
        for name in SERVICES
        if "command" in SERVICES[name] and _words(name)[:2] == ["ray", "start"]
    ]

    assert starting == ["ray-head", "ray-worker"]
    for name in starting:
        assert SERVICES[name]["environment"]["RAY_AUTH_MODE"] == "token"
        assert unknown_options(ray_cli, _words(name)[1:]) == []


def test_the_service_is_started_with_options_that_it_has() -> None:
    assert unknown_options(sekkei_program("serve"), _words("service")[1:]) == []


def _make(folder: Path) -> None:
    subprocess.run([MAKE_SECRETS, folder], check=True, capture_output=True)


def test_secrets_are_made_once_and_each_is_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"

    _make(folder)
    first = {file.name: file.read_text() for file in folder.iterdir()}
    _make(folder)

    assert first.keys() == COMPOSE["secrets"].keys()
    assert {file.name: file.read_text() for file in folder.iterdir()} == first
    assert len(set(first.values())) == len(first)
    assert len(first["ray-token"]) == 64
    key, secret = re.findall(r"= (\w+)", first["storage-client"])
    (identity,) = yaml.safe_load(first["storage-server"])["identities"]
    assert identity["credentials"] == [{"accessKey": key, "secretKey": secret}]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_half_a_key_is_made_anew(tmp_path: Path) -> None:
    _make(tmp_path / "secrets")
    (tmp_path / "secrets" / "storage-server").unlink()

    _make(tmp_path / "secrets")

    (key, _) = re.findall(r"= (\w+)", (tmp_path / "secrets" / "storage-client").read_text())
    assert key in (tmp_path / "secrets" / "storage-server").read_text()
