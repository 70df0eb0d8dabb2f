"""The schema changes only together with its version."""

from pathlib import Path

from sekkei.lake.query.filterable import filterables_markdown
from sekkei.lake.reference import schema_markdown
from sekkei.lake.schema import ELEMENTS, SCHEMA, SCHEMA_VERSION, schema_hash
from sekkei.structure.element import known_elements

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "lake.md"


def test_the_schema_is_the_one_that_its_version_stands_for():
    # If this fails: raise SCHEMA_VERSION, write a migration, and put the new hash here.
    assert (SCHEMA_VERSION, schema_hash()) == (4, "2967ff3d0a8d29b8e85afb005b1214b8")


def test_every_element_has_a_place_in_the_composition():
    assert known_elements() == ELEMENTS


def test_shards_hold_whole_chunks():
    for found in SCHEMA.values():
        for column in found:
            for shard, chunk in zip(column.shard or (), column.chunk, strict=False):
                assert shard % chunk == 0


def test_the_reference_page_holds_the_schema():
    assert schema_markdown() in REFERENCE.read_text("utf-8")


def test_the_reference_page_holds_what_filters_may_name():
    assert filterables_markdown() in REFERENCE.read_text("utf-8")
