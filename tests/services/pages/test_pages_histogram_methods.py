"""A lake with labels of two methods: the histogram offers them, and nobody types a recipe."""

import html
import re
from dataclasses import replace

import pytest

from sekkei.lake import Batch, LabelRow, Lake, label_key


@pytest.fixture
def recipes(serve, tmp_path):
    """Two methods of the same structures; the second one saw all but one of them."""
    lake = Lake.open(tmp_path / "served")
    first = lake.rows(LabelRow, sorted(lake.keys("label")))
    second = [
        LabelRow(
            label_key(row.snapshot, "ab" * 16),
            row.snapshot,
            replace(row.label, recipe="ab" * 16, engine="another engine"),
            row.provenance,
        )
        for row in first[1:]
    ]
    with lake.committer() as committer:
        committer.commit(Batch(labels=tuple(second)), "the other method")
    return first[0].label.recipe, "ab" * 16


def test_methods_are_offered_where_there_are_two(serve, recipes):
    page = html.unescape(serve().get("/histogram?quantity=window_conductance_g0").text)

    offered = re.findall(r'<option value="([0-9a-f]{32})"', page)
    links = re.findall(r'<a href="/histogram\?quantity=window_conductance_g0&recipe=(\w+)"', page)
    assert offered == links == list(recipes)
    assert "another engine, recipe ababababab" in page
    assert 'name="recipe" value' not in page


def test_a_method_that_was_chosen_is_drawn_and_stays_chosen(serve, recipes):
    page = serve().get(f"/histogram?recipe={recipes[1]}").text

    assert f'<option value="{recipes[1]}" selected>' in page
    assert "labels that are counted together" not in page
    assert "Choose one method" not in page


def test_one_method_needs_no_choice(serve):
    page = serve().get("/histogram").text

    assert 'name="recipe"' not in page
