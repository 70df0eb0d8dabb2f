"""Listening: one process, many threads, an address that was chosen on purpose."""

import gc
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from sekkei.errors import InvalidInputError
from sekkei.model import ModelRegistry
from sekkei_service.allocator import use_few_arenas
from sekkei_service.app import create_app
from sekkei_service.log import log_to_stderr
from sekkei_service.one_service import one_service
from sekkei_service.settings import ServiceSettings

_SHUTDOWN_S = 5
_THRESHOLDS = (700, 10, 10)  # of a fresh Python
_MOST_CONNECTIONS = 1000
# Readers think for some seconds: a connection that is closed as they ask again is a failed request.
_KEPT_ALIVE_S = 75


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a service listens."""

    host: str = "127.0.0.1"
    """Address."""

    port: int = 8765
    """Port; 0 for any that is free."""

    certificate: Path | None = None
    """Certificate for HTTPS, in PEM; plain HTTP if absent."""

    key: Path | None = None
    """Its private key."""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def serve(
    settings: ServiceSettings,
    where: Listening,
    registry: ModelRegistry | None,
    started: Callable[[str], None],
) -> None:
    """Serve until the process is told to end; campaigns go on without it.

    Parameters
    ----------
    settings
        What an administrator decided.
    where
        Where to listen.
    registry
        Where models are.
    started
        Called with the address when it listens.

    Raises
    ------
    InvalidInputError
        If a local service is to be reached from elsewhere, half of a certificate is given, the
        address is not free, or another service looks after the folder.
    """
    check_listening(settings, where)
    with one_service(settings.state), _bound(where) as listener:
        port = listener.getsockname()[1]
        scheme = "http" if where.certificate is None else "https"
        if settings.is_local:
            names = (f"{_shown(where.host)}:{port}", f"127.0.0.1:{port}", f"localhost:{port}")
            settings = settings.model_copy(update={"local_hosts": tuple(dict.fromkeys(names))})
        config = uvicorn.Config(
            create_app(settings, registry),
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=_KEPT_ALIVE_S,
            timeout_graceful_shutdown=_SHUTDOWN_S,
            ssl_certfile=where.certificate,
            ssl_keyfile=where.key,
        )
        log_to_stderr()
        use_few_arenas()
        _collect_often()
        started(f"{scheme}://{_shown(where.host)}:{port}")
        uvicorn.Server(config).run(sockets=[listener])


def _collect_often() -> None:
    # The program collects seldom while it starts. A service lives for long, and columns and
    # answers hang on cycles: they are looked for often, but not among what was imported.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


def check_listening(settings: ServiceSettings, where: Listening) -> None:
    """Refuse what would be open to others by mistake; see `serve`."""
    if settings.is_local and not where.is_loopback:
        raise InvalidInputError(
            "a service without tokens must listen on this machine only, but --local came with "
            f"--host {where.host}; leave out --local, and make tokens"
        )
    if (where.certificate is None) != (where.key is None):
        raise InvalidInputError("a certificate and its key must be given together")
    for file in (where.certificate, where.key):
        if file is not None and not file.is_file():
            raise InvalidInputError(f"a certificate and its key must be files, but {file} is none")


def _bound(where: Listening) -> socket.socket:
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    try:
        return socket.create_server((where.host, where.port), family=family)
    except OSError as error:
        raise InvalidInputError(
            f"an address must be free to listen on, but {where.host}:{where.port} is not: "
            f"{error.strerror}; name another --port"
        ) from error


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
