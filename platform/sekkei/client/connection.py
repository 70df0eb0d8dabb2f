"""The door to a service."""

from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

from typing_extensions import override

from sekkei.client.channel import Channel
from sekkei.client.problem import ServiceError
from sekkei.client.secret import find_token
from sekkei.errors import SekkeiError

if TYPE_CHECKING:
    from sekkei.client.campaign import RemoteCampaigns
    from sekkei.client.design import RemoteDesigns
    from sekkei.client.lake import RemoteLake
    from sekkei.client.model import RemoteModels


class Connection:
    """A service: its lake, models, campaigns and designs. Made by `connect`."""

    # Each part is loaded when it is asked for: whether anybody is there is known before.

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @property
    def url(self) -> str:
        """Address of the service."""
        return self._channel.url

    @property
    def lake(self) -> "RemoteLake":
        """The newest state of the lake; each time it is asked for."""
        from sekkei.client.lake import RemoteLake  # noqa: PLC0415

        return RemoteLake.newest(self._channel)

    @cached_property
    def models(self) -> "RemoteModels":
        """Registered models, and what they predict."""
        from sekkei.client.model import RemoteModels  # noqa: PLC0415

        return RemoteModels(self._channel)

    @cached_property
    def campaigns(self) -> "RemoteCampaigns":
        """Campaigns that run, and ran."""
        from sekkei.client.campaign import RemoteCampaigns  # noqa: PLC0415

        return RemoteCampaigns(self._channel)

    @cached_property
    def designs(self) -> "RemoteDesigns":
        """Where designs stand."""
        from sekkei.client.design import RemoteDesigns  # noqa: PLC0415

        return RemoteDesigns(self._channel)

    def close(self) -> None:
        """Close its connections."""
        self._channel.close()

    def __enter__(self) -> "Connection":
        """Return itself, to be closed at the end."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close its connections."""
        self.close()

    @override
    def __repr__(self) -> str:
        return f"Connection({self.url!r})"


def connect(url: str, token: str | None = None) -> Connection:
    """Connect to a service that `sekkei serve` runs.

    Parameters
    ----------
    url
        ``http(s)://HOST[:PORT]``.
    token
        Of the service. If absent, that of the variable ``SEKKEI_TOKEN``; else that of the file of
        tokens, ``SEKKEI_TOKEN_FILE`` or ``tokens`` in the user's folder of settings, which has a
        line ``ADDRESS TOKEN`` for each service and mode 0600; else none.

    Returns
    -------
    Connection
        Its ``lake``, ``models``, ``campaigns`` and ``designs`` have the names that they have
        where the lake is, and return the same records.

    Raises
    ------
    InvalidInputError
        If that is no address, or no token.
    ServiceError
        If nothing answers there within a few seconds, or no service of ours does.
    """
    channel = Channel(url, find_token(url, token))
    try:
        alive = channel.get("/healthz")
    except SekkeiError:
        channel.close()
        raise
    if not (isinstance(alive, dict) and alive.get("status") == "ok"):
        channel.close()
        raise ServiceError(
            f"a service must answer as Sekkei does, but {url} does not; is it one?", url=url
        )
    return Connection(channel)
