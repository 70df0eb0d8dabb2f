"""Tokens: made on the command line, kept as hashes, with a role and an end."""

import hashlib
import hmac
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Annotated, Literal

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sekkei.errors import InvalidInputError

Role = Literal["reader", "operator", "administrator"]

ROLES: tuple[Role, ...] = ("reader", "operator", "administrator")
"""Each may what those before it may."""

NAME = r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$"
"""What the name of a token looks like."""

_FILE = "tokens.json"
_TOKEN = re.compile(r"sekkei_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


class StoredToken(BaseModel):
    """A token as it is kept: nobody can use it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    """Its first part, by which it is found and revoked."""

    name: Annotated[str, Field(pattern=NAME)]
    """Whose it is."""

    role: Role
    """What it allows."""

    salt: str
    """Of the hash."""

    digest: str
    """Hash of the secret part."""

    created_unix_s: float
    """When it was made, in s since 1970-01-01 UTC."""

    expires_unix_s: float
    """When it ends."""

    revoked_unix_s: float | None = None
    """When it was revoked; none if it was not."""


_TOKENS = TypeAdapter(tuple[StoredToken, ...])


class TokenStore:
    """The tokens of a service, in one file that only its user can read.

    The file is read again when it changed, so that a revoked token is refused at once.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        """Describe where they are.

        Parameters
        ----------
        folder
            Of the service.
        clock
            Seconds since 1970-01-01 UTC.
        """
        self._file = folder / _FILE
        self._clock = clock
        self._lock = Lock()
        self._read: tuple[tuple[int, int, int], tuple[StoredToken, ...]] | None = None

    def create(self, name: str, role: Role, days: float) -> tuple[StoredToken, str]:
        """Make a token; its text is returned once, and kept nowhere.

        Raises
        ------
        InvalidInputError
            If the name is none, or it would end before it begins.
        """
        if not re.match(NAME, name):
            raise InvalidInputError(
                "the name of a token must be letters, digits, dots, dashes or @, but found "
                f"{name[:64]!r}"
            )
        if not 0.0 < days <= 3660.0:
            raise InvalidInputError(
                f"a token must end within 3660 days, but found {days:g}; try --days 90"
            )
        identity, secret, salt = secrets.token_hex(6), secrets.token_urlsafe(32), os.urandom(16)
        now = self._clock()
        made = StoredToken(
            id=identity,
            name=name,
            role=role,
            salt=salt.hex(),
            digest=_digest(secret, salt),
            created_unix_s=now,
            expires_unix_s=now + 86400.0 * days,
        )
        with self._changing() as tokens:
            tokens.append(made)
        return made, f"sekkei_{identity}_{secret}"

    def revoke(self, identity: str) -> StoredToken:
        """End a token now.

        Raises
        ------
        InvalidInputError
            If there is none of that id.
        """
        with self._changing() as tokens:
            for i, token in enumerate(tokens):
                if token.id == identity:
                    now = token.revoked_unix_s or self._clock()
                    tokens[i] = token.model_copy(update={"revoked_unix_s": now})
                    return tokens[i]
        known = ", ".join(token.id for token in self.every()) or "none yet"
        raise InvalidInputError(
            f"a token must be named by its id, but found {identity!r}; there is {known}"
        )

    def every(self) -> tuple[StoredToken, ...]:
        """Return every token, the oldest first.

        Raises
        ------
        InvalidInputError
            If the file is broken.
        """
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return ()
        version = (found.st_mtime_ns, found.st_size, found.st_ino)
        with self._lock:
            if self._read is None or self._read[0] != version:
                self._read = version, self._parsed()
            return self._read[1]

    def find(self, text: str) -> StoredToken | None:
        """Return the token of a text; None if there is none, or it has ended.

        What does not exist takes as long as what does.
        """
        match = _TOKEN.fullmatch(text)
        identity, secret = match.groups() if match else ("", "")
        token = next((token for token in self.every() if token.id == identity), None)
        salt = bytes.fromhex(token.salt) if token else b"\0" * 16
        expected = token.digest if token else "0" * 64
        is_right = hmac.compare_digest(_digest(secret, salt), expected)
        return token if token and is_right and self._is_valid(token) else None

    def is_valid(self, identity: str) -> bool:
        """Say whether a token that was shown before may still be used."""
        return any(token.id == identity and self._is_valid(token) for token in self.every())

    def _is_valid(self, token: StoredToken) -> bool:
        return token.revoked_unix_s is None and self._clock() < token.expires_unix_s

    def _parsed(self) -> tuple[StoredToken, ...]:
        try:
            return _TOKENS.validate_json(self._file.read_bytes())
        except ValidationError as error:
            raise InvalidInputError(
                f"the tokens must be as sekkei token create wrote them, but {self._file} is "
                "broken; put a copy of it back, or remove it and make new ones"
            ) from error

    @contextmanager
    def _changing(self) -> "Iterator[list[StoredToken]]":
        # One writer at a time, and a reader sees the old file or the new one.
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(self._file.with_suffix(".lock"), thread_local=False):
            tokens = [*self.every()]
            yield tokens
            draft = self._file.with_suffix(".part")
            rows = [token.model_dump() for token in tokens]
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                json.dump(rows, stream, indent=1)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(self._file)


def allows(role: Role, needed: Role) -> bool:
    """Whether a role may do what another one is needed for."""
    return ROLES.index(role) >= ROLES.index(needed)


def _digest(secret: str, salt: bytes) -> str:
    # 256 random bits need no slow hash: nobody can try them all. A slow one would let anybody
    # keep the service busy with wrong tokens.
    return hashlib.blake2b(secret.encode(), salt=salt, digest_size=32).hexdigest()
