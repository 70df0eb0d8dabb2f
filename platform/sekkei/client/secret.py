"""Where the token of a service is found, and how it is kept from logs."""

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs
from requests import PreparedRequest
from requests.auth import AuthBase
from typing_extensions import override

from sekkei.errors import InvalidInputError

TOKEN = "SEKKEI_TOKEN"  # noqa: S105  (a name)
"""Variable that holds a token."""

TOKEN_FILE = "SEKKEI_TOKEN_FILE"  # noqa: S105  (a name)
"""Variable that names the file of tokens."""


class Secret(AuthBase):
    """Puts a token into requests; shows it to nobody."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    @override
    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        if self._token is not None:
            r.headers["Authorization"] = f"Bearer {self._token}"
        return r

    @override
    def __repr__(self) -> str:
        return "Secret()"


def find_token(
    url: str, token: str | None = None, environment: Mapping[str, str] | None = None
) -> str | None:
    """Return the token for a service; None if there is none.

    Parameters
    ----------
    url
        Address of the service.
    token
        The token, if it is given; else that of ``SEKKEI_TOKEN``, else that of the file.
    environment
        Variables; those of the process if absent.

    Raises
    ------
    InvalidInputError
        If it is no token, or the file can be read by others.
    """
    variables = os.environ if environment is None else environment
    found = token or variables.get(TOKEN) or _from_file(url, variables)
    if found is not None and not (found.isascii() and found.isprintable() and " " not in found):
        raise InvalidInputError(
            "a token must be one word, as sekkei token create printed it, but something else was "
            "given; copy it again"
        )
    return found


def token_file(environment: Mapping[str, str]) -> Path:
    """Return the file of tokens: a line ``ADDRESS TOKEN`` for each service."""
    named = environment.get(TOKEN_FILE)
    return Path(named) if named else platformdirs.user_config_path("sekkei") / "tokens"


def _from_file(url: str, environment: Mapping[str, str]) -> str | None:
    file = token_file(environment)
    if not file.is_file():
        if TOKEN_FILE in environment:
            raise InvalidInputError(f"{TOKEN_FILE} must name a file, but {file} is none")
        return None
    about = file.stat()
    if about.st_mode & 0o077:
        raise InvalidInputError(
            f"a file of tokens must be its owner's alone, but {file} has mode "
            f"{about.st_mode & 0o777:o}; run chmod 600 {file}"
        )
    for line in file.read_text("utf-8").splitlines():
        words = line.split()
        # A token goes to the service that it is of, and to no other.
        if len(words) == 2 and words[0].rstrip("/").lower() == url.rstrip("/").lower():
            return words[1]
    return None
