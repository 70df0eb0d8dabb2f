"""What the benchmark of accuracy makes of labels. The labels themselves cost minutes each."""

import json

import numpy as np
import pytest

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from sekkei.bench import accuracy, electrons
from sekkei.bench.accuracy import chosen_contacts, compare, reference_numerics, variations, vary
from sekkei.bench.accuracy_table import (
    CHANGED,
    MANY,
    SMALL,
    Pair,
    cost_points,
    label_pairs,
    range_errors,
    range_rows,
)
from sekkei.bench.alignment import overlap_shift
from sekkei.bench.contacts import Contact, Pull, realistic_contacts
from sekkei.bench.kept import KeptLabel, kept_label
from sekkei.errors import LabelError
from sekkei.structure.junction import Junction
from sekkei.transport.cache import ArrayCache
from sekkei.transport.chain import ChainLabeler
from sekkei.transport.gpaw.model import ONE_ELECTRON, ElectronModel
from sekkei.transport.gpaw.numerics import DftNumerics
from sekkei.transport.junction_ends import onsite_shift

pytestmark = pytest.mark.dft


def label(conductance: float, window: float = 0.0, cpu_seconds: float = 1.0) -> KeptLabel:
    return KeptLabel(conductance, window, cpu_seconds, 5)


def pair(reference: float, error: float, name: str = "K staggered-3") -> Pair:
    return Pair(name, 3, 40, label(reference + error, error / 2.0), label(reference))


def chain(n_atom: int = 5) -> Junction:
    regions = np.zeros(n_atom, dtype=int)
    regions[0], regions[-1] = -1, 1
    positions = np.column_stack([np.zeros((n_atom, 2)), 4.0 * np.arange(n_atom)])
    return Junction.from_sequences(np.full(n_atom, 19), positions, regions, 4.0)


class CountingLabeler:
    """Counts what it is asked, and can refuse."""

    recipe = "counted"
    engine = "counting"

    def __init__(self, *, is_willing: bool = True) -> None:
        self.is_willing, self.n_asked = is_willing, 0

    def label(self, junction):
        self.n_asked += 1
        if not self.is_willing:
            raise LabelError("a junction must be nice, but this one is not; try another")
        return ChainLabeler(onsite=0.5).label(junction)


def test_errors_stand_in_the_range_of_the_reference() -> None:
    # The second is 0.49 + 0.03 by the recipe, but 0.49 by the reference.
    rows = list(range_rows([pair(0.2, -0.01), pair(0.49, 0.03), pair(2.0, 0.1)]))

    assert [row["what"] for row in rows[:3]] == ["0 to 0.5 G0", "1.5 to 3 G0", "all"]
    assert [row["n"] for row in rows[:3]] == [2, 1, 3]
    assert rows[0]["mae_g0"] == pytest.approx(0.02)
    assert rows[0]["bias_g0"] == pytest.approx(0.01)
    assert rows[0]["window_max_g0"] == pytest.approx(0.015)
    assert [row["target_met"] for row in rows[:3]] == [True, False, None]


def test_errors_stand_under_the_kind_of_contact_too() -> None:
    pairs = [pair(1.2, 0.1, "Na in K"), pair(1.3, 0.0, "K"), pair(2.0, -0.3, "Na in K")]

    kinds = list(range_rows(pairs))[-2:]

    assert [(row["what"], row["n"], row["target_met"]) for row in kinds] == [
        ("Na in K", 2, None),
        ("K", 1, None),
    ]
    assert kinds[0]["mae_g0"] == pytest.approx(0.2)


def test_another_basis_has_no_aim() -> None:
    rows = list(range_rows([pair(0.2, -0.2)], SMALL))

    assert {row["table"] for row in rows} == {SMALL}
    assert {row["target_met"] for row in rows} == {None}


def test_the_spread_of_a_range_is_a_standard_deviation() -> None:
    (found,) = range_errors([pair(4.0, 0.1), pair(5.0, -0.1)])

    assert (found.low, found.bias, found.spread) == pytest.approx((3.0, 0.0, 0.1))


def test_contacts_are_grouped_by_element_and_electrode() -> None:
    mixed = [pair(1.2, 0.0, "Na in K staggered-3"), pair(1.3, 0.0, "Cs in Rb staggered-3")]

    found = label_pairs([pair(1.0, 0.1), pair(2.0, 0.0, "Na staggered-3"), pair(1.5, 0.1), *mixed])

    assert [(one.name, one.reference.tolist()) for one in found] == [
        ("K staggered-3", [1.0, 1.5]),
        ("Na staggered-3", [2.0]),
        ("alloyed staggered-3", [1.2, 1.3]),
    ]


def test_what_varies_alone_makes_the_reference_together() -> None:
    best, together = reference_numerics(("K",)), {}
    for name, changed in variations(("K",)):
        if name in {
            "basis reference",
            "grid fine",
            "lead periods + 2",
            "density tolerance / 10",
        }:
            together |= changed

    assert best == DftNumerics.model_validate(together)


def test_the_grid_of_the_reference_is_finer_for_every_element() -> None:
    for symbols, spacing in (
        (("Li",), 0.32),
        (("Na",), 0.40),
        (("K",), 0.45),
        (("Cs",), 0.45),
        (("Li", "K"), 0.32),
    ):
        assert reference_numerics(symbols).grid_spacing_angstrom == pytest.approx(spacing)


def test_a_label_is_made_once(tmp_path) -> None:
    labeler, cache = CountingLabeler(), ArrayCache(tmp_path)

    first, second = (kept_label(cache, labeler, chain()) for _ in range(2))

    assert first == second
    assert labeler.n_asked == 1
    assert kept_label(cache, labeler, chain(7)) is not None
    assert labeler.n_asked == 2


def test_a_refusal_is_kept_too(tmp_path) -> None:
    labeler, cache = CountingLabeler(is_willing=False), ArrayCache(tmp_path)

    for _ in range(2):
        with pytest.raises(LabelError, match="must be nice"):
            kept_label(cache, labeler, chain())
    assert labeler.n_asked == 1


@pytest.fixture
def chains(monkeypatch):
    """Let a chain stand for the engine; the reference has a lower site."""

    def labeler(numerics: DftNumerics | None = None) -> ChainLabeler:
        chosen = numerics or DftNumerics()
        return ChainLabeler(onsite=0.4 if chosen.basis == "reference" else 0.5)

    monkeypatch.setattr(accuracy, "GpawLabeler", labeler)
    aligned = {name: np.array([0.0, 1.0, 1.0]) for name in ("none", "onsite")}
    monkeypatch.setattr(accuracy, "align_every_way", lambda *_: aligned)


def test_contacts_are_compared(chains, tmp_path) -> None:
    said: list[str] = []

    pairs, notes = compare(ArrayCache(tmp_path), [Contact("K x", 7, chain(3))], said.append)

    # T = v^2 / (v^2 + e^2) with v = 2 at the middle of the band.
    assert pairs[0].found.conductance == pytest.approx(4.0 / 4.25, abs=1e-6)
    assert pairs[0].reference.conductance == pytest.approx(4.0 / 4.16, abs=1e-6)
    assert notes == []
    assert "frame 7" in said[0]


def test_one_setting_is_changed_at_a_time(chains, tmp_path) -> None:
    rows = vary(ArrayCache(tmp_path), [Contact("K x", 7, chain())], lambda _: None)

    moved = {row["what"]: row["mae_g0"] for row in rows if row["table"] != CHANGED}
    left = {row["what"]: row["mae_g0"] for row in rows if row["table"] == CHANGED}
    assert moved["basis reference"] == pytest.approx(left["default"])
    assert left["basis reference"] == moved["grid fine"] == 0.0
    assert "alignment none" in moved
    assert "alignment onsite" not in moved
    assert {point.name for point in cost_points(rows)} == set(left)


def test_each_part_of_the_error_is_a_difference_of_two_models(monkeypatch, tmp_path) -> None:
    onsite = {
        ("hgh-1e", "LDA", "spd"): 0.5,
        ("paw", "LDA", "spd"): 0.4,
        ("paw", "PBE", "spd"): 0.3,
        ("paw", "LDA", "reference"): 0.2,
    }

    def labeler(numerics: DftNumerics | None = None, model: ElectronModel = ONE_ELECTRON):
        basis = (numerics or DftNumerics()).basis
        return ChainLabeler(onsite=onsite[model.name, model.functional, basis])

    monkeypatch.setattr(electrons, "GpawLabeler", labeler)
    contacts, said = [Contact("K x", 7, chain(3))], []

    found, notes = electrons.label_electrons(ArrayCache(tmp_path), contacts, said.append)
    rows = {row["what"]: row for row in electrons.electron_rows(found)}

    # T = v^2 / (v^2 + e^2) with v = 2 at the middle of the band.
    t = {model: 4.0 / (4.0 + energy**2) for model, energy in onsite.items()}
    one, many, pbe, largest = t.values()
    assert notes == []
    assert "frame 7" in said[0]
    assert rows["all"]["table"] == MANY
    assert rows["all"]["bias_g0"] == pytest.approx(one - largest, abs=1e-6)
    moved = {what: row["bias_g0"] for what, row in rows.items() if row["table"] == electrons.ALONE}
    assert moved == {
        "one electron instead of many": pytest.approx(one - many, abs=1e-6),
        "recipe's functions instead of the largest set": pytest.approx(many - largest, abs=1e-6),
        "LDA instead of PBE": pytest.approx(many - pbe, abs=1e-6),
    }


def test_a_contact_that_a_model_refuses_is_a_note(monkeypatch, tmp_path) -> None:
    refusing = CountingLabeler(is_willing=False)
    monkeypatch.setattr(electrons, "GpawLabeler", lambda *_, **__: refusing)

    found, notes = electrons.label_electrons(
        ArrayCache(tmp_path), [Contact("K x", 7, chain(3))], lambda _: None
    )

    assert found == []
    assert notes == ["K x, frame 7: a junction must be nice, but this one is not; try another"]
    assert list(electrons.electron_rows(found)) == []


def test_contacts_are_a_mixture_and_the_same_each_time() -> None:
    pulls = [Pull("staggered-3", "K", "gupta", 4, 3, 2, 2, seed=1)]

    one, other = realistic_contacts(pulls), realistic_contacts(pulls)

    assert [contact.frame for contact in one] == [contact.frame for contact in other]
    assert len({contact.frame for contact in one}) == 4
    np.testing.assert_array_equal(one[0].junction.positions, other[0].junction.positions)


def test_a_broken_contact_is_opened_along_its_axis() -> None:
    pull = Pull("staggered-3", "K", "gupta", 1, 3, 2, 2, seed=32, opened=(0.8,))

    broken, opened = (contact.junction for contact in realistic_contacts([pull]))

    moved = opened.positions - broken.positions
    assert sorted(np.unique(moved[:, 2].round(9)).tolist()) == [0.0, 0.8]
    np.testing.assert_array_equal(moved[:, :2], 0.0)
    np.testing.assert_allclose(moved[broken.regions == 1, 2], 0.8)
    np.testing.assert_array_equal(moved[broken.regions == -1, 2], 0.0)


def test_half_of_the_atoms_between_the_grips_may_be_of_another_element() -> None:
    pull = Pull("staggered-3", "K", "gupta", 2, 3, 2, 2, seed=37, mixed="Na", is_broken_taken=False)

    found = realistic_contacts([pull])

    assert {contact.symbols for contact in found} == {("Na", "K")}
    assert found[0].name == "Na in K staggered-3"
    one = found[0].junction
    assert set(one.numbers[one.regions != 0]) == {19}
    assert (one.numbers == 11).sum() == pytest.approx((one.regions == 0).sum() / 2, abs=4)


def test_the_quick_run_has_three_small_contacts() -> None:
    found = chosen_contacts(is_quick=True)

    assert len(found) == 3
    assert all(contact.junction.n_atom < 40 for contact in found)


def test_both_alignments_find_a_shift_that_is_there() -> None:
    rng = np.random.default_rng(5)
    skew = rng.normal(size=(3, 3))
    s = np.eye(3) + 0.05 * (skew + skew.T)
    bulk = rng.normal(size=(3, 3)) + 2.0 * np.eye(3)
    bulk = bulk + bulk.T
    h, overlap = np.zeros((8, 8)), np.eye(8)
    for part in (slice(0, 3), slice(5, 8)):
        h[part, part], overlap[part, part] = bulk - 0.07 * s, s

    assert onsite_shift(h, overlap, bulk) == pytest.approx(0.07)
    assert overlap_shift(h, overlap, bulk) == pytest.approx(0.07)


def test_the_files_hold_every_contact_and_all_figures() -> None:
    rows = [{"table": CHANGED, "what": "default", "cpu_s": 4.0, "mae_g0": 0.01}]

    files = accuracy._files([pair(1.0, 0.1), pair(4.0, -0.2)], [pair(1.0, 0.1)], rows)

    assert len(json.loads(files["accuracy-contacts.json"])) == 2
    assert len(json.loads(files["accuracy-electrons.json"])) == 1
    assert files["accuracy-parity.png"].startswith(b"\x89PNG")
    assert files["accuracy-electrons.png"].startswith(b"\x89PNG")
    assert b"<svg" in files["accuracy-cost.svg"]
