"""What `sekkei label` says of files that Sekkei did not make."""

import json
import re
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.build import bcc100, bulk

A = 5.33
MODEL = ("--labeler", "tight-binding")


def wire(n_period: int = 9) -> Atoms:
    """A column of bcc [100], cut by ASE: four corners and the middle behind them."""
    corners = [(x, y, 0.0) for x in (0.0, A) for y in (0.0, A)]
    cell = Atoms("K5", positions=[*corners, (A / 2, A / 2, A / 2)], cell=[2 * A, 2 * A, A])
    made = cell.repeat((1, 1, n_period))
    made.pbc, made.cell = False, None
    return made


def contact() -> Atoms:
    """The wire with a neck of single atoms, two periods marked as lead at each end."""
    atoms = wire()
    period = np.floor(atoms.positions[:, 2] / A + 1e-6).astype(int)
    is_corner = np.tile([True] * 4 + [False], 9)
    kept = ~(is_corner & (period >= 3) & (period <= 5))
    atoms, period = atoms[kept], period[kept]
    atoms.set_array("region", np.where(period < 2, -1, np.where(period > 6, 1, 0)), dtype=int)
    atoms.info["electrode_period_angstrom"] = A
    return atoms


def save(atoms: Atoms, name: str = "mine.extxyz") -> str:
    ase.io.write(name, atoms, format="extxyz")
    return name


def record(ended):
    return json.loads(ended.out.splitlines()[-1])


def test_a_label_is_explained_and_drawn(sekkei) -> None:
    told = sekkei("label", save(contact()), *MODEL, "--explain", "--json", "--out", "t.svg")

    assert told.code == 0
    found = record(told)
    assert found["electrode"]["name"] == "bcc100-4+1"
    assert found["electrode"]["direction"] == "bcc [100]"
    assert found["electrode"]["atoms_per_period"] == 5
    assert (found["electrode"]["left_periods"], found["electrode"]["right_periods"]) == (2, 2)
    assert found["electrode"]["elements"] == {"K": 5}
    assert found["channels"]["at_fermi_level"] == found["n_channel"] == 3
    assert 0.0 < found["conductance_g0"] < 3.0
    assert sum(found["eigenchannels"]) == pytest.approx(found["conductance_g0"], abs=1e-5)
    assert found["supercell"]["n_orbital"] == found["supercell"]["n_atom"] > 20
    assert found["supercell"]["length_angstrom"] == pytest.approx(8 * A)
    assert found["supercell"]["lead_periods"] >= 1
    assert found["supercell"]["grid"] is None
    assert found["temperature_k"] == 300.0
    assert Path("t.svg").read_text().startswith("<?xml")


def test_people_see_no_empty_lines(sekkei) -> None:
    told = sekkei("label", save(contact()), *MODEL, "--explain", "--temperature", "77")

    assert "electrode.period_angstrom" in told.out
    assert "seebeck_uv_per_k" in told.out
    assert "supercell.grid" not in told.out  # the model has no grid
    assert "alignment_shift_ev" not in told.out  # nor anything to align


def test_a_labeler_without_matrices_says_what_it_knows(sekkei) -> None:
    atoms = contact()
    atoms.positions[:, 2] = 2.5 * np.arange(len(atoms))
    order = np.argsort(atoms.arrays["region"], kind="stable")
    atoms.arrays["region"][:] = atoms.arrays["region"][order]
    atoms.positions[:, :2] = 0.0
    atoms.info["electrode_period_angstrom"] = 2.5

    told = sekkei("label", save(atoms), "--labeler", "chain", "--explain", "--json")

    assert told.code == 0
    found = record(told)
    assert found["electrode"]["atoms_per_period"] == 1
    assert "supercell" not in found
    assert found["eigenchannels"] == []


@pytest.mark.parametrize("ending", ["csv", "extxyz"])
def test_what_is_explained_is_written_as_any_label(sekkei, ending) -> None:
    told = sekkei("label", save(contact()), *MODEL, "--explain", "--out", f"out.{ending}")

    assert told.code == 0
    assert Path(f"out.{ending}").stat().st_size > 1000


def test_leads_are_proposed_and_what_is_proposed_can_be_labelled(sekkei) -> None:
    atoms = contact()
    del atoms.arrays["region"], atoms.info["electrode_period_angstrom"]

    told = sekkei("label", save(atoms), "--find-leads", "--json", "--out", "with.extxyz")

    assert told.code == 0
    found = record(told)
    assert found["electrode_period_angstrom"] == pytest.approx(A)
    # Three whole periods at each end, the neck begins after them.
    assert (found["atoms_per_period"], found["left_periods"], found["right_periods"]) == (5, 3, 3)
    assert found["left"] == "0-14"
    assert "region:I:1 electrode_period_angstrom=5.33" in found["header"]
    assert sekkei("label", "with.extxyz", *MODEL).code == 0


def test_leads_of_a_surface_made_by_ase_are_proposed(sekkei) -> None:
    slab = bcc100("K", size=(3, 3, 14), a=A, vacuum=8.0)
    slab.info.clear()  # what ASE notes there cannot be written
    top = slab.positions[:, 2].max() - slab.positions[:, 2].min()
    height = slab.positions[:, 2] - slab.positions[:, 2].min()
    slab = slab[(abs(height - top / 2) > 4.0) | (np.arange(len(slab)) % 9 == 4)]

    told = sekkei("label", save(slab), "--find-leads", "--json")

    found = record(told)
    assert found["electrode_period_angstrom"] == pytest.approx(A)
    assert found["atoms_per_period"] == 18


def test_a_dump_of_lammps_is_proposed_leads_too(sekkei) -> None:
    atoms = contact()
    lines = ["ITEM: TIMESTEP", "0", "ITEM: NUMBER OF ATOMS", str(len(atoms))]
    lines += ["ITEM: BOX BOUNDS ff ff ff", "-20 30", "-20 30", "-20 80"]
    lines += ["ITEM: ATOMS id type x y z"]
    lines += [f"{i + 1} 1 {x:g} {y:g} {z:g}" for i, (x, y, z) in enumerate(atoms.positions)]
    Path("dump").write_text("\n".join(lines) + "\n")
    typed = ase.io.read("dump", format="lammps-dump-text")
    named = ase.io.read("dump", format="lammps-dump-text", specorder=["K"])

    wrong = sekkei("label", save(_marked_like(typed, atoms)), *MODEL, "--explain", "--json")
    right = sekkei("label", save(named), "--find-leads", "--json")

    # Without names for its types, ASE takes type 1 for hydrogen.
    assert wrong.code == 1
    assert record(wrong)["refusal"] == "LabelError"
    assert "H" in record(wrong)["elements"]
    assert record(right)["electrode_period_angstrom"] == pytest.approx(A)


def _marked_like(atoms: Atoms, other: Atoms) -> Atoms:
    atoms.set_array("region", other.arrays["region"], dtype=int)
    atoms.info["electrode_period_angstrom"] = A
    return atoms


def _period(atoms: Atoms) -> None:
    atoms.info["electrode_period_angstrom"] = 0.75 * A


def _right_aside(atoms: Atoms) -> None:
    atoms.positions[atoms.arrays["region"] == 1, 0] += 0.8


def _right_turned(atoms: Atoms) -> None:
    lead = atoms.arrays["region"] == 1
    centre = np.array([A / 2, A / 2])
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2.0)
    atoms.positions[lead, :2] = (atoms.positions[lead, :2] - centre) @ turn + centre


def _moved(atoms: Atoms) -> None:
    atoms.positions[7] += 0.1


def _beside(atoms: Atoms) -> None:
    inside = np.flatnonzero(atoms.arrays["region"] == 0)[0]
    atoms.positions[inside] = (-4.0, A / 2, A / 2)


def _short(atoms: Atoms) -> None:
    layer = atoms.positions[:, 2] < 0.1
    outer = atoms.positions[:, 2] > atoms.positions[:, 2].max() - A / 2 - 0.1
    atoms.arrays["region"][:] = np.where(layer, -1, np.where(outer, 1, 0))


def _overlapping(atoms: Atoms) -> None:
    inside = np.flatnonzero(atoms.arrays["region"] == 0)
    atoms.positions[inside[1]] = atoms.positions[inside[0]] + [0.3, 0.0, 0.0]


def _strange(atoms: Atoms) -> None:
    atoms.numbers[np.flatnonzero(atoms.arrays["region"] == 0)[0]] = 92


@pytest.mark.parametrize(
    ("spoil", "kind", "message"),
    [
        (_period, "ElectrodeError", "must repeat every 3.9975 Å|must hold whole periods"),
        (_right_aside, "ElectrodeError", "right lead must continue the left one"),
        (_right_turned, "ElectrodeError", "right lead must continue the left one"),
        (_moved, "ElectrodeError", "left lead must repeat every 5.33 Å, but atoms .*7"),
        (_beside, "ElectrodeError", "left end must hold atoms of the lead only, but device atoms"),
        (_short, "ElectrodeError", "must hold atoms of the lead only.*mark whole periods as lead"),
        (_overlapping, "AtomOverlapError", "atoms must be at least 1.6 Å apart"),
        (_strange, "LabelError", "U"),
    ],
    ids=["period", "aside", "turned", "moved", "beside", "short", "overlap", "element"],
)
@pytest.mark.parametrize("mode", [("--explain",), ()], ids=["explained", "plain"])
def test_a_structure_that_cannot_be_is_refused_with_the_reason(
    sekkei, spoil, kind, message, mode
) -> None:
    atoms = contact()
    spoil(atoms)

    ended = sekkei("label", save(atoms), *MODEL, *mode, "--json")

    assert ended.code == 1
    found = record(ended)
    assert found["refusal"] == kind
    assert re.search(message, found["message"])


def test_a_wrong_period_is_answered_by_the_right_one(sekkei) -> None:
    atoms = contact()
    _period(atoms)

    ended = sekkei("label", save(atoms), *MODEL, "--explain")

    assert "both ends repeat every 5.33 Å with 5 atoms, over 3 and 3 periods" in ended.err


def test_a_lead_with_a_band_edge_is_refused_with_its_bands_shown(sekkei) -> None:
    given = ("label", save(contact()), *MODEL, "--option", "edge_ev=0.3", "--explain", "--json")

    found = record(sekkei(*given))

    assert found["refusal"] == "BandEdgeError"
    assert found["channels"]["nearest_edge_ev"] < 0.3
    assert found["channels"]["verdict"].startswith("refused: a band edge nearer than 0.3 eV")


def _bare(atoms: Atoms) -> None:
    del atoms.arrays["region"]


def _headless(atoms: Atoms) -> None:
    del atoms.info["electrode_period_angstrom"]


def _one_sided(atoms: Atoms) -> None:
    atoms.arrays["region"][atoms.arrays["region"] == 1] = 0


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_bare, "every atom must have a region .* see what --find-leads proposes"),
        (_headless, "the header must have electrode_period_angstrom"),
        (_one_sided, "must have a lead at each end"),
    ],
    ids=["regions", "period", "one side"],
)
def test_a_file_without_its_marks_is_wrong_usage(sekkei, spoil, message) -> None:
    atoms = contact()
    spoil(atoms)

    ended = sekkei("label", save(atoms), *MODEL, "--explain")

    assert ended.code == 2
    (line,) = ended.errors
    assert re.search(message, line)


@pytest.mark.parametrize(
    ("atoms", "message"),
    [
        (bulk("K", "bcc", a=A, cubic=True), "both ends must repeat along z over at least 2"),
        (wire(3), "both ends must repeat along z over at least 2 periods"),
    ],
    ids=["crystal cell", "too short"],
)
def test_nothing_is_proposed_where_nothing_repeats(sekkei, atoms, message) -> None:
    atoms.pbc = False

    ended = sekkei("label", save(atoms), "--find-leads")

    assert ended.code == 2
    (line,) = ended.errors
    assert message in line


def test_ends_that_repeat_roughly_are_named_and_not_proposed(sekkei) -> None:
    atoms = wire()
    atoms.positions += np.random.default_rng(1).normal(0.0, 0.08, (len(atoms), 3))

    ended = sekkei("label", save(atoms), "--find-leads")

    assert ended.code == 2
    assert "but do so only roughly, about every 5." in ended.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--out", "t.png"), "a figure is drawn with --explain"),
        (("--explain", "--out", "t.gif"), "but found 't.gif'; change the ending"),
        (("--find-leads", "--out", "t.csv"), "can be written as .extxyz, but found 't.csv'"),
        (("--explain", "--temperature", "2000"), "the energies must reach"),
    ],
    ids=["figure", "ending", "proposal", "temperature"],
)
def test_what_cannot_be_written_or_told_is_wrong_usage(sekkei, arguments, message) -> None:
    ended = sekkei("label", save(contact()), *MODEL, *arguments)

    assert ended.code == 2
    assert message in ended.err
