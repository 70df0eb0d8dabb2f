"""The version of the code that a row of the lake carries."""

import subprocess
from pathlib import Path

from sekkei import __version__
from sekkei.fleet.code_version import code_version


def _git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    command = ["git", "-C", str(folder), *identity, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_an_installed_package_has_its_version_only(tmp_path: Path) -> None:
    assert code_version(tmp_path) == __version__


def test_a_checkout_adds_its_commit_and_whether_it_was_edited(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    (tmp_path / "code.py").write_text("a = 1\n")
    _git(tmp_path, "add", "code.py")
    _git(tmp_path, "commit", "-q", "-m", "one")
    short = _git(tmp_path, "rev-parse", "--short", "HEAD")

    assert code_version(tmp_path) == f"{__version__}+g{short}"

    (tmp_path / "code.py").write_text("a = 2\n")
    code_version.cache_clear()

    assert code_version(tmp_path) == f"{__version__}+g{short}-dirty"
