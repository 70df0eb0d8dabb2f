"""Records cut into pulls and pushes, and units that are never guessed."""

import numpy as np
import pytest

from sekkei.errors import InvalidInputError
from sekkei.observe.measured import Calibration, CutRule, Recording, cut_recording
from sekkei.observe.measured.calibration import calibrated
from sekkei.units import G0_SIEMENS

OPENING = [9.0, 9.0, 9.0, 5.0, 3.0, 1.0, 0.05, 0.05, 0.05]
CLOSING = [0.05, 0.05, 0.05, 1.0, 4.0, 9.0, 9.0, 9.0]


def _cut(values, along=None, **rule):
    along = None if along is None else np.array(along, float)
    return cut_recording(np.array(values, float), along, CutRule(**rule))


def test_a_stream_is_cut_into_pulls_and_pushes() -> None:
    pieces = _cut(OPENING + CLOSING + OPENING)

    assert [piece.stage for piece in pieces] == ["pull", "push", "pull"]
    # From the last closed sample; six open ones, of which each stroke has half and the middle.
    assert pieces[0].conductances.tolist() == [9.0, 5.0, 3.0, 1.0, 0.05, 0.05, 0.05]
    # A push is turned round, so that displacement grows as for a pull.
    assert pieces[1].conductances.tolist() == [9.0, 4.0, 1.0, 0.05, 0.05, 0.05, 0.05]
    assert all((np.diff(piece.displacements) > 0.0).all() for piece in pieces)


def test_strokes_meet_where_the_displacement_turns() -> None:
    along = [0, 1, 2, 3, 4, 5, 6, 7, 8, 7, 6, 5, 4, 3, 2, 1, 0]

    for sign in (1.0, -1.0):  # a piezo may close with growing voltage
        pull, push = _cut(OPENING + CLOSING, sign * np.array(along))
        assert pull.displacements[-1] - pull.displacements[0] == 6.0
        assert push.displacements[-1] - push.displacements[0] == 6.0
        assert pull.conductances[0] == push.conductances[0] == 9.0


def test_a_spike_neither_opens_nor_closes_a_contact() -> None:
    with_spike = [*OPENING[:3], 0.0, 9.0, 9.0, 9.0, *OPENING[3:], 20.0, 0.05, 0.05, 0.05]

    (pull,) = _cut(with_spike)

    assert pull.conductances[:4].tolist() == [9.0, 5.0, 3.0, 1.0]


def test_a_stroke_that_is_cut_off_is_left_out() -> None:
    assert [p.stage for p in _cut([5.0, 3.0, *CLOSING])] == ["push"]
    assert _cut([9.0, 9.0, 9.0, 5.0, 3.0]) == ()
    assert _cut([]) == ()


def test_traces_are_cut_where_the_displacement_turns() -> None:
    along = [0, 1, 2, 3, 4, 4.01, 4, 3, 2, 1, 0]
    values = [3, 3, 1, 1, 0, 0, 0, 0, 1, 1, 3]

    pieces = _cut(values, along, by="turns")

    assert [piece.stage for piece in pieces] == ["pull", "push"]
    assert [piece.conductances.size for piece in pieces] == [6, 6]
    assert [p.stage for p in _cut(values[:5], along[:5], by="turns")] == ["pull"]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"open": 9.0}, r"found open 9 and closed 8 G0"),
        ({"open": 0.0}, r"more than nothing"),
        ({"settle": 0}, r"a sample or more, but found 0"),
        ({"by": "turns"}, r"need a displacement, but none was recorded"),
    ],
    ids=["order", "zero", "settle", "turns"],
)
def test_a_rule_that_cannot_be_is_told(rule, message) -> None:
    with pytest.raises(InvalidInputError, match=message):
        _cut(OPENING, **rule)


@pytest.mark.physics
@pytest.mark.parametrize(
    ("values", "calibration"),
    [
        (2.0, Calibration("G0")),
        (np.log10(2.0), Calibration("log10G0")),
        (2.0 * G0_SIEMENS, Calibration("S")),
        (2.0 * G0_SIEMENS * 1e9, Calibration("nS")),
        # 2 G0 at 10 mV is 1549.6 nA: 2 x 77.48 uS x 10 mV.
        (1549.618, Calibration("nA", bias_mv=10.0)),
        (-1.549618, Calibration("uA", bias_mv=-10.0)),
        (2.5, Calibration("G0", offset=0.5)),
        # 2 G0 are 6453.2 ohm; behind 1 kilohm they show 12906.4 / 7453.2 G0.
        (12906.4037 / 7453.20186, Calibration("G0", series_ohm=1000.0)),
    ],
    ids=["G0", "log", "S", "nS", "nA", "negative-bias", "offset", "series"],
)
def test_every_unit_means_the_same_conductance(values, calibration) -> None:
    recording = Recording("x", np.array([values]), None)

    assert calibrated(recording, calibration)[0] == pytest.approx([2.0], rel=1e-6)


@pytest.mark.parametrize(
    ("unit", "more", "expected"),
    [
        ("angstrom", {}, 2.0),
        ("nm", {}, 20.0),
        ("um", {}, 2e4),
        ("V", {"angstrom_per_volt": -3.0}, 6.0),
    ],
    ids=["angstrom", "nm", "um", "V"],
)
def test_displacements_become_angstrom(unit, more, expected) -> None:
    recording = Recording("x", np.ones(1), np.array([2.0]))
    _, found = calibrated(recording, Calibration("G0", displacement_unit=unit, **more))

    assert found == pytest.approx([expected])


def test_a_step_makes_displacements_of_a_stream() -> None:
    calibration = Calibration("G0", displacement_unit="nm", step=0.01)

    _, found = calibrated(Recording("x", np.ones(3), None), calibration)

    assert found == pytest.approx([0.0, 0.1, 0.2])


@pytest.mark.parametrize(
    ("calibration", "has_displacement", "message"),
    [
        (Calibration(), False, r"--conductance-unit with one of G0, log10G0, S, uS, nS, A, uA, nA"),
        (Calibration("nA"), False, r"needs the bias.*try --bias-mv"),
        (Calibration("nA", bias_mv=0.0), False, r"needs the bias"),
        (Calibration("S", bias_mv=10.0), False, r"a bias is for currents, but found 10 mV"),
        (Calibration("log10G0", offset=1.0), False, r"taken off a logarithm, but found 1"),
        (Calibration("G0", series_ohm=-1.0), False, r"must be positive, but found -1 ohm"),
        (Calibration("G0"), True, r"--displacement-unit with one of angstrom, nm, um, m, V"),
        (Calibration("G0", displacement_unit="V"), True, r"try --angstrom-per-volt"),
        (Calibration("G0", step=1.0), True, r"--step is for records without displacement"),
        (Calibration("G0", step=1.0), False, r"unit of displacement must be given"),
        (Calibration("G0", step=-1.0, displacement_unit="nm"), False, r"must be positive"),
    ],
    ids=[
        "unit", "bias", "no-bias", "two-units", "log-offset", "series", "length", "piezo",
        "two-displacements", "step-unit", "step",
    ],
)  # fmt: skip
def test_what_is_not_known_is_asked_for(calibration, has_displacement, message) -> None:
    along = np.ones(1) if has_displacement else None

    with pytest.raises(InvalidInputError, match=message):
        calibrated(Recording("x", np.ones(1), along), calibration)


def test_more_than_the_series_resistance_lets_through_is_no_number() -> None:
    recording = Recording("x", np.array([1.0, 20.0]), None)
    found, _ = calibrated(recording, Calibration("G0", series_ohm=1000.0))

    assert np.isnan(found).tolist() == [False, True]
