"""The same contacts between different leads: what is chosen, kept and tabulated."""

import json

import numpy as np
import pytest

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from sekkei.bench import leads as bench
from sekkei.bench.leads_table import LeadLabel, append_label, make_result, read_labels
from sekkei.errors import ConvergenceError
from sekkei.structure.junction import DEVICE
from sekkei.structure.widen import widen_leads

pytestmark = pytest.mark.dft


def line(frame: int, lead: str, conductance: float, recipe: str = "r") -> LeadLabel:
    return LeadLabel(
        frame=frame,
        lead=lead,
        recipe=recipe,
        n_atom=81,
        conductance_g0=conductance,
        window_conductance_g0=conductance + 0.1,
        n_channel=6,
        energies_ev=(-0.1, 0.0, 0.1),
        transmission=(0.0, conductance, 3.0),
        iterations=9,
        cpu_s=12.5,
    )


@pytest.fixture(scope="module")
def contacts():
    return bench.choose_contacts(bench.LEADS[1:], bench.N_CONTACT)


def test_ten_whole_contacts_are_spread_and_keep_their_device_between_all_leads(contacts) -> None:
    assert len(contacts) == 10
    assert all(snapshot.narrowest > 0.0 for snapshot in contacts)
    assert max(s.narrowest for s in contacts) > 3.0 * min(s.narrowest for s in contacts)
    wide = widen_leads(contacts[0].junction, bench.LEADS[-1])
    own = contacts[0].junction
    np.testing.assert_array_equal(
        wide.positions[wide.regions == DEVICE], own.positions[own.regions == DEVICE]
    )


def test_what_was_kept_is_read_again_and_other_recipes_are_not(tmp_path) -> None:
    file = tmp_path / "new" / "leads.jsonl"
    assert read_labels(file, {"r"}) == {}
    append_label(file, line(4, "thin", 2.0))
    append_label(file, line(4, "wide", 1.5))
    append_label(file, line(5, "thin", 1.0, recipe="older"))

    found = read_labels(file, {"r"})

    assert found == {(4, "thin"): line(4, "thin", 2.0), (4, "wide"): line(4, "wide", 1.5)}


def test_the_table_says_how_many_were_reached_and_what_the_leads_change(contacts) -> None:
    first, second = contacts[0].frame, contacts[1].frame
    known = {
        (first, "thin"): line(first, "thin", 2.0),
        (second, "thin"): line(second, "thin", 1.0),
        (first, "wide"): line(first, "wide", 1.5),
    }

    known[first, "check"] = line(first, "check", 1.25)

    result = make_result(contacts, ("thin", "wide"), known, ["told"], ("check",))

    assert len(result.rows) == 4
    assert "check less wide, 1 contacts: T(E_F) -0.25 on average" in result.notes[2]
    assert result.notes[0] == "Contacts reached, of 10: thin 2, wide 1."
    assert "thin less wide, 1 contacts: T(E_F) +0.50 on average" in result.notes[1]
    assert result.notes[-1] == "told"
    assert result.files["leads.svg"].startswith(b"<?xml")


def test_a_run_goes_on_where_it_was_and_tells_of_refusals(contacts, tmp_path, monkeypatch) -> None:
    asked = []

    def label(labeler, snapshot, lead):
        asked.append((snapshot.frame, lead))
        if lead == bench.LEADS[1]:
            raise ConvergenceError("it must converge, but does not")
        return line(snapshot.frame, lead, 1.0, labeler.recipe)

    monkeypatch.setattr(bench, "_label", label)
    monkeypatch.setattr(bench, "choose_contacts", lambda leads, n: contacts)

    first = bench.measure(is_quick=True, say=lambda _: None, folder=tmp_path)
    second = bench.measure(is_quick=True, say=lambda _: None, folder=tmp_path)

    # The one that was labelled is known; the one that was refused is tried again.
    assert [lead for _, lead in asked] == [bench.LEADS[0], bench.LEADS[1], bench.LEADS[1]]
    assert len(first.rows) == len(second.rows) == 1
    assert any("it must converge, but does not" in note for note in second.notes)
    assert len((tmp_path / bench.FILE).read_text().splitlines()) == 1
    assert json.loads((tmp_path / bench.FILE).read_text())["lead"] == bench.THIN


def test_the_check_of_the_surface_has_a_recipe_of_its_own(contacts, monkeypatch) -> None:
    asked = {}

    def label(labeler, snapshot, lead):
        asked.setdefault(lead, []).append((snapshot.frame, labeler.recipe))
        return line(snapshot.frame, lead, 1.0, labeler.recipe)

    monkeypatch.setattr(bench, "_label", label)
    monkeypatch.setattr(bench, "choose_contacts", lambda leads, n: contacts)

    result = bench.measure(is_quick=False, say=lambda _: None)

    (more_k,) = bench.CHECKS
    assert [len(asked[lead]) for lead in (*bench.LEADS, more_k)] == [10] * 4 + [3]
    assert asked[more_k][0][1] != asked[bench.LEADS[-1]][0][1] == asked[bench.THIN][0][1]
    assert len(result.rows) == 43


def test_an_interrupted_run_tabulates_what_it_has(contacts, monkeypatch) -> None:
    def label(labeler, snapshot, lead):
        raise KeyboardInterrupt

    monkeypatch.setattr(bench, "_label", label)
    monkeypatch.setattr(bench, "choose_contacts", lambda leads, n: contacts)

    result = bench.measure(is_quick=False, say=lambda _: None)

    assert result.rows == []
    assert any(note.startswith("Interrupted: the same command") for note in result.notes)
