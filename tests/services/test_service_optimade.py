"""OPTIMADE: what the world's tools ask is answered by the lake's own filters."""

import subprocess
import sys

import pytest

from sekkei.errors import InvalidInputError
from sekkei.lake.query import parse_filter
from sekkei_service.optimade.filter import translate, written
from sekkei_service.problem import RefusedError

BASE = "/optimade/v1"
SAME = {
    'elements HAS ALL "K","Na" AND _sekkei_conductance_g0 > 0.9',
    'NOT (nsites < 80 OR id = "x")',
    'chemical_formula_reduced CONTAINS "K" AND nelements != 2',
    "elements LENGTH >= 2 OR elements_ratios LENGTH 1",
    "3 < nsites AND _sekkei_n_channel = _sekkei_n_atom",
}
MEANT = {
    'immutable_id = "a"': 'id = "a"',
    'type = "structures"': "id IS KNOWN",
    'type != "structures"': "id IS UNKNOWN",
    'structure_features HAS "disorder"': "id IS UNKNOWN",
    "structure_features LENGTH 0": "id IS KNOWN",
    "_other_x > 2": "id IS UNKNOWN",
    "_other_x IS UNKNOWN": "id IS KNOWN",
    'last_modified >= "1970-01-01T00:01:00Z"': "_sekkei_finished_unix_s >= 60.0",
    'chemical_formula_descriptive = "K"': 'chemical_formula_reduced = "K"',
    'chemical_formula_reduced STARTS WITH "a\\"b\\\\"': (
        'chemical_formula_reduced STARTS WITH "a\\"b\\\\"'
    ),
}


@pytest.mark.parametrize("text", sorted(SAME))
def test_a_filter_can_be_written_and_read_back(text):
    assert parse_filter(written(parse_filter(text))) == parse_filter(text)


@pytest.mark.parametrize("text", MEANT)
def test_properties_of_optimade_are_found_in_the_lake(text):
    assert parse_filter(translate(text).text) == parse_filter(MEANT[text])


@pytest.mark.parametrize(
    "text",
    ["crazyfield = 2", "_sekkei_nothing > 1", 'last_modified > "soon"', "nsites >", "type > 3"],
)
def test_what_is_no_filter_is_refused(text):
    with pytest.raises(InvalidInputError):
        translate(text)


@pytest.mark.parametrize("text", ['species_at_sites HAS "K"', "elements_ratios HAS 0.5"])
def test_what_is_not_offered_is_said_to_be_so(text):
    with pytest.raises(RefusedError, match="info/structures") as caught:
        translate(text)

    assert caught.value.status == 501


def test_structures_are_found_by_their_conductance(service):
    asked = {"filter": "_sekkei_conductance_g0 > 0.5", "page_limit": 3}
    ids, url = [], None
    while url is not None or not ids:
        answer = (
            service.get(f"{BASE}/structures", params=asked)
            if url is None
            else (service.get(url.removeprefix(service.url)))
        )
        page = answer.json()
        ids += [entry["id"] for entry in page["data"]]
        url = page["links"]["next"]

    found = service.get(
        "/v1/lake/rows", params={"filter": "conductance_g0 > 0.5", "column": "key"}
    ).json()
    assert ids == [row["key"] for row in found["rows"]]
    assert page["meta"]["data_returned"] == len(ids)


def test_one_structure_has_what_was_asked_for(service):
    key = service.get("/v1/lake/rows", params={"limit": 1}).json()["rows"][0]["key"]

    entry = service.get(
        f"{BASE}/structures/{key}?response_fields=nsites,_sekkei_conductance_g0,space_group_it_number"
    ).json()["data"]

    assert set(entry["attributes"]) == {"nsites", "_sekkei_conductance_g0", "space_group_it_number"}
    assert entry["attributes"]["space_group_it_number"] is None


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/structures/none", 404),
        ("/structures?filter=nsites >", 400),
        ("/structures?page_limit=9999", 403),
        ("/structures?page_limit=-1", 400),
        ("/structures?sort=nsites", 400),
        ("/structures?response_format=xml", 400),
        ("/structures?response_fields=nothing", 400),
        ("/structures?page_cursor=x", 400),
        ("/versions", 404),
        ("/nowhere", 404),
    ],
)
def test_an_error_has_the_form_of_the_standard(service, path, status):
    answer = service.get(BASE + path)

    document = answer.json()
    assert answer.status_code == status
    assert document["errors"][0]["status"] == str(status)
    assert document["meta"]["provider"]["prefix"] == "sekkei"


def test_it_asks_for_a_token_unless_it_was_opened(service, serve):
    opened = serve(is_optimade_open=True)

    assert service.get(f"{BASE}/info", None).status_code == 401
    assert opened.get(f"{BASE}/info", None).status_code == 200
    assert opened.get("/v1/lake", None).status_code == 401


def test_links_stay_at_the_address_that_the_world_knows(serve):
    service = serve(optimade_url="https://sekkei.example.org/")

    page = service.get(f"{BASE}/structures?page_limit=1").json()

    assert page["links"]["next"].startswith("https://sekkei.example.org/optimade/v1/structures?")


@pytest.mark.slow
def test_the_validator_of_optimade_is_content(serve):
    service = serve(is_optimade_open=True)
    program = "from optimade.validator import validate; validate()"

    done = subprocess.run(
        [sys.executable, "-c", program, f"{service.url}{BASE}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )

    assert done.returncode == 0, done.stdout
    assert "Passed 42 out of 42 tests" in done.stdout
    assert "passed 6 out of 6 optional tests" in done.stdout


def test_parameters_of_others_are_left_unread_with_a_warning_and_unknown_ones_are_refused(service):
    foreign = service.get("/optimade/v1/structures", params={"_exmpl_fast": 1, "page_limit": 1})
    ours = service.get("/optimade/v1/structures", params={"_sekkei_fast": 1})
    mistyped = service.get("/optimade/v1/structures", params={"page_limits": 1})

    (warning,) = foreign.json()["meta"]["warnings"]
    assert "_exmpl_fast is of another provider" in warning["detail"]
    assert (foreign.status_code, ours.status_code, mistyped.status_code) == (200, 400, 400)
    assert "did you mean page_limit?" in mistyped.json()["errors"][0]["detail"]
