"""The first page, and what holds for every page."""

import pytest

PAGES = (
    "/",
    "/histogram",
    "/lake",
    "/lake?table=experiment",
    "/lake?table=refusal&filter=nothing",
    "/campaigns",
    "/models",
    "/designs",
    "/sign-in",
    "/docs",
)
# Each once in both.
LOOKS = (("light", 1280), ("dark", 390))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_without_complaint_and_for_everybody(service, visit, path):
    for scheme, width in LOOKS:
        visitor = visit(service, color_scheme=scheme, viewport={"width": width, "height": 844})

        page = visitor.open(path)

        assert visitor.complaints == []
        assert visitor.grave_faults() == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("h1").count() == 1


def test_the_overview_says_what_the_lake_holds_and_draws_it(service, visit):
    page = visit(service, "reader").open("/")

    assert page.get_by_role("link", name="4 experiments").is_visible()
    page.wait_for_selector("#found canvas, .later canvas")


def test_the_keyboard_skips_what_every_page_begins_with(service, visit):
    page = visit(service).open("/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("path", ["/", "/lake", "/histogram"])
def test_before_there_is_a_lake_a_page_says_what_makes_one(serve, visit, tmp_path, path):
    visitor = visit(serve(lake=tmp_path / "none"), "reader")

    page = visitor.open(path)

    assert page.get_by_text("There is no lake yet.").is_visible()
    page.locator("main").get_by_role("link", name="campaign", exact=True).click()
    page.wait_for_url("**/campaigns")
    assert visitor.complaints == []
    assert visitor.grave_faults() == []
