"""The lake in a browser: filters and their errors, plots with a brush, junctions by frame."""

from urllib.parse import parse_qs, urlsplit

import pytest

from sekkei.lake import Lake


@pytest.fixture(scope="module")
def label(filled_lake):
    return str(Lake.open(filled_lake).query("label", (), ["key"])["key"].iloc[0])


def test_a_filter_that_is_wrong_is_explained_where_it_is_wrong(service, visit):
    visitor = visit(service, "reader")
    page = visitor.open("/lake")

    page.get_by_role("combobox", name="Filter").fill("conductance_g0 > AND")
    page.wait_for_selector("#fault .note")

    assert "must have a number, a property or a text" in page.locator("#fault").inner_text()
    assert page.locator("#fault mark").inner_text() == "A"
    assert page.locator("#filter").get_attribute("aria-invalid") == "true"
    assert visitor.grave_faults() == []
    assert "filter=conductance_g0+%3E+AND" in page.url or "filter=conductance_g0%20" in page.url
    page.get_by_role("combobox", name="Filter").fill("conductance_g0 > 0")
    page.wait_for_selector("#answer table")
    assert page.locator("#fault .note").count() == 0


def test_a_name_that_does_not_exist_is_answered_by_the_nearest(service, visit):
    page = visit(service).open("/lake?filter=conductanse_g0+%3E+1")

    assert "did you mean conductance_g0" in page.locator("#fault").inner_text()


def test_properties_are_offered_as_one_types_and_taken_by_keyboard(service, visit):
    page = visit(service).open("/lake")
    box = page.get_by_role("combobox", name="Filter")

    box.press_sequentially("disp")
    page.locator("#offered li", has_text="displacement_angstrom").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    assert box.input_value() == "displacement_angstrom "
    box.press_sequentially('IS KNOWN AND stage = "pul')
    assert page.locator("#offered").is_hidden()  # inside quotes is no name


def test_pages_of_rows_follow_each_other(service, visit):
    page = visit(service).open("/lake?table=snapshot&limit=20")
    first = page.locator("tbody a").first.inner_text()

    page.get_by_role("link", name="Next page").click()
    page.wait_for_url("**cursor=**")
    page.get_by_role("link", name="First page").wait_for()

    assert page.locator("#answer tbody a").first.inner_text() != first


def test_rows_of_labels_fit_on_a_page_and_long_words_are_told_whole(service, visit):
    page = visit(service, viewport={"width": 1280, "height": 844}).open("/lake")

    engine = page.locator("td.clip").first

    assert page.get_by_role("region", name="Rows").evaluate("e => e.scrollWidth <= e.clientWidth")
    assert engine.get_attribute("title") == engine.inner_text()
    assert "not first principles" in engine.inner_text()


def test_a_rectangle_selects_points_and_leads_to_them(service, visit):
    page = visit(service).open("/lake?filter=conductance_g0+%3E%3D+0")
    plot = page.locator("#scatter .u-over")
    plot.wait_for()
    box = plot.bounding_box()

    page.mouse.move(box["x"] + 1, box["y"] + 1)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + box["height"] - 1, steps=4)
    page.mouse.up()
    page.get_by_role("link", name="show only these").click()
    page.wait_for_url("**filter=**displacement_angstrom**")

    (asked,) = parse_qs(urlsplit(page.url).query)["filter"]
    assert asked.startswith("(conductance_g0 >= 0) AND displacement_angstrom >= ")
    assert page.locator("#fault .note").count() == 0


def test_other_axes_are_drawn_and_kept_in_the_address(service, visit):
    page = visit(service).open("/lake")

    page.get_by_label("Across").select_option("nsites")
    page.wait_for_function("document.querySelector('#scatter-words').textContent.includes('rows')")

    assert "x=nsites" in page.url


def test_a_junction_is_shown_with_its_trace_frame_by_frame(service, visit, label):
    visitor = visit(service, "reader")
    page = visitor.open(f"/lake/{label}")
    page.wait_for_selector("#junction[data-ready=yes]")
    words = page.locator("#frame-words")
    first = words.inner_text()

    page.locator("#frame").focus()
    page.keyboard.press("Home")
    at_start = words.inner_text()
    box = page.locator("#trace .u-over").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 2, box["y"] + 5)

    assert page.locator("#viewer canvas").count() == 1
    assert page.locator("#spectrum canvas, #spectrum .hint").count() == 1
    assert at_start.startswith("frame 1 of ")
    assert at_start.endswith("(1 of the experiment)")
    assert words.inner_text() not in {first, at_start}
    assert visitor.complaints == []
    assert visitor.grave_faults() == []


def test_a_label_shows_its_transmission_and_channels(service, visit, label):
    page = visit(service).open(f"/lake/{label}")
    page.wait_for_selector("#spectrum canvas")

    assert "eigenchannels at E_F" in page.locator("#channels").inner_text()
    assert page.get_by_role("heading", name="Where it is from").is_visible()


def test_what_a_junction_offers_to_download_is_there(service, visit, label):
    page = visit(service).open(f"/lake/{label}")

    links = page.locator("a[href*='/download/']").evaluate_all("all => all.map(a => a.href)")

    assert len(links) == 4
    for link in links:
        answer = service.get(link.removeprefix(service.url))
        assert (answer.status_code, len(answer.content) > 100) == (200, True), link


def test_a_key_that_is_none_is_a_page_that_says_so(service, visit):
    page = visit(service).open(f"/lake/{'0' * 32}")

    assert "a key must be that of a row of the lake" in page.get_by_role("alert").inner_text()
