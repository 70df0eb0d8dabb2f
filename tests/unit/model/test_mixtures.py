"""Two elements that were not learned side by side are no contact that a model knows."""

from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from sekkei.errors import LabelError
from sekkei.lake import Lake
from sekkei.model import Predictor, PredictorLabeler, load_predictor
from sekkei.model.domain import TrainingDomain
from sekkei.model.mixtures import learned_between, learned_pairs, unlearned
from sekkei.structure.junction import Junction

DATA = Path(__file__).parents[3] / "data"
LITHIUM, SODIUM, POTASSIUM, RUBIDIUM, CAESIUM = 3, 11, 19, 37, 55


@cache
def shipped(name: str) -> Predictor:
    return load_predictor(DATA / "models" / name)


@cache
def potassium() -> Junction:
    lake = Lake.open(DATA / "contacts")
    rows = lake.query("label", ['elements HAS ONLY "K" AND nsites < 82'], ["snapshot"])
    return lake.junctions(sorted(rows["snapshot"])[:1])[0]


def alloyed(*others: int) -> Junction:
    """Return a contact between wires of potassium with an atom of each other element inside."""
    numbers = potassium().numbers.copy()
    numbers[np.flatnonzero(potassium().regions == 0)[: len(others)]] = others
    return replace(potassium(), numbers=numbers)


def test_pairs_are_learned_from_fifteen_junctions_or_a_tenth_of_all():
    alloy, pure = np.array([11, 19]), np.array([19, 19])

    assert learned_pairs([alloy] * 15 + [pure] * 985) == ((11, 19),)
    assert learned_pairs([alloy] * 14 + [pure] * 985) == ()
    assert learned_pairs([alloy] + [pure] * 9) == ((11, 19),)
    assert learned_pairs([]) == ()
    assert unlearned(np.array([55, 11, 19]), [(11, 19)]) == ((11, 55), (19, 55))
    assert unlearned(pure, []) == ()


def test_five_junctions_teach_a_pair_between_an_electrode_or_a_tenth_of_few():
    alloy, pure = np.array([11, 19]), np.array([19, 19])
    four, five = [alloy] * 4 + [pure] * 96, [alloy] * 5 + [pure] * 95

    assert learned_between(four, [0] * 100, 1) == ((),)
    assert learned_between(five, [0] * 100, 1) == (((11, 19),),)
    assert learned_between(five, [1] * 4 + [0] * 96, 2) == ((), ())
    assert learned_between(five, [1] * 5 + [0] * 95, 2) == ((), ((11, 19),))
    assert learned_between([alloy, pure, pure], [0, 0, 1], 2) == (((11, 19),), ())
    assert learned_between(five, [None] * 100, 1) == ((),)


def test_a_pair_that_was_learned_between_other_electrodes_is_told():
    mixed = alloyed(SODIUM)
    domain = TrainingDomain.from_labels([mixed], np.array([6]))
    elsewhere = replace(domain, mixtures_between=((),))

    known = replace(domain, mixtures_between=(((SODIUM, POTASSIUM),),))
    (here,) = known.outlook([mixed], np.zeros(1)).reasons
    (found,) = elsewhere.outlook([mixed], np.zeros(1)).reasons

    assert here == ""
    assert found == "Na with K, which it hardly saw together between such electrodes"
    assert TrainingDomain.from_plain(elsewhere.to_plain()).mixtures_between == ((),)
    assert "mixtures_between" not in domain.to_plain()


def test_a_domain_says_which_mixture_is_new_and_a_stranger_only_once():
    mixed = alloyed(SODIUM)
    domain = TrainingDomain.from_labels([potassium(), potassium()], np.array([6, 6]))
    both = replace(domain, elements=(SODIUM, POTASSIUM))

    (met,) = both.outlook([mixed], np.zeros(1)).reasons
    (unmet,) = domain.outlook([mixed], np.zeros(1)).reasons
    (before,) = replace(both, mixtures=None).outlook([mixed], np.zeros(1)).reasons

    assert met == "Na with K, which it hardly saw together"
    assert unmet == "Na, which it was not trained on"
    assert before == ""
    assert TrainingDomain.from_plain(domain.to_plain()).mixtures == ()
    assert "mixtures" not in replace(both, mixtures=None).to_plain()


def test_the_shipped_hamiltonian_has_learned_every_pair_of_alkali_metals():
    alkali = (LITHIUM, SODIUM, POTASSIUM, RUBIDIUM, CAESIUM)
    model = shipped("alkali-hamiltonian")

    assert set(model.domain.mixtures) == set(combinations(alkali, 2))


@pytest.mark.parametrize(
    ("elements", "bottom_ev"),
    [
        ((POTASSIUM,), -1.71),
        ((POTASSIUM, CAESIUM), -1.71),
        ((CAESIUM,), -1.35),
        ((SODIUM, CAESIUM), -2.31),
        ((LITHIUM, CAESIUM), -2.76),
    ],
)
def test_bands_are_those_of_the_wires_of_the_elements_that_are_there(elements, bottom_ev):
    leads = shipped("alkali-hamiltonian").solver.leads

    assert leads.bottom_ev(np.array(elements)) == pytest.approx(bottom_ev, abs=0.01)


def test_where_an_element_has_no_wire_the_bands_are_those_of_all():
    leads = shipped("alkali-hamiltonian").solver.leads
    without = replace(leads, known=tuple(w for w in leads.known if SODIUM not in w.wire.numbers))

    # By the wire of lithium, which is deepest.
    assert without.bottom_ev(np.array([SODIUM])) == pytest.approx(-2.76, abs=0.01)


def test_a_mixture_that_a_hamiltonian_hardly_saw_is_predicted_and_no_label():
    mixed, strange = alloyed(SODIUM, CAESIUM), alloyed(LITHIUM, CAESIUM)
    whole = shipped("alkali-hamiltonian")
    known = tuple(pair for pair in whole.domain.mixtures or () if pair != (LITHIUM, CAESIUM))
    model = replace(whole, domain=replace(whole.domain, mixtures=known))

    found = model.predict([mixed, strange])

    assert found.reasons[0] == ""
    assert found.reasons[1].startswith("Li with Cs, which it hardly saw together")
    assert found.sigma[1] > found.sigma[0]
    # It is predicted all the same, and no label.
    assert found.mean[1] != found.n_channel[1] / 2.0
    with pytest.raises(LabelError, match="Li with Cs"):
        PredictorLabeler(model).label(strange)


def test_the_shipped_direct_model_learned_most_mixtures():
    found = shipped("alkali-direct").predict([alloyed(SODIUM, CAESIUM), alloyed(LITHIUM, CAESIUM)])

    assert "hardly" not in found.reasons[0]
    assert "Li with Cs, which it hardly saw together" in found.reasons[1]
