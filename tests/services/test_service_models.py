"""Models over HTTP, and what strangers upload."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekkei.errors import InvalidInputError, SekkeiError
from sekkei.lake import Lake
from sekkei.model import load_predictor
from sekkei.structure.extxyz import write_junctions
from sekkei_service.settings import Limits
from sekkei_service.upload import read_upload

SAVED = Path(__file__).parents[2] / "data" / "models" / "alkali-direct"
EXTXYZ = {"content-type": "chemical/x-extxyz"}
FRAME = """\
3
Properties=species:S:1:pos:R:3:region:I:1 electrode_period_angstrom=4.0
K 0 0 0 -1
K 0 0 4 0
K 0 0 8 1
"""


@pytest.mark.slow
def test_a_model_predicts_what_is_uploaded_as_the_library_does(serve, shelf, filled_lake, tmp_path):
    lake = Lake.open(filled_lake)
    junctions = lake.junctions(lake.query("label", (), ["snapshot"])["snapshot"].tolist()[:3])
    write_junctions(tmp_path / "three.extxyz", junctions)
    body = (tmp_path / "three.extxyz").read_bytes()
    service = serve(shelf)

    listed = service.get("/v1/models").json()["models"]
    answer = service.post("/v1/models/alkali:best/predict", "reader", data=body, headers=EXTXYZ)

    known = load_predictor(SAVED).predict(junctions)
    found = answer.json()
    assert [one["conductance_g0"] for one in found["predictions"]] == pytest.approx(
        known.mean.tolist(), abs=1e-5
    )
    assert found["identity"] == listed[0]["identity"]
    assert service.get("/v1/models/other").status_code == 404
    assert service.get("/v1/models/alkali/card").status_code == 404


def test_without_a_registry_there_are_no_models(service):
    assert service.get("/v1/models").json() == {"models": []}
    assert service.get("/v1/models/any").status_code == 404


HOSTILE = {
    "nothing": b"",
    "a-pickle": b"\x80\x04\x95\x1c\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94",
    "an-archive": b"PK\x03\x04" + bytes(100),
    "a-negative-number": FRAME.replace("3\n", "-3\n", 1).encode(),
    "endless-columns": FRAME.replace("pos:R:3", "pos:R:900000000").encode(),
    "json-in-the-header": FRAME.replace("electrode", 'x="_JSON {[[[[" electrode').encode(),
    "a-cell-of-two-numbers": FRAME.replace("electrode", 'Lattice="1 2" electrode').encode(),
    "half-a-period": FRAME.replace("electrode", 'pbc="T T" electrode').encode(),
    "no-element": FRAME.replace("K 0 0 4", "Qq 0 0 4").encode(),
    "not-finite": FRAME.replace("0 0 4", "0 0 nan").encode(),
    "too-few-atoms": FRAME.replace("3\n", "4\n", 1).encode(),
    "half-a-line": FRAME.replace("K 0 0 4 0", "K 0").encode(),
    "a-path": b"/etc/passwd",
    "a-period-that-is-none": FRAME.replace("=4.0", "=4-.0").encode(),
    "two-positions": FRAME.replace("pos:R:3", "pos:R:2:pos:R:1").encode(),
    "a-mask": FRAME.replace("region:I:1", "move_mask:L:1").encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_upload_is_refused_in_one_line(name):
    with pytest.raises(InvalidInputError) as caught:
        read_upload(HOSTILE[name], Limits())

    assert "\n" not in caught.value.message
    assert "tmp" not in caught.value.message


@pytest.mark.parametrize(
    "body",
    [FRAME.replace("3\n", "999999999\n", 1), FRAME * 5],
    ids=["too-many-atoms-said", "too-many-structures"],
)
def test_too_much_is_refused_before_it_is_read(body):
    with pytest.raises(SekkeiError, match="at most 4 structures") as caught:
        read_upload(body.encode(), Limits(upload_structures=4, upload_atoms=100))

    assert caught.value.status == 413


PIECES = [b"", b" ", b"\n", b"9", b"-", b"=", b":", b'"', b"e", b"R"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_uploaded_is_structures_or_an_error_of_ours(data):
    body = bytearray(FRAME.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        what = data.draw(st.sampled_from(PIECES))
        body[at : at + data.draw(st.integers(0, 3))] = what

    try:
        found = read_upload(bytes(body), Limits())
    except SekkeiError:
        return
    assert all(junction.n_atom for junction in found)
