"""What is left out of the texts that a service tells."""

from pathlib import Path

from sekkei_service.wire import without_place


def test_the_place_of_the_lake_is_left_out(tmp_path):
    place = tmp_path / "lake"

    assert without_place(f"{place} holds none", place) == "the lake holds none"
    assert without_place("data/lake holds none", Path("data/lake")) == "the lake holds none"


def test_a_lake_whose_name_is_a_word_of_the_text_leaves_the_text_as_it_is():
    told = "a name in a query must be that of a column of the lake, but found 'x'"

    assert without_place(told, Path("lake")) == told
    assert without_place(told, Path()) == told
