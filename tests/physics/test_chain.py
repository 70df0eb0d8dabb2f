"""The chain labeler: its laws, and the textbook's formula."""

import numpy as np
import pytest

from sekkei.structure.junction import Junction
from sekkei.testing.labeler_laws import LabelerLaws
from sekkei.transport.chain import ChainLabeler


def chain_of(n_atom: int, n_lead: int = 2, spacing: float = 4.6) -> Junction:
    regions = np.zeros(n_atom, dtype=int)
    regions[:n_lead], regions[-n_lead:] = -1, 1
    positions = np.zeros((n_atom, 3))
    positions[:, 2] = spacing * np.arange(n_atom)
    return Junction.from_sequences(np.full(n_atom, 19), positions, regions, n_lead * spacing)


class TestChainLabeler(LabelerLaws):
    def make_labeler(self):
        return ChainLabeler(onsite=0.7)

    def make_junction(self):
        return chain_of(7)

    def make_hopeless(self):
        junction = chain_of(7)
        positions = np.array(junction.positions)
        positions[3] = positions[4]
        return Junction.from_sequences(
            junction.numbers, positions, junction.regions, junction.electrode_period
        )


@pytest.mark.physics
@pytest.mark.parametrize("onsite", [0.0, 0.5, 2.0], ids=["perfect", "weak", "strong"])
def test_an_impurity_scatters_as_the_textbook_says(onsite: float) -> None:
    # Leads give Sigma = (E - iv)/2 each, so G = 1/(iv - e), Gamma = v and T = v^2/(v^2 + e^2).
    label = ChainLabeler(onsite=onsite).label(chain_of(5))

    velocity_squared = 4.0 - label.energies**2
    expected = velocity_squared / (velocity_squared + onsite**2)
    np.testing.assert_allclose(label.transmission, expected, atol=1e-9)
