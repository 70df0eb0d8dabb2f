"""The image: small, without root, from the lock, and only from what it is allowed to see."""

import fnmatch
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "image" / "Dockerfile"
# One instruction a line.
INSTRUCTIONS = re.sub(
    r"\\\n", " ", re.sub(r"^#.*\n", "", FILE.read_text("utf-8"), flags=re.MULTILINE)
)
STAGES = re.split(r"^FROM .*\n", INSTRUCTIONS, flags=re.MULTILINE)[1:]


def _copied() -> list[str]:
    lines = re.findall(r"^COPY (?!--from)(.*)$", INSTRUCTIONS, re.MULTILINE)
    return [word.rstrip("/") for line in lines for word in line.split()[:-1]]


def test_hadolint_finds_nothing() -> None:
    checker = Path(sys.executable).with_name("hadolint")

    done = subprocess.run([checker, FILE], capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("", 0)


def test_what_hadolint_ignores_has_a_reason() -> None:
    ignored = re.findall(r"^(.*)\n# hadolint ignore=(\w+)$", FILE.read_text("utf-8"), re.MULTILINE)

    assert {rule for _, rule in ignored} == {"DL3008"}
    assert all(line.startswith("# ") for line, _ in ignored)


def test_everything_but_torch_is_installed_by_hash() -> None:
    installs = re.findall(r"pip install (.*?)(?: &&|$)", INSTRUCTIONS, re.MULTILINE)

    by_hash = [line for line in installs if "--require-hashes" in line]
    assert by_hash == ["--no-deps --require-hashes --requirement requirements/image.txt"]
    for line in installs:
        assert line in by_hash or "constraint constraints.txt" in line, line


def test_the_compiler_stays_in_the_first_stage() -> None:
    build, final = STAGES

    assert "g++" in build
    assert "install_gpaw.sh" in build
    assert "g++" not in final
    assert "pip install" not in final


def test_nobody_is_root_and_the_chart_knows_who_it_is() -> None:
    (user,) = re.findall(r"^USER (\d+):\1$", STAGES[-1], re.MULTILINE)
    values = yaml.safe_load((ROOT / "helm" / "sekkei" / "values.yaml").read_text("utf-8"))

    assert int(user) == values["userId"]


def test_the_python_of_the_image_is_that_of_the_lock() -> None:
    (version,) = re.findall(r"^ARG PYTHON=python:(\d+\.\d+)-slim", INSTRUCTIONS, re.MULTILINE)

    assert f'python-version = "{version}"' in (ROOT / "requirements" / "uv.toml").read_text("utf-8")


def test_what_the_image_copies_is_there() -> None:
    missing = [name for name in _copied() if not (ROOT / name).exists()]

    if missing == ["services"]:
        pytest.skip("NO SERVICE IN THIS CHECKOUT: the image cannot be built from it")
    assert missing == []


def test_the_build_sees_what_it_copies_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    allowed = [rule.removeprefix("!").rstrip("/") for rule in rules if rule.startswith("!")]

    assert rules[0] == "*"
    assert sorted(allowed) == sorted(_copied())
    for private in (".git", "data", "demo-out", ".env", "tokens.json", "deploy/secrets"):
        assert not any(fnmatch.fnmatch(private, rule) for rule in allowed), private
