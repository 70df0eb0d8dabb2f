"""``sekkei channels`` in a process of its own code, as a user calls it."""

import csv
import json

import numpy as np
import pytest

from sekkei.structure.electrode import build_electrode
from sekkei.structure.extxyz import write_junctions
from sekkei.structure.junction import Junction


@pytest.fixture
def file(tmp_path):
    one = build_electrode("staggered-3", "K")
    many, n = one.repeated(6), one.numbers.size
    regions = np.zeros(many.numbers.size, dtype=int)
    regions[:n], regions[-n:] = -1, 1
    junction = Junction.from_sequences(many.numbers, many.positions, regions, one.period)
    write_junctions(tmp_path / "mine.extxyz", [junction])
    return tmp_path / "mine.extxyz"


def test_channels_of_a_perfect_wire_are_open(sekkei, file):
    ended = sekkei("channels", file, "--labeler", "tight-binding", "--json")

    assert ended.code == 0
    found = json.loads(ended.out)
    n_open = sum(value > 0.99 for value in found["transmissions"])
    assert n_open >= 1
    assert found["states_from_left_per_ev"] == pytest.approx(found["states_from_right_per_ev"])
    assert "a model, not first principles" in found["engine"]


def test_a_figure_and_a_table_are_written(sekkei, file, tmp_path):
    for name in ("channels.png", "channels.csv"):
        ended = sekkei("channels", file, "--labeler", "tight-binding", "--out", tmp_path / name)
        assert ended.code == 0
        assert "wrote" in ended.err

    assert (tmp_path / "channels.png").read_bytes().startswith(b"\x89PNG")
    with (tmp_path / "channels.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["element"] for row in rows} == {"K"}
    assert all(float(row["from_left_per_ev"]) >= 0.0 for row in rows)
    assert "channel_3_per_ev" in rows[0]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--frame", "3"), "--frame must be below 1"),
        (("--out", "channels.gif"), "found 'channels.gif'"),
        (("--energy", "2"), "within -0.5 to 0.5 eV of E_F"),
        (("--count", "99"), "1 to "),
    ],
)
def test_a_wrong_wish_is_one_line(sekkei, file, arguments, part):
    ended = sekkei("channels", file, "--labeler", "tight-binding", *arguments)

    assert ended.code == 2
    assert part in ended.errors[-1]
