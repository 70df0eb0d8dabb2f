"""Fetch the browser libraries of the pages: ``python deploy/fetch_pages.py LIST FOLDER``.

Packages come from the registry that npm is configured for, and are checked against the SHA-512 of
the list. Without npm, or without a network, nothing is fetched: pages work without plots then.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

_HAVE = "have.json"
_WAIT_S = 120


def main(listed: Path, folder: Path) -> int:
    """Fetch what is missing; return 0 unless something that was fetched is not what it must be."""
    wanted = json.loads(listed.read_text("utf-8"))
    have = folder / _HAVE
    if have.is_file() and json.loads(have.read_text("utf-8")) == wanted:
        return 0
    npm = shutil.which("npm")
    if npm is None:
        return _say(f"npm is not installed: {folder} stays as it is; see docs/reference/service.md")
    draft = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for package in wanted:
        try:
            content = _packed(npm, f"{package['package']}@{package['version']}")
        except (OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(draft)
            return _say(f"npm did not fetch {package['package']}, so {folder} stays: {error}")
        found = base64.b64encode(hashlib.sha512(content).digest()).decode()
        if f"sha512-{found}" != package["integrity"]:
            shutil.rmtree(draft)
            _say(f"{package['package']} must be {package['integrity']}, but is sha512-{found}")
            return 1
        _unpack(content, package["files"], draft)
    (draft / _HAVE).write_text(json.dumps(wanted, indent=1), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    names = ", ".join(f"{one['package']} {one['version']} ({one['licence']})" for one in wanted)
    return _say(f"fetched {names}")


def _packed(npm: str, package: str) -> bytes:
    with tempfile.TemporaryDirectory() as place:
        command = [npm, "pack", package, "--silent", "--pack-destination", place]
        subprocess.run(command, check=True, cwd=place, stdout=subprocess.DEVNULL, timeout=_WAIT_S)
        (file,) = Path(place).glob("*.tgz")
        return file.read_bytes()


def _unpack(content: bytes, files: dict[str, str], folder: Path) -> None:
    with tempfile.TemporaryFile() as stream:
        stream.write(content)
        stream.seek(0)
        with tarfile.open(fileobj=stream) as archive:
            for inside, name in files.items():
                member = archive.extractfile(f"package/{inside}")
                if member is None:
                    raise FileNotFoundError(inside)
                (folder / name).write_bytes(member.read())


def _say(text: str) -> int:
    sys.stderr.write(f"[pages] {text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
