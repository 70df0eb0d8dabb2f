"""The doors of the junction record."""

from dataclasses import replace
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from sekkei.errors import InvalidInputError
from sekkei.identity import content_hash
from sekkei.structure.experiment import snapshot_key
from sekkei.structure.extxyz import write_junctions
from sekkei.structure.files import read_junctions
from sekkei.structure.junction import Junction, parse_element


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
        ([19, 19, 19], [-1, 0, 1], 0.0, "positive length .* but found 0.0 Å"),
    ],
    ids=["lengths", "region", "no-lead", "period"],
)
def test_what_cannot_be_a_junction_is_refused(numbers, regions, period, message) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Junction.from_sequences(numbers, np.diag([1.0, 2.0, 3.0]), regions, period)


def test_an_unknown_element_is_refused_by_its_symbol() -> None:
    with pytest.raises(InvalidInputError, match="must be a chemical symbol, but found 'Kx'"):
        parse_element("Kx")


def between_surfaces() -> Junction:
    return Junction.from_sequences(
        [19, 11, 19], np.diag([1.0, 2.0, 3.0]), [-1, 0, 1], 5.33, (10.66, 16.0)
    )


def test_a_junction_between_surfaces_survives_its_file(tmp_path: Path) -> None:
    wire = Junction.from_sequences([19, 11, 19], np.diag([1.0, 2.0, 3.0]), [-1, 0, 1], 5.33)

    write_junctions(tmp_path / "j.extxyz", [between_surfaces(), wire])

    assert 'pbc="T T F"' in (tmp_path / "j.extxyz").read_text()
    first, second = read_junctions(tmp_path / "j.extxyz")
    assert first.lateral_period == (10.66, 16.0)
    assert second.lateral_period is None


@pytest.mark.parametrize(("pbc", "lateral"), [("TTT", (9.0, 8.0)), ("FFT", None), ("FFF", None)])
def test_what_is_periodic_across_is_between_surfaces(
    pbc: str, lateral: tuple[float, float] | None
) -> None:
    atoms = between_surfaces().to_atoms()
    atoms.cell, atoms.pbc = (9.0, 8.0, 30.0), [letter == "T" for letter in pbc]

    assert Junction.from_atoms(atoms).lateral_period == lateral


def test_a_junction_periodic_along_one_side_is_refused() -> None:
    atoms = between_surfaces().to_atoms()
    atoms.pbc = (True, False, False)

    with pytest.raises(InvalidInputError, match=r'both x and y .* pbc is "T F"'):
        Junction.from_atoms(atoms)


def test_a_cell_that_is_not_rectangular_is_refused() -> None:
    atoms = between_surfaces().to_atoms()
    atoms.cell = [[9.0, 0.0, 0.0], [4.5, 8.0, 0.0], [0.0, 0.0, 30.0]]

    with pytest.raises(InvalidInputError, match="rectangular along x, y and z, but Lattice is 9 0"):
        Junction.from_atoms(atoms)


@pytest.mark.parametrize("lengths", [(0.0, 9.0), (9.0, 1.0), (9.0, np.inf), (9.0, np.nan)])
def test_a_lateral_period_that_is_none_is_refused(lengths: tuple[float, float]) -> None:
    with pytest.raises(InvalidInputError, match="lateral periods must be at least 2 Å"):
        Junction.from_sequences([19] * 3, np.diag([1.0, 2.0, 3.0]), [-1, 0, 1], 5.33, lengths)


def test_only_a_lateral_period_changes_the_key_of_a_snapshot() -> None:
    surface = between_surfaces()
    wire = replace(surface, lateral_period=None)

    # As it was before junctions could be periodic across.
    assert snapshot_key("", 0, wire) == content_hash(
        "snapshot", "", 0, wire.numbers, wire.positions, wire.regions, 5.33
    )
    assert snapshot_key("", 0, surface) != snapshot_key("", 0, wire)


@pytest.mark.parametrize("far", [1e308, -2e6])
def test_a_coordinate_that_is_no_length_is_refused(far) -> None:
    positions = np.diag([1.0, far, 3.0])

    with pytest.raises(InvalidInputError, match=r"within 1e\+06 Å .*but atom 1 has"):
        Junction.from_sequences([19, 11, 19], positions, [-1, 0, 1], 5.33)


def test_a_period_that_is_no_length_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"at most 1e\+06 Å, but found 1e\+308"):
        Junction.from_sequences([19, 11, 19], np.diag([1.0, 2.0, 3.0]), [-1, 0, 1], 1e308)


@pytest.mark.parametrize("regions", [[-1, 0.4, 1], [-0.9, 0, 1], [-1, np.nan, 1], ["L", "0", "R"]])
def test_regions_that_are_no_whole_numbers_are_refused(regions) -> None:
    with pytest.raises(InvalidInputError, match="regions must be whole numbers"):
        Junction.from_sequences([19, 11, 19], np.diag([1.0, 2.0, 3.0]), np.array(regions), 5.33)


@pytest.mark.parametrize("period", ["abc", "6.07 A", "6,07", True, [5.33, 5.33], None, {}])
def test_a_period_that_is_no_number_is_refused(period) -> None:
    atoms = small().to_atoms()
    atoms.info["electrode_period_angstrom"] = period

    with pytest.raises(InvalidInputError, match="the electrode period must be one number"):
        Junction.from_atoms(atoms)


@pytest.mark.parametrize("number", [0, -3, 119, 275])
def test_an_atom_of_no_element_is_refused(number: int) -> None:
    with pytest.raises(InvalidInputError, match=f"atom 1 has the atomic number {number}"):
        Junction.from_sequences([19, number, 19], np.diag([1.0, 2.0, 3.0]), [-1, 0, 1], 5.33)
