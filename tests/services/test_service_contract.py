"""The description of the service is true: roles, statuses, kinds and shapes of every route."""

import json
import re
from pathlib import Path
from urllib.parse import quote

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekkei_service.openapi import describe

GENEROUS = {"requests_per_minute": 1_000_000, "denials_per_minute": 1_000_000}
NOBODY, READER, OPERATOR, ADMINISTRATOR = None, "reader", "operator", "administrator"
# Whoever adds a route says here whose it is.
NEEDS = {
    "GET /healthz": NOBODY,
    "GET /readyz": NOBODY,
    "GET /optimade/versions": NOBODY,
    "GET /v1/audit": ADMINISTRATOR,
    "GET /v1/campaigns/{name}/output": OPERATOR,
    "POST /v1/campaigns": OPERATOR,
    "POST /v1/campaigns/dry-run": OPERATOR,
    "POST /v1/campaigns/{name}/resume": OPERATOR,
    "POST /v1/campaigns/{name}/stop": OPERATOR,
    "POST /v1/designs": OPERATOR,
    "POST /v1/designs/{name}/ask": OPERATOR,
    "POST /v1/designs/{name}/tell": OPERATOR,
    "POST /v1/models/{name}/predict": READER,
}
ORDER = (NOBODY, READER, OPERATOR, ADMINISTRATOR)


def operations(app):
    for path, methods in describe(app)["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def filled(path: str) -> str:
    return re.sub(r"{\w+}", "0" * 32, path)


def written(example):
    return example if isinstance(example, str) else yaml.safe_dump(example)


def test_every_route_asks_for_its_role_and_no_other_answers(serve):
    strict = serve(limits=GENEROUS)
    for name, _ in operations(strict.app):
        method, path = name.split()
        needed = NEEDS.get(name, READER if method == "GET" else "nobody said")
        for role in ORDER:
            status = strict.call(method, filled(path), role).status_code
            if role is None and needed is not None:
                assert status == 401, (name, role)
            elif ORDER.index(role) < ORDER.index(needed):
                assert status == 403, (name, role)
            else:
                assert status not in (401, 403, 500), (name, role, status)


def test_every_operation_is_described_and_has_an_example_of_its_body(service):
    for name, operation in operations(service.app):
        assert operation.get("description"), name
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert "example" in content or "$ref" in content["schema"], name


def test_the_examples_of_the_description_run(serve, tmp_path):
    service = serve(lake=tmp_path / "lake")
    n_run = 0
    for name, operation in operations(service.app):
        method, path = name.split()
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if "example" not in content or path == "/v1/campaigns":
                continue
            query = "?name=one" if path == "/v1/designs" else ""
            answer = service.call(
                method,
                filled(path) + query,
                "operator",
                data=written(content["example"]),
                headers={"content-type": kind},
            )
            n_run += 1
            assert answer.status_code in (200, 201, 404), (name, answer.text)
    assert n_run == 3


ODD_TEXTS = """\
|0|-1|1e400|nan|null|true|../../x|%00|'|"|{}|[]|label|key|K|NOT|nsites >|type = 3|id = id
conductance_g0 > 0.5|elements HAS "K"|last_modified > "x"|\u202e|structures|1000
"""
ODD = st.one_of(
    st.sampled_from([*ODD_TEXTS.replace("\n", "|").split("|"), "a" * 600, "0" * 32]),
    st.text(max_size=20),
    st.integers(-5, 10**20).map(str),
)
BODIES = st.one_of(
    st.binary(max_size=64),
    st.sampled_from([b"", b"{}", b"[]", b"name: x", b"null", b"\xff", b"target_g0: 1"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    ).map(lambda value: json.dumps(value).encode()),
)
KINDS = st.sampled_from(
    ["application/yaml", "application/json", "chemical/x-extxyz", "text/plain", "", "x"]
)


@pytest.mark.slow
@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_whatever_is_sent_the_answer_is_one_that_is_described(contract, data):
    known = list(operations(contract.app))
    name, operation = data.draw(st.sampled_from(known))
    method, path = name.split()
    query, headers = [], {}
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            text = data.draw(ODD.filter(lambda t: t not in ("", ".", "..")))
            path = path.replace("{" + parameter["name"] + "}", quote(text, safe=""))
        elif parameter["in"] == "query" and data.draw(st.booleans()):
            query.append((parameter["name"], data.draw(ODD)))
        elif data.draw(st.booleans()):
            headers[parameter["name"]] = data.draw(st.sampled_from(["1", "x", "-1", "0" * 200]))
    body = data.draw(BODIES) if method == "POST" else None
    headers["content-type"] = data.draw(KINDS)

    answer = contract.call(
        method,
        path,
        data.draw(st.sampled_from(ORDER)),
        params=query,
        headers=headers,
        data=body,
    )

    told = operation["responses"]
    about = (name, path, query, body, answer.status_code, answer.text[:300])
    assert answer.status_code != 500, about
    assert str(answer.status_code) in told, about
    content = told[str(answer.status_code)].get("content", {})
    kind = answer.headers.get("content-type", "").partition(";")[0]
    assert kind in content or not content, about
    schema = content.get(kind, {}).get("schema")
    if schema and kind.endswith("json"):
        components = describe(contract.app)["components"]
        jsonschema.validate(answer.json(), {**schema, "components": components})


def test_the_page_of_the_service_lists_every_route_with_its_role(service):
    page = (Path(__file__).parents[2] / "docs" / "reference" / "service.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+ /[^`]*)` \| (\w+) \|", page, re.MULTILINE))

    needed = {name: (NEEDS.get(name, READER) or "open") for name, _ in operations(service.app)}

    assert rows == needed


def test_the_documents_load_nothing_from_elsewhere(service):
    page = service.get("/docs", None).text

    assert re.findall(r"(?:src|href)=['\"](?!/)", page) == []
    assert "<script" not in page
    assert " style=" not in page
    assert "<a href='/'>" in page  # and back to the pages
    assert service.get("/docs/style.css", None).headers["content-type"].startswith("text/css")
    for name, _ in operations(service.app):
        method, path = name.split()
        assert f"{method} {path}" in page
