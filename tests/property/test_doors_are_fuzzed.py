"""Whatever comes in by a door is taken, or refused in a readable message, within five seconds."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekkei.campaign.specification import CampaignSpec
from sekkei.cli.options import parse_options
from sekkei.design.specification import DesignSpec
from sekkei.errors import SekkeiError
from sekkei.lake.labelled import read_labelled
from sekkei.lake.query.evaluate import check_filter
from sekkei.lake.query.filterable import filterables
from sekkei.lake.query.parse import parse_filter
from sekkei.plain_yaml import load_yaml
from sekkei.specification import read_specification
from sekkei.structure import read_junctions
from sekkei.transport.plugins import make_labeler

WITHIN_MS = 5000
QUICK = settings(
    max_examples=60, deadline=WITHIN_MS, suppress_health_check=list(HealthCheck), derandomize=True
)
MANY = settings(QUICK, max_examples=2500, derandomize=False)

Door = Callable[[Any], object]

# Values that somebody has typed once, and pieces that parsers trip over.
ODD = st.sampled_from(
    [
        "", " ", "\t", "\n", "~", "null", "yes", "-", "- -", "=", "<<", ".inf", "-.inf", ".nan",
        "1e400", "0x" + "f" * 99, "9" * 30, "9" * 300, "1_0", "1:30", "2024-01-01", "2024-99-99",
        "!!int x", "!!set {a}", "!!python/name:os.x", "&a", "*a", "&a [*a]", "{a: 1, a: 2}", "[",
        "{",
        "]]", "(" * 60, '"', "'", "\\", "%", "@", "`", "|", ">", "\x00", "\x1b[31m", "\u202e", "ü",
        "\ud800", "名", "6,07", "6.07 A", "K0.5Na0.5", "Qq", "K", "1", "-1", "0.5", "1e-300", "inf",
    ]
)  # fmt: skip
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**63, 10**99, -(2**64)])
PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | ODD | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)  # fmt: skip

SPECIFICATION = """\
name: a
experiments:
- count: 3
  template: {seed: 1, potential: meam, temperature_k: 4.2, contact: {electrode: staggered-3}}
  vary: {neck_width: [1, 2], composition: [{K: 1.0}]}
labels: {labeler: tight-binding, per_experiment: 2, options: {energy_range_ev: 0.5}}
workers: {memory_gb: 1.5}
"""
FRAME = """\
5
Properties=species:S:1:pos:R:3:region:I:1 electrode_period_angstrom=4.4 conductance_g0=0.9 \
n_channel=1 recipe=mine fermi_level_ev=0.1 pbc="F F F"
K 0 0 0 -1
K 0 0 4.4 0
K 0 0 8.8 0
K 0 0 13.2 0
K 0 0 17.6 1
"""
WORDS = st.sampled_from(
    [
        "AND", "OR", "NOT", "(", ")", "HAS", "HAS ANY", "HAS ONLY", "LENGTH", "IS KNOWN",
        "CONTAINS",
        "STARTS WITH", "elements", "nelements", "conductance_g0", "fraction_K", "id", "engine", "=",
        "!=", "<", ">=", "1", "0.5", "1e999", '"K"', '"', "\\", ",", ":", ".", "_sekkei_x", "TRUE",
    ]
)  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn, text: str) -> str:
    """A text that is nearly right: pieces taken out, doubled, or replaced by odd ones."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        piece = draw(ODD | st.text(max_size=6) | st.just(text[start:end] * 2))
        text = text[:start] + piece + text[end:]
    return text


@st.composite
def other_values(draw: st.DrawFn) -> str:
    """A specification of which one value, somewhere, is another one."""
    raw = yaml.safe_load(SPECIFICATION)
    place: Any = raw
    while isinstance(place, dict | list) and place:
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or draw(st.booleans()):
            place[key] = draw(PLAIN)
            break
        place = place[key]
    return yaml.dump(raw, allow_unicode=True)


@contextmanager
def _written(text: str, suffix: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"fuzzed{suffix}"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        yield file


def _told(door: Door, given_: Any) -> Any:
    """What a door makes of something; None if it refused it, in one line."""
    try:
        return door(given_)
    except SekkeiError as error:
        said = error.message
    assert said
    assert len(said) < 2000
    return None


def specification(text: str) -> None:
    """A specification that is taken says what its plain values say."""
    with _written(text, ".yaml") as file:
        found = _told(lambda path: read_specification(path, CampaignSpec), file)
        _told(lambda path: read_specification(path, DesignSpec), file)
    if found is not None:
        assert CampaignSpec.model_validate(found.model_dump()) == found
        assert found.name == load_yaml(text)[0]["name"]


def structures(text: str) -> None:
    """Of a file that is taken no atom is lost, and every one has a place."""
    with _written(text, ".extxyz") as file:
        found = _told(read_junctions, file)
    for junction in found or ():
        assert np.isfinite(junction.positions).all()
        assert junction.electrode_period > 0.0
        assert set(junction.regions.tolist()) <= {-1, 0, 1}
    if found:
        frames = [line for line in text.splitlines() if "Properties" in line]
        assert len(frames) <= len(found)


def import_of_labels(text: str) -> None:
    """A label that is taken is one."""
    with _written(text, ".extxyz") as file:
        found = _told(read_labelled, file)
    if found is not None:
        assert found.snapshots
        assert {row.snapshot for row in found.labels} <= {row.key for row in found.snapshots}


def filters(text: str) -> None:
    """A filter that is taken names what there is."""
    found = _told(parse_filter, text)
    if found is not None:
        _told(lambda part: check_filter(part, filterables("label")), found)


def options(text: str) -> None:
    """An option that is taken makes a labeler with a recipe."""
    found = _told(parse_options, [text])
    if found is not None:
        made = _told(lambda given_: make_labeler("tight-binding", **given_), found)
        assert made is None or np.isfinite(made.energies).all()


DOORS = {
    specification: other_values() | spoilt(SPECIFICATION) | st.text(max_size=60),
    structures: spoilt(FRAME) | spoilt(FRAME + FRAME) | st.text(max_size=60),
    import_of_labels: spoilt(FRAME) | spoilt(FRAME + "\n" + FRAME),
    filters: st.lists(WORDS, max_size=12).map(" ".join)
    | spoilt('(conductance_g0 > 0.9 AND NOT elements HAS "K") OR id = "ab"'),
    options: st.tuples(
        st.sampled_from(["energy_range_ev", "energy_step_ev", "window_ev", "decay", "cutoff", "x"]),
        ODD | PLAIN.map(str) | spoilt("0.25"),
    ).map("=".join),
}


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    # The first of each loads a grammar or torch, for seconds that are no input's.
    parse_filter("nelements > 1")
    make_labeler("tight-binding")


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_a_few_odd_inputs_are_taken_or_refused_in_one_line(door: Door) -> None:
    QUICK(given(DOORS[door])(door))()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_ten_thousand_odd_inputs_are_taken_or_refused_in_one_line(door: Door) -> None:
    MANY(given(DOORS[door])(door))()
