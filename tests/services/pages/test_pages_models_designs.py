"""Models and designs in a browser: parity, predictions, candidates asked for and told of."""

import pytest
from tests.services.conftest import Shelf

from sekkei.design import DesignState
from sekkei.design.measured import proposal_id_of
from sekkei.lake import Lake
from sekkei.structure.extxyz import write_junctions

CARD = (
    "# Model card: direct\n\n| part | model | MAE / G0 |\n|---|---|---|\n| test | direct | 0.1 |\n"
)
NOTHING = "<script>alert(1)</script>"


@pytest.fixture
def shelf(serve):
    return serve(Shelf(CARD + NOTHING))


def test_a_model_is_shown_with_its_parity_and_its_card(shelf, visit):
    visitor = visit(shelf, "reader")

    page = visitor.open("/models/alkali:1")
    page.wait_for_selector("#parity canvas")

    assert "2 of 3 labels lie within" in page.inner_text("#parity-words")
    assert page.get_by_role("heading", name="Model card: direct").is_visible()
    assert NOTHING in page.inner_text(".prose")  # as text
    assert page.locator(".prose .scroll[tabindex='0'] > table").count() == 1
    assert visitor.complaints == []
    assert visitor.grave_faults() == []


def test_parity_is_told_to_programs_too(shelf):
    answer = shelf.get("/v1/models/alkali:1/parity")

    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["splits"]

    assert (found["split"], found["truth_g0"]) == ("test", [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("registry", "page"),
    [
        ("http://ada:secret@mlflow.lab:5000/", "http://mlflow.lab:5000/#/runs/run"),
        ("https://lab/mlflow", "https://lab/mlflow/#/runs/run"),
        ("sqlite:///lake/mlflow.db", None),
        (None, None),
    ],
    ids=["server", "below-a-path", "file", "none"],
)
def test_a_training_is_a_link_where_people_can_look_at_it(serve, visit, registry, page):
    visitor = visit(serve(Shelf(CARD), registry=registry), "reader")

    run = visitor.open("/models/alkali:1").locator("dd", has_text="run").last

    assert run.inner_text() == "run"
    assert [one.get_attribute("href") for one in run.locator("a").all()] == ([page] if page else [])
    assert visitor.complaints == []


def test_models_are_listed_beside_their_best_baselines(shelf, visit):
    visitor = visit(shelf, "reader")

    page = visitor.open("/models")

    assert "sharvin" in page.inner_text("tbody")
    assert visitor.complaints == []
    assert visitor.grave_faults() == []


@pytest.mark.slow
def test_a_file_is_read_into_the_form_and_predicted(shelf, visit, filled_lake, tmp_path):
    lake = Lake.open(filled_lake)
    keys = lake.query("label", (), ["snapshot"])["snapshot"].tolist()[:2]
    write_junctions(tmp_path / "two.extxyz", lake.junctions(keys))
    page = visit(shelf, "reader").open("/models/alkali:1")

    page.get_by_label("A file").set_input_files(tmp_path / "two.extxyz")
    page.wait_for_function("document.getElementById('structures').value.includes('electrode')")
    page.get_by_role("button", name="Predict").click()
    page.wait_for_selector("#answer table", timeout=120_000)

    assert page.locator("#answer tbody tr").count() == 2


def test_a_structure_that_is_none_is_refused_in_words(shelf, visit):
    page = visit(shelf, "reader").open("/models/alkali:1")

    page.get_by_label("or its text").fill("no structure")
    page.get_by_role("button", name="Predict").click()
    page.wait_for_selector("#answer .note")

    assert "must be a number of atoms" in page.inner_text("#answer")


def test_an_upload_that_is_too_large_is_refused_in_words_where_its_result_would_be(
    serve, visit, tmp_path
):
    page = visit(serve(Shelf(CARD), limits={"body_bytes": 2000}), "reader").open("/models/alkali:1")
    (tmp_path / "large.extxyz").write_text("1\n" * 900)  # a form makes it larger

    page.get_by_label("A file").set_input_files(tmp_path / "large.extxyz")
    page.wait_for_function("document.getElementById('structures').value.length > 1000")
    page.get_by_role("button", name="Predict").click()
    page.wait_for_selector("#answer .note")

    assert "must have at most 2000 bytes" in page.inner_text("#answer")
    # And there is a place for the next answer.
    page.get_by_label("or its text").fill("no structure")
    page.get_by_role("button", name="Predict").click()
    page.get_by_text("must be a number of atoms").wait_for()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe\x00", "odd.extxyz must be extxyz, but it is no text"),
        (b"\n", "it is empty"),
        (b"1" * 2001, "odd.extxyz must have at most 2000 bytes, but has 2001"),
    ],
    ids=["no-text", "empty", "too-large"],
)
def test_a_file_that_cannot_be_read_is_said_and_takes_the_former_result_away(
    serve, visit, tmp_path, content, told
):
    page = visit(serve(Shelf(CARD), limits={"body_bytes": 2000}), "reader").open("/models/alkali:1")
    page.get_by_label("or its text").fill("no structure")
    page.get_by_role("button", name="Predict").click()
    page.get_by_text("must be a number of atoms").wait_for()
    (tmp_path / "odd.extxyz").write_bytes(content)

    page.get_by_label("A file").set_input_files(tmp_path / "odd.extxyz")
    page.get_by_text(told).wait_for()

    assert page.locator("#answer > *").count() == 1
    assert page.get_by_label("or its text").input_value() == ""


def test_a_service_that_does_not_answer_is_said(shelf, visit):
    page = visit(shelf, "reader").open("/models/alkali:1")
    page.route("**/models/alkali:1", lambda route: route.abort())

    page.get_by_role("button", name="Predict").click()

    page.get_by_text("The service did not answer").wait_for()


def begin(service, n=1, more=b""):
    yaml = {"content-type": "application/yaml"}
    sent = b"{target_g0: 2.0, elements: [Na, K], proposer: sobol%s}" % more
    service.post("/v1/designs", params={"name": "two"}, data=sent, headers=yaml)
    return service.post("/v1/designs/two/ask", params={"n": n}).json()


def test_a_design_is_begun_asked_and_told(serve, visit):
    service = serve()
    visitor = visit(service)
    page = visitor.open("/designs")
    assert visitor.grave_faults() == []
    page.get_by_label("Name").fill("two")
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/designs/two")

    page.get_by_label("How many").fill("2")
    page.get_by_role("button", name="Ask for candidates").click()
    page.wait_for_selector("form.tell")
    assert page.locator("form.tell").count() == 2
    assert visitor.grave_faults() == []
    page.get_by_label("Conductance in G0 of proposal 1").fill("2.05")
    page.get_by_label("Its standard deviation").first.fill("0.1")
    page.get_by_role("button", name="Tell").first.click()
    page.wait_for_selector("#progress canvas")
    page.get_by_label("Or why it gave no number").fill("it broke")
    page.get_by_role("button", name="Tell").click()
    page.get_by_text("it broke").wait_for()

    state = service.get("/v1/designs/two").json()["state"]
    assert [seen["conductance_g0"] for seen in state["observations"]] == [2.05]
    assert [one["message"] for one in state["failures"]] == ["it broke"]
    assert page.get_by_text("hit", exact=True).is_visible()
    assert visitor.complaints == []
    assert visitor.grave_faults() == []


def test_a_proposal_is_shown_by_an_id_that_a_file_of_measurements_may_use(serve, visit):
    service = serve()
    begin(service, 2)
    state = DesignState.model_validate(service.get("/v1/designs/two").json()["state"])

    page = visit(service).open("/designs/two")
    found = [
        (one.inner_text(), one.get_attribute("title")) for one in page.locator("td code").all()
    ]

    assert [whole for _, whole in found] == [one.id for one in state.pending]
    assert [proposal_id_of(short, state) for short, _ in found] == [whole for _, whole in found]


def test_what_was_seen_is_told_on_a_narrow_screen_without_scrolling_sideways(serve, visit):
    service = serve()
    begin(service, 2)
    visitor = visit(service, viewport={"width": 390, "height": 844})
    page = visitor.open("/designs/two")

    for field in page.locator("form.tell").first.locator("input:visible, select, button").all():
        box = field.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert page.locator("[aria-label=Proposals]").evaluate("e => e.scrollWidth <= e.clientWidth")
    assert visitor.grave_faults() == []


def test_a_conductance_is_told_with_its_deviation_or_with_a_reason_for_none(serve, visit):
    service = serve()
    begin(service)
    page = visit(service).open("/designs/two")
    sigma = page.get_by_label("Its standard deviation")

    page.get_by_label("Conductance in G0 of proposal 1").fill("2.0")
    page.get_by_role("button", name="Tell").click()
    assert sigma.evaluate("e => e.validity.valueMissing")
    page.get_by_label("Conductance in G0 of proposal 1").fill("")
    page.get_by_label("Or why it gave no number").fill("it broke")
    assert sigma.evaluate("e => e.validity.valid")
    page.get_by_role("button", name="Tell").click()
    page.get_by_text("it broke").wait_for()


def test_a_spectrum_is_told_beside_its_conductance(serve, visit):
    service = serve()
    alloy = b", placement: neck, fractions: {Na: {least: 0.2, most: 0.8}}"
    begin(service, more=alloy + b", spectrum: {quantity: fano, at_most: 0.1}")
    visitor = visit(service)
    page = visitor.open("/designs/two")

    page.get_by_label("Conductance in G0 of proposal 1").fill("2.05")
    page.get_by_label("Its standard deviation").fill("0.02")
    page.get_by_label("Fano of proposal 1").fill("0.08")
    page.get_by_role("button", name="Tell").click()
    page.wait_for_selector("#progress canvas")

    (seen,) = service.get("/v1/designs/two").json()["state"]["observations"]
    assert (seen["conductance_g0"], seen["spectrum"]) == (2.05, 0.08)
    assert "Fano factor at most 0.1" in page.inner_text("#main")
    assert "in the neck" in page.inner_text("#main")
    assert "distances from what is asked for" in page.inner_text("#main")
    assert page.get_by_text("hit", exact=True).is_visible()
    assert visitor.grave_faults() == []


def test_a_reader_neither_asks_nor_tells(serve, visit):
    service = serve()
    begin(service)
    visitor = visit(service, "reader")

    page = visitor.open("/designs/two")

    assert page.get_by_role("button", name="Ask for candidates").is_disabled()
    assert page.get_by_role("button", name="Tell").is_disabled()
    assert "need the role operator; yours is reader" in page.inner_text("#main")
    assert visitor.grave_faults() == []
    assert visitor.open("/designs").get_by_role("button", name="Begin").is_disabled()


def test_what_cannot_be_told_is_said(serve, visit):
    service = serve()
    begin(service)
    page = visit(service).open("/designs/two")

    page.get_by_label("Conductance in G0 of proposal 1").fill("much")
    page.get_by_label("Its standard deviation").fill("0.1")
    page.get_by_role("button", name="Tell").click()
    page.wait_for_selector("#notice p")

    assert "conductance_g0" in page.inner_text("#notice")
    assert page.locator("form.tell").count() == 1


@pytest.mark.parametrize("name", ["../tokens", "a/b", "", ".hidden", "x" * 65])
def test_a_design_has_a_name_that_is_no_path(serve, name):
    service = serve()
    form = {"name": name, "specification": "target_g0: 2.0"}
    headers = {"origin": service.url, "authorization": f"Bearer {service.tokens['operator']}"}

    answer = service.post("/designs", None, data=form, headers=headers, allow_redirects=False)

    assert answer.status_code == 422
    assert not list(service.settings.state.rglob("*tokens*.json.json"))


def test_a_design_of_nested_values_has_a_page(serve):
    service = serve()
    asked = (
        b"{target_g0: 2.0, elements: [Na, K], proposer: sobol, elongation_angstrom: [1.0, 3.0], "
        b"fractions: {Na: {least: 0.1}}, plateau: {share: 0.5, frames: 4}}"
    )
    yaml = {"content-type": "application/yaml"}
    service.post("/v1/designs", params={"name": "held"}, data=asked, headers=yaml)

    page = service.get("/designs/held")

    assert page.status_code == 200
    assert "share 0.5, frames 4" in page.text
