"""What `sekkei electrode` prints and draws."""

import json
from pathlib import Path

import pytest

from sekkei.structure.electrode import electrode_names


def rows(ended):
    return [json.loads(line) for line in ended.out.splitlines()]


def test_every_wire_is_listed_with_its_size(sekkei):
    told = sekkei("electrode", "list", "--element", "Na", "--json")

    found = {row["electrode"]: row for row in rows(told)}
    assert tuple(found) == electrode_names()
    assert found["bcc111-7+6+6"]["n_atom"] == 19
    assert found["bcc111-7+6+6"]["n_layer"] == 3
    # Half a diagonal of the cube of sodium.
    period = found["bcc111-7+6+6"]["period_angstrom"]
    assert period == pytest.approx(found["bcc100-5+4"]["period_angstrom"] * 0.75**0.5)


def test_a_scan_is_told_and_drawn(sekkei):
    asked = ("electrode", "scan", "bcc100-4+1", "bcc110-5+4", "--labeler", "tight-binding")

    told = sekkei(*asked, "--option", "edge_ev=0.02", "--json", "--out", "scan.svg")

    assert told.code == 0
    good, bad = rows(told)
    assert (good["n_channel"], good["is_usable"], good["verdict"]) == (3, True, "usable")
    # The edge that makes it refused is shown, not raised.
    assert bad["edge_distance_ev"] < 0.02
    assert bad["verdict"].startswith("refused: a band edge nearer than 0.02 eV; usable with")
    assert {"from_ev", "to_ev", "channels"} == set(bad["steps"][0])
    assert Path("scan.svg").read_text().startswith("<?xml")


def test_people_see_the_verdict_and_the_steps(sekkei):
    told = sekkei("electrode", "scan", "bcc100-4+1", "--labeler", "tight-binding")

    assert "usable" in told.out
    assert "channels" in told.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bcc100-3+3",), "an electrode must be one of staggered-3"),
        (("surface-bcc100-2x2",), "a scan takes a wire in vacuum, but found a surface"),
        (("bcc100-4+1", "--labeler", "chain"), "must compute electrodes, but chain does not"),
        (("bcc100-4+1", "--out", "x.gif"), "can be written as .png, .svg, .pdf, but found 'x.gif'"),
        (("bcc100-4+1", "--element", "Ag"), "the element must be one of Li, Na, K, Rb, Cs"),
    ],
    ids=["name", "surface", "labeler", "ending", "element"],
)
def test_a_scan_that_cannot_be_is_one_line(sekkei, arguments, message):
    given = arguments if "--labeler" in arguments else (*arguments, "--labeler", "tight-binding")

    ended = sekkei("electrode", "scan", *given)

    assert ended.code == 2
    (line,) = ended.errors
    assert message in line
