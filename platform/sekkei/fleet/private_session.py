"""Where a private Ray keeps its files, and the token that it asks for: nobody else may look."""

import contextlib
import logging
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ray._raylet import AuthenticationTokenLoader, Config  # type: ignore[attr-defined]

from sekkei.errors import InvalidInputError

_LOG = logging.getLogger(__name__)
# An address of a socket takes 107 characters, and 81 of them are what Ray and we add at most.
_LONGEST_BASE = 26
_SHORT_BASES = ("/tmp", "/var/tmp")  # noqa: S108  (a folder of our own is made in it)
_MODE, _TOKEN, _TOKEN_FILE = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder that is ours alone and whose path is short enough for Ray; it ends here.

    Yields
    ------
    Path
        A name in it for Ray, which opens its own folders to everybody: nobody comes so far.
    """
    made = tempfile.TemporaryDirectory(
        prefix="sk-", dir=_short_base(tempfile.gettempdir()), ignore_cleanup_errors=True
    )
    with made as name:
        yield Path(name)


@contextlib.contextmanager
def private_token(folder: Path) -> Iterator[None]:
    """Let the Ray that is started inside of this ask for a token that only this user can read.

    Left alone, Ray writes one into ``~/.ray/auth_token``, which everybody may read. What the
    environment said before is for other clusters; it is there again afterwards.
    """
    file = folder / "token"
    file.touch(mode=0o600)
    file.write_text(secrets.token_hex(32), "utf-8")
    before = {name: os.environ.get(name) for name in (_MODE, _TOKEN, _TOKEN_FILE)}
    os.environ.pop(_TOKEN, None)
    os.environ.update({_MODE: "token", _TOKEN_FILE: str(file)})
    forget_token()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})


def forget_token() -> None:
    """Let Ray read anew what the environment says of tokens."""
    Config.initialize("")
    AuthenticationTokenLoader.instance().reset_cache()


def _short_base(wanted: str) -> str:
    if len(wanted) <= _LONGEST_BASE:
        return wanted
    found = next((base for base in _SHORT_BASES if os.access(base, os.W_OK | os.X_OK)), None)
    if found is None:
        raise InvalidInputError(
            f"sockets of Ray need a folder of at most {_LONGEST_BASE} characters, but TMPDIR is "
            f"{wanted}, and {' and '.join(_SHORT_BASES)} cannot be written to; set TMPDIR to a "
            "shorter one"
        )
    _LOG.warning(
        "sekkei: TMPDIR has %d characters, and sockets of Ray need at most %d: "
        "it works in a private folder of %s",
        len(wanted),
        _LONGEST_BASE,
        found,
    )
    return found
