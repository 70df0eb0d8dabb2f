"""Who may do what, and what keeps pages of others out."""

import asyncio
import json
import re
import time
from pathlib import Path

import pytest

from sekkei_service import TokenStore
from sekkei_service.access import Principal
from sekkei_service.event import follow
from sekkei_service.log import JsonLines
from sekkei_service.openapi import describe

OPEN = {"/healthz", "/readyz", "/optimade/versions"}
FOR_OPERATORS = (
    ("POST", "/v1/campaigns"),
    ("POST", "/v1/campaigns/dry-run"),
    ("POST", "/v1/campaigns/some/stop"),
    ("POST", "/v1/campaigns/some/resume"),
    ("GET", "/v1/campaigns/some/output"),
)
GENEROUS = {"denials_per_minute": 1000, "requests_per_minute": 6000}


def secret_of(token):
    return token.split("_", 2)[2]


def operations(service):
    for path, methods in describe(service.app)["paths"].items():
        for method in methods:
            yield method.upper(), re.sub(r"{\w+}", "0" * 32, path), path


def test_without_a_valid_token_only_the_probes_answer(serve):
    service = serve(limits=GENEROUS)
    forged = service.tokens["operator"][:-1] + "~"

    for method, address, path in operations(service):
        for token in (None, "nonsense", forged):
            status = service.call(method, address, token).status_code
            assert status == (200 if path in OPEN else 401), (method, path, token)


def test_a_reader_reads_every_page_that_it_may(service):
    for path in ("/metrics", "/v1/lake", "/v1/lake/rows", "/v1/models", "/v1/campaigns"):
        assert service.get(path).status_code == 200, path


@pytest.mark.parametrize(("method", "path"), FOR_OPERATORS, ids=str)
def test_a_reader_starts_and_stops_nothing(service, method, path):
    answer = service.call(method, path, "reader")

    assert answer.status_code == 403
    assert "needs the role operator" in answer.json()["detail"]


def test_events_end_with_the_token_of_who_follows_them(serve, tmp_path):
    service = serve()
    gate, store = service.app.state.service.gate, TokenStore(tmp_path / "state")
    token = store.find(service.tokens["reader"])
    who = Principal(token.name, token.id, token.role)
    log = tmp_path / "log.jsonl"
    log.write_text('{"event": "label"}\n')

    async def told():
        names = []
        events = follow(log, 0, lambda: "running", lambda: gate.may_stay(who), look_s=0.01)
        async for event in events:
            names += re.findall(rb"event: (\w+)", event)
            if names:
                store.revoke(token.id)
        return names

    assert gate.may_stay(who)
    assert asyncio.run(asyncio.wait_for(told(), 20.0)) == [b"label"]
    assert not gate.may_stay(who)


def test_only_an_administrator_reads_the_audit_trail(service):
    assert service.get("/v1/audit", "operator").status_code == 403
    assert service.get("/v1/audit", "administrator").status_code == 200


def test_a_token_ends_when_it_is_revoked_and_when_it_expires(serve):
    service = serve()
    store = TokenStore(service.settings.state)
    made, text = store.create("ada", "reader", 1.0)
    _, short = store.create("bob", "reader", 1.0 / 86400.0)

    before = service.get("/v1/lake", text).status_code
    store.revoke(made.id)
    time.sleep(1.1)

    assert before == 200
    assert service.get("/v1/lake", text).status_code == 401
    assert service.get("/v1/lake", short).status_code == 401


def test_tokens_are_kept_as_hashes_that_others_cannot_read(tmp_path: Path):
    store = TokenStore(tmp_path / "state")
    _, text = store.create("ada", "reader", 1.0)

    file = tmp_path / "state" / "tokens.json"
    assert secret_of(text) not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert store.find(text) is not None
    assert store.find(text[:-1] + ("A" if text[-1] != "A" else "B")) is None


def test_guessing_is_slowed_down(serve):
    service = serve(limits={"denials_per_minute": 3})

    statuses = [service.get("/v1/lake", "wrong").status_code for _ in range(5)]

    assert statuses == [401, 401, 401, 429, 429]


def test_one_token_may_not_ask_without_end(serve):
    service = serve(limits={"requests_per_minute": 3})

    answers = [service.get("/v1/models") for _ in range(4)]

    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert service.get("/v1/models", "operator").status_code == 200


def test_a_local_service_asks_for_no_token(serve):
    service = serve(is_local=True)

    assert service.get("/v1/lake", None).status_code == 200
    assert service.get("/v1/audit", None).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},  # a name of another that points to this machine
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=["rebound", "other-page", "sandboxed", "cross-site", "same-site"],
)
def test_a_page_of_another_site_cannot_drive_a_local_service(serve, headers):
    service = serve(is_local=True)

    for method, path in (("GET", "/v1/lake"), ("POST", "/v1/campaigns")):
        answer = service.call(method, path, None, headers=headers, data="name: x")
        assert answer.status_code == 403, path


def test_its_own_pages_can(serve):
    service = serve(is_local=True)
    own = {"origin": service.url, "sec-fetch-site": "same-origin"}

    assert service.get("/v1/lake", None, headers=own).status_code == 200


def test_a_form_of_a_browser_starts_nothing(serve):
    service = serve(is_local=True)

    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
        answer = service.post("/v1/campaigns", None, headers={"content-type": kind}, data="a: b")
        assert answer.status_code == 415, kind


def test_every_answer_has_strict_headers(service):
    for answer in (service.get("/v1/lake"), service.get("/nowhere"), service.get("/docs", None)):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "server" not in answer.headers or answer.headers["server"] == "uvicorn"


def test_secrets_are_in_no_log(serve, caplog):
    service = serve()
    with caplog.at_level("INFO", "sekkei_service"):
        service.get("/v1/lake")
        service.get("/v1/lake/rows", params={"filter": 'engine = "hidden"'})

    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    text = json.dumps(lines) + (service.settings.state / "tokens.json").read_text()
    assert {line["who"] for line in lines} == {"reader"}
    assert "hidden" not in text
    assert all(secret_of(token) not in text for token in service.tokens.values())


def test_what_is_allowed_at_an_address_is_told_in_full(service):
    answer = service.call("PUT", "/v1/campaigns", "operator")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_where_the_lake_is_on_the_server_is_not_told(service):
    answer = service.get("/v1/lake", params={"at": "nothing"})

    assert answer.json()["detail"].startswith("a state must be one of those of the lake")
    assert str(service.settings.lake) not in answer.text


def test_a_broken_file_of_tokens_lets_nobody_in(serve):
    service = serve()
    (service.settings.state / "tokens.json").write_text("[{")

    answer = service.get("/v1/lake")

    assert answer.status_code == 503
    assert str(service.settings.state) not in answer.text


def test_who_has_a_token_is_not_kept_out_by_who_has_none(serve):
    service = serve(limits={"denials_per_minute": 1})

    denied = [service.get("/v1/lake", "wrong").status_code for _ in range(3)]

    assert denied == [401, 429, 429]
    assert service.get("/v1/lake").status_code == 200
