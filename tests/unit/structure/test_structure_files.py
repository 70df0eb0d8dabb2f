"""Files of the field: what is read, what is refused, and where."""

import ase.io
import numpy as np
import pytest
from ase import Atoms

from sekkei.errors import InvalidInputError
from sekkei.structure.electrode import build_electrode
from sekkei.structure.extxyz import write_junctions
from sekkei.structure.files import Reading, read_frames, read_junctions, vacuum_across
from sekkei.structure.find_leads import propose_leads
from sekkei.structure.junction import Junction

HEAD = "Properties=species:S:1:pos:R:3:region:I:1 electrode_period_angstrom=3.6"
ROWS = "Na 0 0 0 -1\nNa 0 0 3.6 0\nNa 0 0 7.2 1\n"
FRAME = f"3\n{HEAD}\n{ROWS}"


def small() -> Junction:
    return Junction.from_sequences([11] * 3, np.diag([0.0, 0.0, 7.2]), [-1, 0, 1], 3.6)


def wire_in_a_box() -> Atoms:
    one = build_electrode("bcc100-5+4", "Na").repeated(8)
    return Atoms(
        numbers=one.numbers, positions=one.positions + 9.0, cell=[24.0, 24.0, 60.0], pbc=True
    )


def written(tmp_path, text: str, name: str = "a.extxyz"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_name_with_an_at_sign_is_the_name_of_a_file(tmp_path) -> None:
    write_junctions(tmp_path / "run@0.extxyz", [small(), small()])
    write_junctions(tmp_path / "run", [small()])

    assert len(read_junctions(tmp_path / "run@0.extxyz")) == 2
    assert len(read_junctions(str(tmp_path / "run"))) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "run@0.extxyz"]


@pytest.mark.parametrize("between", ["", "\n", "\n  \n\n", "\r\n"])
def test_empty_lines_between_frames_are_passed_over(tmp_path, between: str) -> None:
    path = written(tmp_path, f"\n{FRAME}{between}{FRAME}\n\n")

    assert len(read_junctions(path)) == 2


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (f"{FRAME}the end\n", "found 'the end' where the number of atoms must stand, at line 6"),
        (f"{FRAME}Na 0 0 9 1\n", "found 'Na 0 0 9 1' where the number of atoms must stand"),
        (f"4\n{HEAD}\n{ROWS}", "promises 4 atoms but has 3, at line 1"),
        (f"{FRAME}4\n{HEAD}\n{ROWS}", "promises 4 atoms but has 3, at line 6"),
        (f"4\n{HEAD}\n{ROWS}\n{FRAME}", "an empty line where atom 3 of 4 must stand, at line 6"),
        (f"{'9' * 5000}\n{HEAD}\n{ROWS}", "promises 999999999999 atoms but has 3"),
        ("0\n\n", "a frame is empty, at line 1"),
        (f"{FRAME}0\n\n{FRAME}", "a frame is empty, at line 6"),
        ("-3\n\n", "found '-3' where the number of atoms must stand"),
        (FRAME.replace("Na 0 0 3.6", "Qq 0 0 3.6"), "chemical elements, but element 'Qq'"),
    ],
    ids=[
        "garbage", "one atom more", "one atom less", "later frame", "hole", "digits", "no atom",
        "no atom later", "negative", "element",
    ],
)  # fmt: skip
def test_a_file_that_is_not_as_it_says_is_refused_with_the_line(tmp_path, text, part) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_junctions(written(tmp_path, text))

    assert part in caught.value.message


@pytest.mark.parametrize("said", ["=abc", '="6.07 A"', "=6,07", '="5.33 5.33"', "=", "", "=T"])
def test_a_period_in_a_header_is_a_number_or_refused(tmp_path, said: str) -> None:
    path = written(tmp_path, FRAME.replace("=3.6\n", f"{said}\n"))

    with pytest.raises(InvalidInputError) as caught:
        read_junctions(path)

    assert "write electrode_period_angstrom=5.33" in caught.value.message


def test_regions_that_are_no_integers_are_refused_with_their_atom(tmp_path) -> None:
    text = FRAME.replace("region:I:1", "region:R:1").replace("3.6 0\n", "3.6 0.4\n")

    with pytest.raises(InvalidInputError, match=r"frame 0: regions .* but atom 1 has 0\.4"):
        read_junctions(written(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "form"),
    [("POSCAR", "vasp"), ("wire.cif", "cif"), ("wire.traj", "traj"), ("wire.xyz", "xyz")],
)
def test_files_that_name_their_elements_are_read_as_they_are(tmp_path, name, form) -> None:
    ase.io.write(tmp_path / name, wire_in_a_box(), format=form)

    (found,) = read_frames(tmp_path / name)

    assert found.get_chemical_formula() == "Na72"
    assert np.ptp(found.positions[:, 2]) == pytest.approx(np.ptp(wire_in_a_box().positions[:, 2]))
    with pytest.raises(InvalidInputError, match="leave --species out"):
        read_frames(tmp_path / name, Reading(species=("Na",)))


def test_a_file_of_siesta_is_read_in_its_own_unit(tmp_path) -> None:
    bohr = (
        "0.5 0 0 0 0 0\n0 20.0 0 0 0 0\n0 0 40.0 0 0 0\n2\n1 11 0 0 1.0 0 0 0\n1 11 0 0 8 0 0 0\n"
    )

    (found,) = read_frames(written(tmp_path, bohr, "wire.XV"))

    assert found.numbers.tolist() == [11, 11]
    assert found.positions[0, 2] == pytest.approx(0.529177, abs=1e-5)


DUMP = (
    "ITEM: TIMESTEP\n5000000\nITEM: NUMBER OF ATOMS\n2\n"
    "ITEM: BOX BOUNDS pp pp pp\n0 20\n0 20\n0 30\n"
    "ITEM: ATOMS id type x y z\n1 1 5 5 1\n2 2 5 5 6\n"
)
DATA = (
    "a wire\n\n2 atoms\n2 atom types\n0 20 xlo xhi\n0 20 ylo yhi\n0 30 zlo zhi\n\n"
    "Atoms # atomic\n\n1 1 5 5 1\n2 2 5 5 6\n"
)
OLD_POSCAR = "Na in a box\n1.0\n20 0 0\n0 20 0\n0 0 30\n1 1\nCartesian\n5 5 1\n5 5 6\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [("dump.lammpstrj", DUMP), ("wire.data", DATA), ("POSCAR", OLD_POSCAR)],
    ids=["dump", "data", "old POSCAR"],
)
def test_types_become_elements_only_where_the_user_says_which(tmp_path, name, text) -> None:
    path = written(tmp_path, text, name)

    with pytest.raises(InvalidInputError, match="knows types of atoms and no elements"):
        read_frames(path)
    (found,) = read_frames(path, Reading(species=("K", "Na")))
    assert found.get_chemical_symbols() == ["K", "Na"]
    np.testing.assert_allclose(found.positions[1], [5.0, 5.0, 6.0])


def test_too_few_species_and_unknown_ones_are_refused(tmp_path) -> None:
    for name, text in (("a.dump", DUMP), ("a.data", DATA), ("POSCAR", OLD_POSCAR)):
        path = written(tmp_path, text, name)
        with pytest.raises(InvalidInputError, match=r"2 types|a type 2 and 1 species"):
            read_frames(path, Reading(species=("K",)))
        with pytest.raises(InvalidInputError, match="chemical symbol"):
            read_frames(path, Reading(species=("K", "Qq")))


def test_a_dump_that_names_elements_needs_no_species(tmp_path) -> None:
    named = DUMP.replace("id type x", "id element x").replace("1 1 5", "1 K 5")

    (found,) = read_frames(written(tmp_path, named.replace("2 2 5", "2 Na 5"), "a.dump"))

    assert found.get_chemical_symbols() == ["K", "Na"]


@pytest.mark.parametrize("axis", ["x", "y"])
def test_transport_along_another_axis_is_turned_to_z_without_a_mirror(tmp_path, axis) -> None:
    straight = wire_in_a_box()
    back = {"x": [2, 0, 1], "y": [1, 2, 0]}[axis]
    lying = Atoms(
        numbers=straight.numbers,
        positions=straight.positions[:, back],
        cell=np.array(straight.cell)[np.ix_(back, back)],
        pbc=True,
    )
    ase.io.write(tmp_path / "POSCAR", lying, format="vasp")

    (found,) = read_frames(tmp_path / "POSCAR", Reading(axis=axis))

    np.testing.assert_allclose(found.positions, straight.positions, atol=1e-9)
    np.testing.assert_allclose(found.cell.lengths(), straight.cell.lengths())


def test_a_wire_in_a_box_has_vacuum_across_and_a_surface_has_none() -> None:
    surface = build_electrode("surface-bcc100-3x3", "Na")
    slab = Atoms(
        numbers=surface.numbers,
        positions=surface.positions,
        cell=[*surface.lateral_period, 30.0],
        pbc=(True, True, False),
    )

    assert min(vacuum_across(wire_in_a_box())) > 10.0
    assert max(vacuum_across(slab)) < 5.0


def test_a_wire_that_crosses_the_faces_of_its_box_is_put_together(tmp_path) -> None:
    wire = wire_in_a_box()
    wrapped = wire.copy()
    wrapped.positions[:, :2] -= wire.positions[:, :2].mean(axis=0)
    wrapped.wrap()
    ase.io.write(tmp_path / "POSCAR", wrapped, format="vasp")

    (as_it_is,) = read_frames(tmp_path / "POSCAR")
    (taken_out,) = read_frames(tmp_path / "POSCAR", Reading(axis="z"))

    assert (as_it_is.pbc[:2].tolist(), taken_out.pbc[:2].tolist()) == ([True] * 2, [False] * 2)
    assert np.ptp(as_it_is.positions[:, 0]) > 20.0
    np.testing.assert_allclose(
        np.ptp(taken_out.positions, axis=0), np.ptp(wire.positions, axis=0), atol=1e-9
    )


@pytest.mark.parametrize("axis", ["x", "z"])
def test_an_extxyz_says_itself_whether_it_repeats(tmp_path, axis) -> None:
    wire = wire_in_a_box()
    if axis == "x":
        wire.positions[:] = wire.positions[:, [2, 0, 1]]
        wire.cell = [60.0, 24.0, 24.0]
    ase.io.write(tmp_path / "a.extxyz", wire)

    (found,) = read_frames(tmp_path / "a.extxyz", Reading(axis=axis))

    assert found.pbc.tolist() == [True] * 3


def test_a_file_of_another_program_is_named_and_pickles_are_never_opened(tmp_path) -> None:
    (tmp_path / "evil.extxyz").write_bytes(b"\x80\x04cos\nsystem\n(S'exit 1'\ntR.")
    (tmp_path / "evil.bundle").write_bytes(b"\x80\x04cos\nsystem\n(S'exit 1'\ntR.")

    for path in tmp_path.iterdir():
        with pytest.raises(InvalidInputError):
            read_frames(path)
    with pytest.raises(InvalidInputError, match="seems to be cube"):
        read_frames(written(tmp_path, "density\nof a wire\n", "a.cube"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.dump", DUMP.replace("ATOMS\n2\n", f"ATOMS\n{10**12}\n")),
        ("a.data", DATA.replace("2 atoms", f"{10**12} atoms")),
        ("POSCAR", OLD_POSCAR.replace("\n1 1\n", f"\n1 {10**12}\n")),
    ],
)
@pytest.mark.timeout(20)
def test_a_promise_of_a_million_million_atoms_is_not_believed(tmp_path, name, text) -> None:
    with pytest.raises(InvalidInputError, match="as many atoms as it promises"):
        read_frames(written(tmp_path, text, name), Reading(species=("K", "Na")))


def test_a_position_that_is_no_number_is_named_before_leads_are_sought(tmp_path) -> None:
    (frame,) = read_frames(written(tmp_path, FRAME.replace("Na 0 0 3.6", "Na 0 nan 3.6")))

    with pytest.raises(InvalidInputError, match=r"positions must be finite, but atoms \[1\]"):
        propose_leads(frame.numbers, frame.positions)
