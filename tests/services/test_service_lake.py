"""What the lake answers over HTTP is what the library answers."""

import io
import json
from typing import get_args

import ase.io
import pyarrow.parquet as pq
import pytest

from sekkei.campaign.context import open_context
from sekkei.campaign.inference import run_inference
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.lake.schema import table_names
from sekkei.observe import TraceSelection, observe_histogram
from sekkei_service.lake_query import TableName


def test_the_lake_says_what_it_holds(service, filled_lake):
    told = service.get("/v1/lake").json()

    known = Lake.open(filled_lake).info()
    assert told["rows"] == known["rows"]
    assert told["state_id"] == known["state_id"]


def test_pages_follow_each_other_and_miss_nothing(service, filled_lake):
    asked = {"column": ["key", "conductance_g0"], "limit": 7, "filter": "conductance_g0 >= 0"}
    rows, cursor, n_page = [], None, 0
    while cursor is not None or n_page == 0:
        page = service.get("/v1/lake/rows", params=asked | {"cursor": cursor}).json()
        rows += page["rows"]
        cursor, n_page = page["next_cursor"], n_page + 1

    whole = Lake.open(filled_lake).query("label", ["conductance_g0 >= 0"], ["key"])
    assert [row["key"] for row in rows] == whole["key"].tolist()
    assert (n_page, page["total"]) == (4, 24)


def test_a_cursor_is_of_one_query(service):
    cursor = service.get("/v1/lake/rows", params={"limit": 3}).json()["next_cursor"]

    other = service.get("/v1/lake/rows", params={"cursor": cursor, "filter": "conductance_g0 > 1"})
    broken = service.get("/v1/lake/rows", params={"cursor": "nonsense"})

    assert (other.status_code, broken.status_code) == (422, 422)
    assert "begin anew" in other.json()["detail"]


def test_a_filter_that_is_none_is_told_in_the_words_of_the_command_line(service):
    answer = service.get("/v1/lake/rows", params={"filter": "conductance > 1"})

    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["kind"] == "InvalidInputError"
    assert "did you mean conductance_g0?" in problem["detail"]


def test_who_has_the_state_is_not_told_again(service):
    first = service.get("/v1/lake/rows")

    again = service.get("/v1/lake/rows", headers={"if-none-match": first.headers["etag"]})
    other = service.get("/v1/lake/rows", headers={"if-none-match": '"another"'})

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


def test_an_older_state_is_read_by_its_id(service, filled_lake):
    states = service.get("/v1/lake/history").json()["states"]

    older = service.get("/v1/lake", params={"at": states[-2]["state"]}).json()
    none = service.get("/v1/lake", params={"at": "none"})

    assert older["rows"]["label"] < 24
    assert none.status_code == 422


def test_a_row_is_shown_with_what_it_came_from(service):
    key = service.get("/v1/lake/rows", params={"limit": 1}).json()["rows"][0]["key"]

    row = service.get(f"/v1/lake/rows/{key}").json()["rows"][0]
    origin = service.get(f"/v1/lake/rows/{key}/provenance").json()["rows"]
    spectrum = service.get(f"/v1/lake/rows/{key}/spectrum").json()
    none = service.get(f"/v1/lake/rows/{'0' * 31}1")

    assert row["table"] == "label"
    assert [one["table"] for one in origin] == ["label", "snapshot", "experiment"]
    middle = len(spectrum["energy_ev"]) // 2
    assert spectrum["transmission"][middle] == pytest.approx(row["conductance_g0"])
    assert none.status_code == 404


def test_structures_come_as_extxyz(service):
    answer = service.get(
        "/v1/lake/download/structures.extxyz", params={"filter": "conductance_g0 > 0.1"}
    )

    frames = ase.io.read(io.StringIO(answer.text), index=":", format="extxyz")
    assert all(frame.info["conductance_g0"] > 0.1 for frame in frames)
    assert "structures.extxyz" in answer.headers["content-disposition"]


def test_rows_come_as_parquet_with_units(service):
    answer = service.get("/v1/lake/download/rows.parquet")

    table = pq.read_table(io.BytesIO(answer.content))
    assert table.num_rows == 24
    assert table.schema.field("conductance_g0").metadata[b"unit"] == b"G0"


def test_structures_come_as_a_data_set_for_chemiscope(service):
    answer = service.get("/v1/lake/download/structures.chemiscope.json")

    data = json.loads(answer.content)
    first = data["structures"][0]
    assert len(data["structures"]) == 24
    assert first["size"] == len(first["names"]) == len(first["z"])
    assert data["properties"]["conductance_g0"]["units"] == "G0"
    assert {len(one["values"]) for one in data["properties"].values()} == {24}


def test_a_download_of_nothing_or_too_much_is_refused(serve):
    small = serve(limits={"download_structures": 3})

    much = small.get("/v1/lake/download/structures.extxyz")
    nothing = small.get(
        "/v1/lake/download/structures.extxyz", params={"filter": "conductance_g0 > 99"}
    )

    assert (much.status_code, nothing.status_code) == (413, 422)
    assert "24 fit" in much.json()["detail"]


def test_the_histogram_is_that_of_the_library(service, filled_lake):
    told = service.get("/v1/lake/histogram").json()

    known = observe_histogram(Lake.open(filled_lake), TraceSelection())
    assert told["count"] == pytest.approx(known.histogram.counts.tolist())
    assert told["summary"] == known.summary
    assert (told["model"], told["source"]) == (None, "labels")
    assert len(told["comparison"]) == len(known.comparison)


def test_a_histogram_is_of_the_recipe_that_is_named(service, filled_lake):
    (recipe,) = set(Lake.open(filled_lake).table("label")["recipe"])

    named = service.get("/v1/lake/histogram", params={"recipe": recipe})
    other = service.get("/v1/lake/histogram", params={"recipe": "another"})
    page = service.get("/histogram", params={"recipe": "another"})

    assert named.json()["count"] == service.get("/v1/lake/histogram").json()["count"]
    assert other.status_code == 422
    assert "the lake holds none" in other.json()["detail"]
    assert "the lake holds none" in page.text


def test_a_histogram_is_of_the_model_that_is_named(serve, shelf, tmp_path):
    service = serve(shelf)
    lake, (row,) = Lake.open(tmp_path / "served"), shelf.list()
    with open_context(lake, SerialPool()) as context:
        run_inference(context, shelf.load(row.name, row.version))

    def asked(**parameters):
        return service.get("/v1/lake/histogram", params=parameters)

    names = (row.identity, row.name, f"{row.name}:{row.version}")
    found = [asked(model=name).json() for name in names]
    unknown = asked(recipe="zz")

    assert found[0]["model"] == row.identity
    assert found[1] == found[2] == found[0]
    assert asked(model="nobody").status_code == 404
    # Who names a method wants labels: predictions do not stand in.
    assert (unknown.status_code, "labels of recipe zz" in unknown.json()["detail"]) == (422, True)


def test_properties_have_units(service):
    told = service.get("/v1/lake/properties").json()["properties"]

    units = {one["name"]: one["unit"] for one in told}
    assert units["_sekkei_conductance_g0"] == "G0"


def test_every_table_of_the_lake_can_be_asked_for():
    assert get_args(TableName) == table_names()


def test_a_parameter_that_an_address_does_not_have_is_refused_by_name(service):
    mistyped = service.get("/v1/lake/rows", params={"limits": 5})
    none = service.get("/v1/campaigns", params={"state": "running"})

    told = mistyped.json()
    assert (mistyped.status_code, none.status_code) == (422, 422)
    assert "but found 'limits'; did you mean limit?" in told["detail"]
    assert told["facts"]["parameter"] == "limits"
    assert told["facts"]["known"] == "at, column, cursor, filter, limit, table"
    assert "must be none, but found 'state'" in none.json()["detail"]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/?x=1", "a parameter of / must be none, but found &#39;x&#39;"),
        ("/lake?filtr=a", "but found &#39;filtr&#39;; did you mean filter?"),
        ("/histogram?bins=4", "one of at, electrode, element, model, quantity, recipe"),
        ("/designs?x=1", "must be none"),
        ("/designs/any?x=1", "must be none"),
        ("/models?x=1", "must be none"),
        ("/campaigns/any?x=1", "must be none"),
        ("/campaigns?x=1", "one of composition, cycles, electrode"),
        ("/sign-in?x=1", "must be next"),
    ],
)
def test_a_parameter_that_a_page_does_not_have_is_refused_in_a_page(service, address, told):
    page = service.get(address)

    assert page.status_code == 422
    assert told in page.text
    assert "<nav" in page.text


@pytest.mark.parametrize("token", [None, "nonsense"])
def test_who_may_not_ask_is_told_that_before_what_is_wrong_with_the_address(service, token):
    page = service.get("/lake?zz=1", token, allow_redirects=False)

    assert service.get("/v1/lake?zz=1", token).status_code == 401
    assert (page.status_code, page.headers["location"][:8]) == (303, "/sign-in")


def test_an_address_with_a_fault_counts_as_a_request(serve):
    service = serve(limits={"requests_per_minute": 3})

    answers = [service.get("/v1/lake?zz=1").status_code for _ in range(5)]

    assert answers == [422, 422, 422, 429, 429]


def test_a_page_says_what_is_wrong_with_its_address_to_who_has_not_signed_in(service):
    page = service.get("/sign-in?x=1", None)

    assert page.status_code == 422
    assert "must be next" in page.text
    assert "<nav" not in page.text


@pytest.mark.parametrize("address", ["/docs?x=1", "/openapi.json?x=1", "/v1/audit?x=1"])
def test_documents_and_the_audit_trail_have_no_parameters_but_their_own(service, address):
    assert service.get(address, "administrator").status_code == 422


@pytest.mark.parametrize("address", ["/healthz?x=1", "/readyz?x=1", "/metrics?x=1"])
def test_a_probe_may_add_parameters_of_its_own(service, address):
    assert service.get(address).status_code == 200
