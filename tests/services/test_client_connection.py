"""The way to a service: addresses, tokens, time limits, and errors in one line."""

import json
import logging
import pickle
import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import sekkei
from sekkei.client.problem import ServiceError
from sekkei.client.secret import find_token
from sekkei.errors import InvalidInputError


@contextmanager
def answering(*answers):
    """Answer requests one after the other, the last one for ever: status, headers, body."""
    left, seen = [*answers], []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/health":  # whether anybody is there
                status, headers, body = 404, {}, b""
            else:
                seen.append((self.path, dict(self.headers)))
                status, headers, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


FINE = (200, {}, b'{"status": "ok"}')


def quickly(act, kind=ServiceError, match="."):
    begun = time.monotonic()
    with pytest.raises(kind, match=match) as caught:
        act()
    assert time.monotonic() - begun < 8.0  # 4.5 s, and what a busy machine adds
    assert "\n" not in caught.value.message
    return caught.value


def test_a_service_that_is_not_there_is_told_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    quickly(lambda: sekkei.connect(f"http://127.0.0.1:{port}"), match="connection refused")


def test_a_service_that_takes_connections_and_says_nothing_is_told_within_seconds():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"

        quickly(lambda: sekkei.connect(url), match="no answer within 4.5 s")


def test_a_service_that_goes_silent_later_is_told_within_seconds_too(service, monkeypatch):
    service.get("/healthz")  # its first answer takes a while on a busy machine
    connection = sekkei.connect(service.url, service.tokens["reader"])
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setattr(connection._channel, "_url", url)
        monkeypatch.setattr(connection._channel, "_spoke", -10.0)

        quickly(connection.models.list, match="no answer within 4.5 s")


@pytest.fixture
def silent_tls(tmp_path):
    """Take encrypted connections, and say nothing."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "cert"]
    about = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", *made, *about, "-days", "1"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    kept = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept():
            with suppress(OSError):
                while True:
                    plain, _ = listener.accept()
                    with suppress(OSError):
                        kept.append(context.wrap_socket(plain, server_side=True))

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}", tmp_path / "cert"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    for one in kept:
        one.close()


def test_a_certificate_that_is_not_trusted_is_told(silent_tls):
    quickly(lambda: sekkei.connect(silent_tls[0]), match="its certificate is not trusted")


def test_an_encrypted_service_that_says_nothing_is_told_within_seconds(silent_tls, monkeypatch):
    url, certificate = silent_tls
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

    quickly(lambda: sekkei.connect(url), match="no answer within 4.5 s")


@pytest.mark.parametrize(
    "url",
    ["", "lab", "ftp://lab", "http://", "http://ada:secret@lab", "http://lab:x", "http://lab/?a=b"],
)
def test_what_is_no_address_is_refused(url):
    error = quickly(lambda: sekkei.connect(url), InvalidInputError, "must be at http")

    assert url[:80] in error.message


def test_a_server_of_another_kind_is_not_taken_for_a_service():
    for body in (b"<html>hello</html>", b'{"status": "up"}', b"[]"):
        with answering((200, {}, body)) as (url, _):
            quickly(lambda url=url: sekkei.connect(url), match="is it one")
    with answering((502, {}, b"bad gateway")) as (url, _):
        quickly(lambda: sekkei.connect(url), match="answered 502")


def test_a_token_does_not_follow_to_another_host():
    with (
        answering(FINE) as (other, seen),
        answering((302, {"location": f"{other}/healthz"}, b"")) as (url, _),
    ):
        quickly(lambda: sekkei.connect(url, "sekkei_x"), match="sends to another one")

    assert seen == []


def test_a_service_that_is_busy_is_asked_again_when_it_says():
    busy = (429, {"retry-after": "0"}, b"")
    with answering(FINE, busy, busy, (200, {}, b'{"models": []}')) as (url, seen):
        assert sekkei.connect(url).models.list() == []

    assert len(seen) == 4


def test_without_a_valid_token_the_service_says_what_is_needed(service):
    error = quickly(lambda: sekkei.connect(service.url).lake, match="a valid token is needed")

    assert error.facts["status"] == 401


def test_a_reader_may_not_submit(service, tmp_path):
    (tmp_path / "x.yaml").write_text("name: x\n")
    connection = sekkei.connect(service.url, service.tokens["reader"])

    quickly(lambda: connection.campaigns.stop("x"), match="needs the role operator")


def test_the_token_is_found_in_argument_variable_and_file_in_this_order(tmp_path):
    file = tmp_path / "tokens"
    file.write_text("# ours\nhttp://lab:8765/ from-file\n")
    file.chmod(0o600)
    named = {"SEKKEI_TOKEN_FILE": str(file)}

    assert find_token("http://lab:8765", "given", named | {"SEKKEI_TOKEN": "set"}) == "given"
    assert find_token("http://lab:8765", None, named | {"SEKKEI_TOKEN": "set"}) == "set"
    assert find_token("http://LAB:8765", None, named) == "from-file"
    assert find_token("http://elsewhere:8765", None, named) is None
    assert find_token("http://lab:8765", None, {"XDG_CONFIG_HOME": "/nowhere"}) is None


def test_a_file_of_tokens_that_others_can_read_is_refused(tmp_path):
    file = tmp_path / "tokens"
    file.write_text("http://lab from-file\n")
    file.chmod(0o640)

    with pytest.raises(InvalidInputError, match="has mode 640; run chmod 600"):
        find_token("http://lab", None, {"SEKKEI_TOKEN_FILE": str(file)})
    with pytest.raises(InvalidInputError, match="must name a file"):
        find_token("http://lab", None, {"SEKKEI_TOKEN_FILE": str(tmp_path / "none")})


def test_a_token_with_an_end_of_line_is_refused_and_not_repeated():
    with pytest.raises(InvalidInputError, match="must be one word") as caught:
        find_token("http://lab", "secret\r\nX-Evil: 1", {})

    assert "secret" not in caught.value.message


def test_the_token_is_shown_nowhere(caplog):
    token = "sekkei_000000000000_secret"
    with caplog.at_level(logging.DEBUG), answering(FINE, (500, {}, b"?")) as (url, seen):
        connection = sekkei.connect(url, token)
        error = quickly(lambda: connection.lake)

    assert seen[0][1]["Authorization"] == f"Bearer {token}"
    shown = [repr(connection), repr(connection._channel), repr(vars(connection._channel))]
    assert not any("secret" in text for text in (*shown, caplog.text, error.message))
    with pytest.raises(InvalidInputError, match="cannot be sent to another process"):
        pickle.dumps(connection)


def test_what_a_service_says_cannot_move_the_cursor_of_a_terminal():
    problem = json.dumps({"detail": "\x1b[2Jgone\nsecond", "kind": "RefusedError"}).encode()
    with answering(FINE, (403, {}, problem)) as (url, _):
        error = quickly(lambda: sekkei.connect(url).lake)

    assert error.message.isprintable()
