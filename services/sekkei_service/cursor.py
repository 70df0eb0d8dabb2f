"""Where the next page begins: the state of the lake, the query, and the last row shown."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sekkei.identity import content_hash
from sekkei_service.problem import refused


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the answer to a query; the state does not change while somebody turns pages."""

    state: str
    """State of the lake."""

    query: str
    """Hash of table and filters, see `query_key`."""

    after: int
    """Last row that was shown."""

    def to_text(self) -> str:
        """Write it for an address."""
        plain = json.dumps([self.state, self.query, self.after]).encode()
        return base64.urlsafe_b64encode(plain).decode().rstrip("=")

    @classmethod
    def from_text(cls, text: str, query: str) -> "Cursor":
        """Read what `to_text` wrote.

        Raises
        ------
        RefusedError
            If it is none, or of another query.
        """
        try:
            state, key, after = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            found = cls(str(state), str(key), int(after))
        except (binascii.Error, ValueError, TypeError) as error:
            raise refused(422, "a cursor must be that of the page before; begin anew") from error
        if found.query != query:
            raise refused(422, "a cursor must be of the same table and filters; begin anew")
        return found


def query_key(table: str, where: Sequence[str]) -> str:
    """Return what a cursor remembers of a query."""
    return content_hash("cursor", table, list(where))[:12]
