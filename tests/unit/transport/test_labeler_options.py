"""Options of labelers that would give a label that is not what it says are refused."""

import pytest

from sekkei.errors import InvalidInputError
from sekkei.transport import make_labeler
from sekkei.transport.gpaw.numerics import DftNumerics
from sekkei.transport.tight_binding import TightBindingOptions

GRIDS = ["gpaw", "tight-binding"]


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("options", [{"window_ev": 0.7}, {"energy_range_ev": 0.01}])
def test_a_window_wider_than_the_energies_is_refused(name, options):
    with pytest.raises(InvalidInputError, match="window_ev: the window must be within the energ"):
        make_labeler(name, **options)


def test_a_chain_refuses_such_a_window_too():
    with pytest.raises(InvalidInputError, match=r"± 0\.5 eV, but is ± 0\.7 eV; take a narrower"):
        make_labeler("chain", window=0.7)


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize(
    "options", [{"energy_range_ev": 1e9}, {"energy_step_ev": 1e-12}, {"energy_range_ev": 1e300}]
)
def test_more_energies_than_fit_a_memory_are_refused(name, options):
    with pytest.raises(InvalidInputError, match="energy_step_ev: there must be at most 100,000"):
        make_labeler(name, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"grid_spacing_angstrom": 1e-4},
        {"max_iterations": 10**9},
        {"lead_periods": 10**6},
        {"electrode_kpoint_length_angstrom": 1e9},
    ],
    ids=lambda options: next(iter(options)),
)
def test_a_calculation_without_end_is_refused(options):
    (name,) = options

    with pytest.raises(InvalidInputError, match=f"{name}: .* (less|greater) than or equal to"):
        make_labeler("gpaw", **options)


@pytest.mark.parametrize("kind", [DftNumerics, TightBindingOptions])
def test_a_window_as_wide_as_the_energies_is_taken(kind):
    assert kind(energy_range_ev=0.02, window_ev=0.02).window_ev == 0.02


def test_a_missing_option_is_named_as_it_is_given():
    with pytest.raises(
        InvalidInputError, match=r"add --option folder=FOLDER to make .* saved model"
    ):
        make_labeler("surrogate")
