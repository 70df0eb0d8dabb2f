"""`sekkei histogram` with several sources, every analysis, and traces of one's own."""

import json
import typing
from pathlib import Path

import numpy as np
import pytest

from sekkei.cli import histogram as verb
from sekkei.lake import Batch, Lake, PredictionRow, prediction_key
from sekkei.observe.measured import ConductanceUnit, DisplacementUnit

UNITS = ("--conductance-unit", "G0", "--displacement-unit", "nm")


def record(ended) -> dict:
    assert ended.code == 0, ended.err
    (line,) = ended.out.splitlines()
    return json.loads(line)


@pytest.fixture
def stream() -> Path:
    """Thirty pulls and pushes with plateaus at 1, 3, 5 and 6 G0."""
    rng = np.random.default_rng(0)
    rows, position = [], 0.0
    for i in range(60):
        n = [4, *rng.integers(10, 40, 4), 20]
        values = np.repeat([9.0, 5.8, 4.9, 2.95, 1.0, 0.001], n)
        values = (values + rng.normal(0.0, 0.05, values.size))[:: 1 if i % 2 == 0 else -1]
        for value in values:
            position += 0.01 if i % 2 == 0 else -0.01
            rows.append(f"{position:.3f}\t{value:.5f}")
    file = Path("run.txt")
    file.write_text("# piezo\tconductance\n" + "\n".join(rows), "utf-8")
    return file


@pytest.fixture
def predicted(filled: Path, tmp_path: Path) -> Path:
    import shutil

    path = tmp_path / "lake"
    shutil.copytree(filled, path)
    lake = Lake.open(path)
    labels = lake.table("label").drop_duplicates("snapshot")
    values = dict(zip(labels["snapshot"], labels["conductance_g0"], strict=True))
    rows = tuple(
        PredictionRow(prediction_key(key, name), key, name, values.get(key, 1.0) + shift, 0.1)
        for name, shift in (("one", 0.0), ("two", 0.2))
        for key in sorted(lake.keys("snapshot"))
    )
    with lake.committer() as committer:
        committer.commit(Batch(predictions=rows), "predictions")
    return path


def test_traces_of_ones_own_need_no_lake(sekkei, stream: Path) -> None:
    told = sekkei("histogram", "--measured", stream, *UNITS, "--element", "K", "--json")

    row = record(told)
    assert [s["name"] for s in row["sources"]] == ["own traces"]
    positions = [peak["position"] for peak in row["sources"][0]["peaks"]]
    assert positions == pytest.approx([1.0, 2.95, 4.9, 5.8], abs=0.05)
    assert row["sources"][0]["n_trace"] == 30
    assert "30 pulls and 30 pushes" in told.err
    assert row["files"] == ["histogram.png", "histogram.svg"]
    # Three blocks of ten cycles decide nothing.
    assert {test["statement"] for test in row["equivalence"]} == {"undecided"}


def test_smaller_blocks_decide(sekkei, stream: Path) -> None:
    told = sekkei(
        "histogram", "--measured", stream, *UNITS, "--element", "K", "--per-block", 1, "--json"
    )

    row = record(told)
    assert {test["overall"] for test in row["equivalence"]} == {"equivalent"}
    assert [r["statement"] for r in row["absences"]] == ["minimum", "minimum"]


def test_files_and_sources_stand_side_by_side(sekkei, predicted: Path, stream: Path) -> None:
    again = Path("again.txt")
    again.write_bytes(stream.read_bytes())

    told = sekkei(
        "histogram", "--lake", predicted, "--model", "one", "--model", "two", "--labels",
        "--labelled-only", "--measured", stream, again, *UNITS, "--json",
    )  # fmt: skip

    row = record(told)
    names = ["labels", "model one", "model two", "own traces"]
    assert [s["name"] for s in row["sources"]] == names
    assert [s["quantity"] for s in row["sources"]] == ["conductance_g0", None, None, "measured"]
    assert row["sources"][3]["n_trace"] == 60
    distances = {(d["first"], d["second"]): d["wasserstein_g0"] for d in row["distances"]}
    assert distances["labels", "model one"] == pytest.approx(0.0, abs=1e-12)
    assert distances["model one", "model two"] == pytest.approx(0.2)
    assert "what model one learned is not known" in told.err


def test_one_model_alone_is_not_called_what_it_may_not_be(sekkei, predicted: Path) -> None:
    one = ("histogram", "--lake", predicted, "--model", "one", "--json")
    row, few = record(sekkei(*one)), record(sekkei(*one, "--labelled-only"))
    labels = record(sekkei("histogram", "--lake", predicted, "--json"))
    assert (row["model"], row["quantity"]) == ("one", None)
    assert "sources" not in row
    assert few["n_snapshot"] == labels["n_snapshot"] < row["n_snapshot"]
    assert few["peaks"] == labels["peaks"]


@pytest.mark.slow
def test_every_analysis_is_drawn_and_told(sekkei, predicted: Path) -> None:
    told = sekkei(
        "histogram", "--lake", predicted, "--model", "one", "--model", "two", "--full",
        "--out", "figures", "--json",
    )  # fmt: skip

    row = record(told)
    drawn = {file.stem for file in Path("figures").iterdir()}
    assert {"histogram", "logarithm", "peaks", "map-model-one", "plateaus-model-two"} <= drawn
    assert {"spread-model-one"} <= drawn
    assert set(row["analyses"]) == {"model one", "model two"}
    first = row["analyses"]["model one"]
    assert len(first["centers_g0"]) == len(first["density"]) == len(first["density_low"])
    assert [plateau["nominal"] for plateau in first["plateaus"]] == [1, 2, 3, 4, 5, 6]
    assert row["models"]["levels"] == ["model one", "model two"]
    shown = sekkei("histogram", "--lake", predicted, "--model", "one", "--full", "--out", "figures")
    assert "plateaus of model one" in shown.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "needs conductances, but found neither; try --lake FOLDER or --measured FILE"),
        (("run.txt",), "must stand behind --measured, but found run.txt"),
        (("--measured", "none.txt"), "must be a file, but none.txt is none"),
        (("--measured", "run.txt"), "--conductance-unit with one of G0, log10G0, S,"),
        (("--measured", "run.txt", "--conductance-unit", "G0"), "--displacement-unit with one of"),
        (("--measured", "run.txt", "--conductance-unit", "nA"), "try --bias-mv MILLIVOLT"),
        (
            ("--measured", "run.txt", *UNITS, "--element", "Fr"),
            "a measured histogram is known for Li, Na, K, Rb, Cs, but not for 'Fr'",
        ),
        (("--measured", "run.txt", *UNITS, "--open-g0", "9"), "found open 9 and closed 8 G0"),
        (("--measured", "run.txt", *UNITS, "--conductance-column", "x"), "run.txt has no 'x'"),
    ],
    ids=["nothing", "bare", "file", "unit", "length", "bias", "element", "thresholds", "column"],
)
def test_what_is_missing_is_told_in_one_line(sekkei, stream, arguments, message) -> None:
    ended = sekkei("histogram", *arguments)

    assert ended.code == 2
    (error,) = ended.errors
    assert message in error


def test_the_units_of_the_program_are_those_of_the_library() -> None:
    for name, library in (("ConductanceUnit", ConductanceUnit),
                          ("DisplacementUnit", DisplacementUnit)):  # fmt: skip
        assert typing.get_args(getattr(verb, name)) == typing.get_args(library)


def test_who_asks_for_labels_is_told_of_predictions(sekkei, filled, tmp_path) -> None:
    lake = Lake.open(filled).copy(tmp_path / "lake")
    keys = sorted(lake.keys("snapshot"))[:3]
    rows = [PredictionRow(prediction_key(key, "ab" * 16), key, "ab" * 16, 1.0, 0.1) for key in keys]
    with lake.committer() as committer:
        committer.commit(Batch(predictions=tuple(rows)), "predict")

    told = sekkei("histogram", "--lake", lake.path, "--out", "figures")
    asked = sekkei("histogram", "--lake", lake.path, "--out", "more", "--model", "ab" * 16)

    name = "ab" * 16
    assert f"the lake holds 3 predictions of {name}, too; to count them: --model {name}" in told.err
    assert "predictions of" not in asked.err
