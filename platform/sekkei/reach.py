"""Whether anything answers at an address: asked first, before work and before patient clients."""

import queue
import socket
import threading
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

WITHIN_S = 3.0
"""Longest time that is waited for an answer, in s."""

_PORTS = {"http": 80, "https": 443}
_HTTP = b"GET /health HTTP/1.0\r\n\r\n"
# What every client of gRPC says first, with empty settings; a server answers with its own.
_GRPC = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


def why_silent(address: str, within_s: float = WITHIN_S) -> str | None:
    """Tell why nothing answers at an address.

    Parameters
    ----------
    address
        ``http(s)://HOST[:PORT]``, or ``[ray://]HOST:PORT`` of a service that speaks gRPC. Behind
        a proxy of the environment, and through TLS, no more than a connection is asked for.
    within_s
        Longest time to wait, in s, names included.

    Returns
    -------
    str or None
        The reason, for people; None if something answers, or nothing can be said.
    """
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        scheme, host = parts.scheme, parts.hostname
        port = parts.port or _PORTS.get(scheme)
    except ValueError as error:
        return str(error)
    if host is None or port is None:
        return f"{address} names no host and port"
    if scheme in getproxies() and not proxy_bypass(host):
        return None
    greeting = {"https": b"", "http": _HTTP}.get(scheme, _GRPC)
    found: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    asking = threading.Thread(
        target=lambda: found.put(_ask(host, port, greeting, within_s)), daemon=True
    )
    asking.start()
    try:
        return found.get(timeout=within_s)
    except queue.Empty:
        return f"no answer within {within_s:g} s"


def _ask(host: str, port: int, greeting: bytes, within_s: float) -> str | None:
    try:
        with socket.create_connection((host, port), timeout=within_s) as connection:
            if greeting:
                connection.sendall(greeting)
                connection.recv(1)
    except TimeoutError:
        return f"no answer within {within_s:g} s"
    except (OSError, UnicodeError) as error:  # a name that cannot be one is a UnicodeError
        return (getattr(error, "strerror", None) or str(error)).lower()
    return None
