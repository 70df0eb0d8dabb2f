"""The doors of the junction record."""

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from sekkei.errors import InvalidInputError
from sekkei.structure.junction import Junction, parse_element, read_junctions, write_junctions


def small() -> Junction:
    return Junction.from_sequences([19, 11, 19], np.diag([1.0, 2.0, 3.0]), [-1, 0, 1], 5.33)


def test_extxyz_carries_a_junction_there_and_back(tmp_path) -> None:
    write_junctions(tmp_path / "a.extxyz", [small(), small()])

    found = read_junctions(tmp_path / "a.extxyz")

    assert len(found) == 2
    np.testing.assert_array_equal(found[1].numbers, small().numbers)
    np.testing.assert_allclose(found[1].positions, small().positions, atol=1e-8)
    np.testing.assert_array_equal(found[1].regions, small().regions)
    assert found[1].electrode_period == 5.33


def test_arrays_of_a_junction_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        small().positions[0, 0] = 9.0


def test_an_extxyz_without_region_is_refused_with_its_frame(tmp_path) -> None:
    ase.io.write(tmp_path / "bare.extxyz", bulk("K"), format="extxyz")

    with pytest.raises(InvalidInputError, match="frame 0: every atom must have a region"):
        read_junctions(tmp_path / "bare.extxyz")


def test_an_extxyz_without_a_period_is_refused(tmp_path) -> None:
    atoms = Atoms("K3", positions=np.diag([1.0, 2.0, 3.0]))
    atoms.set_array("region", np.array([-1, 0, 1]))
    ase.io.write(tmp_path / "no-period.extxyz", atoms, format="extxyz")

    with pytest.raises(InvalidInputError, match="header must have electrode_period_angstrom"):
        read_junctions(tmp_path / "no-period.extxyz")


def test_a_file_that_is_no_extxyz_is_refused(tmp_path) -> None:
    (tmp_path / "junk.extxyz").write_text("hello\n")

    with pytest.raises(InvalidInputError, match="must be an extxyz file"):
        read_junctions(tmp_path / "junk.extxyz")


@pytest.mark.parametrize(
    ("numbers", "regions", "period", "message"),
    [
        ([19, 19], [-1, 0, 1], 5.0, "arrays of equal length"),
        ([19, 19, 19], [-1, 0, 2], 5.0, r"but found \[2\]"),
        ([19, 19, 19], [-1, 0, 0], 5.0, "0 of region \\+1"),
        ([19, 19, 19], [-1, 0, 1], 0.0, "positive length, but found 0.0 Å"),
    ],
    ids=["lengths", "region", "no-lead", "period"],
)
def test_what_cannot_be_a_junction_is_refused(numbers, regions, period, message) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Junction.from_sequences(numbers, np.diag([1.0, 2.0, 3.0]), regions, period)


def test_an_unknown_element_is_refused_by_its_symbol() -> None:
    with pytest.raises(InvalidInputError, match="must be a chemical symbol, but found 'Kx'"):
        parse_element("Kx")
