"""The wires of the DFT benchmark. The measurement itself takes minutes and is not run here."""

import numpy as np
import pytest

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from sekkei.bench.dft import LONG, WIDE, growth_exponent, shaken_wire
from sekkei.structure.lead import recognise_leads

pytestmark = pytest.mark.dft


@pytest.mark.parametrize(("name", "n_period"), [LONG[0], WIDE[0]])
def test_a_shaken_wire_is_the_same_each_time_and_has_perfect_leads(name, n_period) -> None:
    junction = shaken_wire(name, n_period)
    again = shaken_wire(name, n_period)

    np.testing.assert_array_equal(junction.positions, again.positions)
    assert recognise_leads(junction).electrode.numbers.size * n_period == junction.n_atom


def test_the_longest_wire_has_nearly_four_hundred_atoms() -> None:
    assert [shaken_wire(*shape).n_atom for shape in LONG] == [54, 99, 198, 396]


def test_the_exponent_is_that_of_a_power_law() -> None:
    n_atom = [40.0, 100.0, 400.0]

    assert growth_exponent(n_atom, [n**1.7 for n in n_atom]) == pytest.approx(1.7)
