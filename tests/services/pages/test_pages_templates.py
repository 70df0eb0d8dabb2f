"""What every template must keep to, whatever a browser happens to show of it."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

import sekkei_service.pages
from sekkei_service.progress import StageProgress

TEMPLATES = Path(sekkei_service.pages.__file__).with_name("templates")


def test_whatever_may_scroll_can_be_reached_by_keyboard_and_has_a_name():
    # A table scrolls where it is wider than the page, which depends on what is in it.
    opened = {
        template.name: re.findall(r'<div class="scroll\b[^>]*>', template.read_text("utf-8"))
        for template in TEMPLATES.glob("*.html")
    }

    bare = {
        name: tag
        for name, tags in opened.items()
        for tag in tags
        if 'tabindex="0"' not in tag or 'role="region"' not in tag or 'aria-label="' not in tag
    }
    assert sum(map(len, opened.values())) > 10
    assert bare == {}


@pytest.mark.parametrize(
    ("done", "refused", "is_lost"), [(3, 0, False), (2, 1, False), (0, 3, True)]
)
def test_a_stage_of_nothing_but_refusals_does_not_look_like_success(done, refused, is_lost):
    stage = StageProgress(
        stage="label", expected=3, done=done, refused=refused, retried=0, kinds={}
    )

    templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    templates.filters["words"] = str

    shown = templates.get_template("macros.html").module.stages([stage])

    assert ('class="refused"' in shown) is is_lost
    assert "3 of 3" in shown
