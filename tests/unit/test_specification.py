"""Errors of a specification name the line, what was found, and the nearest allowed key."""

import pickle
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field, ValidationError, field_validator

from sekkei.errors import InvalidInputError
from sekkei.specification import Specification, parse_specification, read_specification


class Neck(Specification):
    width: Annotated[int, Field(ge=1)] = 1
    length: int = 2

    @field_validator("length")
    @classmethod
    def _even(cls, length: int) -> int:
        if length % 2:
            raise ValueError(f"The length must be even, but is {length}; add one")
        return length


class Wish(Specification):
    name: str
    neck: Neck = Field(default_factory=Neck)
    spare: Neck | None = None
    necks: list[Neck] = Field(default_factory=list)
    by_name: dict[str, Neck] = Field(default_factory=dict)


def _written(folder: Path, text: str) -> Path:
    path = folder / "wish.yaml"
    path.write_text(text, "utf-8")
    return path


def _refusal(folder: Path, text: str) -> InvalidInputError:
    with pytest.raises(InvalidInputError, match=r"wish\.yaml") as caught:
        read_specification(_written(folder, text), Wish)
    return caught.value


def test_a_file_that_fits_is_read(tmp_path) -> None:
    text = "name: a\nneck: {width: 3}\nnecks:\n  - width: 1\n  - length: 4\n"

    wish = read_specification(_written(tmp_path, text), Wish)

    assert wish == Wish(name="a", neck=Neck(width=3), necks=[Neck(), Neck(length=4)])


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("name: a\nnekc: {}\n", 2, "unknown key 'nekc'; did you mean 'neck'?"),
        ("name: a\nneck:\n  widht: 3\n", 3, "unknown key 'neck.widht'; did you mean 'width'?"),
        ("name: a\nspare:\n\n  lenght: 3\n", 4, "'spare.lenght'; did you mean 'length'?"),
        (
            "name: a\nnecks:\n  - width: 1\n  - widt: 2\n",
            4,
            "'necks.1.widt'; did you mean 'width'?",
        ),
        ("name: a\nnecks:\n- {}\n- width: 0\n", 4, "greater than or equal to 1 (found 0)"),
        ("name: a\nzzz: 1\n", 2, "known keys are by_name, name, neck, necks, spare"),
        ("neck: {width: two}\nname: a\n", 1, "neck.width: input should be a valid integer"),
        ("# nothing else\nneck: {}\n", 1, "name: field required"),
        ("name: a\nneck:\n  length: 3\n", 3, "neck.length: the length must be even, but is 3"),
    ],
    ids=["key", "nested", "optional", "list", "value-in-list", "far-off", "type", "absent", "rule"],
)
def test_a_fault_is_named_with_its_line(tmp_path, text, line, message) -> None:
    error = _refusal(tmp_path, text)

    assert f"wish.yaml, line {line}: " in error.message
    assert message in error.message
    assert "\n" not in error.message


def test_a_key_below_a_name_of_the_users_choice_is_named_with_its_line(tmp_path) -> None:
    error = _refusal(tmp_path, "name: a\nby_name:\n  left:\n    widht: 3\n")

    assert "line 4: unknown key 'by_name.left.widht'" in error.message


def test_facts_say_where_the_fault_is(tmp_path) -> None:
    error = _refusal(tmp_path, "name: a\nnecks:\n  - widt: 2\n")

    assert error.facts["location"] == ("necks", 0, "widt")
    assert pickle.loads(pickle.dumps(error)).facts == error.facts


def test_what_is_not_yaml_is_refused_in_one_line(tmp_path) -> None:
    error = _refusal(tmp_path, "name: [a\n")

    assert "must be YAML, but" in error.message
    assert "line 2" in error.message
    assert "\n" not in error.message


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n"], ids=["empty", "list", "text"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text) -> None:
    error = _refusal(tmp_path, text)

    assert "a specification must be names and values, but" in error.message


def test_a_missing_file_is_refused_by_name(tmp_path) -> None:
    with pytest.raises(InvalidInputError, match=r"must be a file, but .*nowhere\.yaml is not one"):
        read_specification(tmp_path / "nowhere.yaml", Wish)


def test_yaml_makes_no_python_objects(tmp_path) -> None:
    assert "must be a plain" in _refusal(tmp_path, "name: !!python/object:os.getcwd {}\n").message


def test_plain_data_has_no_line() -> None:
    with pytest.raises(InvalidInputError, match=r"^unknown key 'nekc'; did you mean 'neck'"):
        parse_specification({"name": "a", "nekc": {}}, Wish)


def test_a_specification_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Wish(name="a").name = "b"


def test_a_key_that_is_given_twice_is_named_with_both_lines(tmp_path) -> None:
    error = _refusal(tmp_path, "name: a\nneck:\n  width: 2\n  width: 3\n")

    assert "line 4: 'width' is given twice, first in line 3; keep one" in error.message


def _doubling(n: int) -> str:
    # Each anchor holds the one before it nine times: 370 bytes that would be 9^n texts.
    lines = [
        "name: &a0 [x]",
        *(f"n{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, n)),
    ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (_doubling(10), "line 7: must be at most 250,000 values with its anchors"),
        ("name: &a [*a]\n", "line 1: must have at most 32 levels"),
        ("name: " + "[" * 40 + "]" * 40, "line 1: must have at most 32 levels"),
        ("name: " + "[" * 100_000, "must be YAML, but: "),
        ("name: " + "9" * 5000, "line 1: an integer must have at most 100 digits, but has 5000"),
        ("name: 0x" + "f" * 5000, "line 1: an integer must have at most 100 digits, but has 5002"),
        ("name: 2024-99-99", "line 1: '2024-99-99' is no date: month must be in 1..12"),
        ("name: !!int ''", "line 1: '' is no !!int; leave the tag out"),
        ("name: !!set {a}", "line 1: must be a plain list or mapping, but has the tag !!set"),
        ("? [a]\n: b\n", "line 1: a key must be a text, but found a list or a mapping"),
        ("#" * 500_001, "must have at most 500,000 bytes to be read as YAML, but has 500,001"),
    ],
    ids=[
        "anchors", "circle", "levels", "open", "digits", "hexadecimal", "date", "tag", "set", "key",
        "size",
    ],
)  # fmt: skip
def test_yaml_beyond_bounds_is_refused_before_it_takes_memory(tmp_path, text, part) -> None:
    assert part in _refusal(tmp_path, text).message


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("name: a\nneck: ü\n".encode("latin-1"), "line 2: .* byte 0xfc at column 7 is no"),
        ("name: a\n".encode("utf-16"), "must be YAML in UTF-8, but is UTF-16; save it anew"),
    ],
    ids=["latin-1", "utf-16"],
)  # fmt: skip
def test_a_specification_in_another_encoding_is_told_with_its_place(
    tmp_path, content, part
) -> None:
    file = tmp_path / "wish.yaml"
    file.write_bytes(content)

    with pytest.raises(InvalidInputError, match=part):
        read_specification(file, Wish)


def test_a_mark_of_the_byte_order_and_lines_of_windows_do_no_harm(tmp_path) -> None:
    file = tmp_path / "wish.yaml"
    file.write_bytes(b"\xef\xbb\xbfname: a\r\n")

    assert read_specification(file, Wish).name == "a"


def test_a_merged_mapping_may_be_overridden(tmp_path) -> None:
    file = tmp_path / "wish.yaml"
    file.write_text("neck: &neck {width: 2}\nname: a\nnecks:\n- {<<: *neck, width: 3}\n")

    assert read_specification(file, Wish).necks[0].width == 3
