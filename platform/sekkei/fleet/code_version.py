"""Which code computes."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from sekkei import __version__

_ROOT = Path(__file__).resolve().parents[3]


@cache
def code_version(root: Path = _ROOT) -> str:
    """Return the version of Sekkei, and the commit if it runs from a checkout.

    Parameters
    ----------
    root
        Folder that would be the checkout.

    Returns
    -------
    str
        ``0.1.0``, or ``0.1.0+g1a2b3c4`` from a checkout, ``0.1.0+g1a2b3c4-dirty`` from an edited
        one. Asked once per process: what a running process has loaded does not change.
    """
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return __version__
    found = subprocess.run(  # noqa: S603  (a fixed command)
        [git, "-C", str(root), "describe", "--always", "--dirty", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
    )
    commit = found.stdout.strip()
    return f"{__version__}+g{commit}" if found.returncode == 0 else __version__
