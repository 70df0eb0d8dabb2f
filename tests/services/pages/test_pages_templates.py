"""What every template must keep to, whatever a browser happens to show of it."""

import re
from pathlib import Path

import sekkei_service.pages

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
