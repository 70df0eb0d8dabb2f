"""Basis functions of the alkali metals: how many, how long, and for whom."""

import numpy as np
import pytest

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from sekkei.errors import LabelError
from sekkei.structure import element
from sekkei.transport.gpaw.basis import (
    BASIS_VERSION,
    basis_revisions,
    basis_shapes,
    grid_spacing_angstrom,
    known_elements,
    make_basis,
    n_orbital,
)

pytestmark = [pytest.mark.dft]


def test_every_element_that_contacts_are_made_of_has_a_basis() -> None:
    assert known_elements() == element.known_elements()


@pytest.mark.parametrize(
    ("name", "n"), [("sp", 4), ("spd", 9), ("uncontracted", 22), ("reference", 22)]
)
@pytest.mark.parametrize("symbol", ["Li", "Na", "K", "Rb", "Cs"])
def test_a_basis_has_as_many_functions_as_it_says(symbol: str, name: str, n: int) -> None:
    basis = make_basis(symbol, name)

    # One s function more serves lithium's thin wires and its wide ones alike.
    wanted = n + 1 if (symbol, name) == ("Li", "spd") else n
    assert sum(2 * function.l + 1 for function in basis.bf_j) == wanted == n_orbital(symbol, name)


@pytest.mark.parametrize("symbol", ["Li", "Na", "K", "Rb", "Cs"])
def test_functions_are_normalised_and_end_where_the_table_says(symbol: str) -> None:
    basis = make_basis(symbol, "spd")

    spacing = basis.rgd.r_g[1]
    shapes = basis_shapes(symbol, "spd")
    for function in basis.bf_j:
        shape = shapes[function.l]
        radii = spacing * np.arange(len(function.phit_g))
        assert (function.phit_g**2 * radii**2).sum() * spacing == pytest.approx(1.0, abs=1e-9)
        assert function.rc == pytest.approx(shape.cutoff, abs=spacing)
        assert abs(function.phit_g[-1]) < 1e-12


@pytest.mark.parametrize("symbol", ["Li", "Na", "K", "Rb", "Cs"])
def test_the_larger_basis_contains_the_contracted_one(symbol: str) -> None:
    large = make_basis(symbol, "uncontracted").bf_j

    for function in make_basis(symbol, "spd").bf_j:
        pool = np.array([other.phit_g for other in large if other.l == function.l]).T
        left = function.phit_g - pool @ np.linalg.lstsq(pool, function.phit_g, rcond=None)[0]
        assert np.abs(left).max() < 1e-9 * np.abs(function.phit_g).max()


def test_a_reference_reaches_further() -> None:
    for symbol in known_elements():
        short, long = (make_basis(symbol, name).bf_j[0].rc for name in ("spd", "reference"))
        assert long > short + 1.0


def test_heavier_atoms_need_no_finer_grid() -> None:
    spacings = [grid_spacing_angstrom(symbol) for symbol in known_elements()]

    assert spacings == sorted(spacings)


def test_only_elements_whose_row_changed_are_told_from_what_was_kept_of_them() -> None:
    # Keys of what holds no lithium must stay as they were: it goes on being found.
    assert basis_revisions(np.array([11, 19, 37, 55, 19])) == ()
    assert basis_revisions(np.array([19, 3, 3])) == ("Li 2",)


@pytest.mark.parametrize(
    ("symbol", "moment"),
    [("Na", 14.399189), ("K", 12.917187), ("Rb", 14.125855), ("Cs", 15.685131)],
)
def test_bases_stay_as_long_as_data_sets_hold_their_labels(symbol: str, moment: float) -> None:
    # <r> of the s, p and d functions, summed: whoever changes a row raises the version.
    basis = make_basis(symbol, "spd")
    radii = [basis.rgd.r_g[: len(f.phit_g)] for f in basis.bf_j]
    found = [(f.phit_g**2 * r**3).sum() * r[1] for f, r in zip(basis.bf_j, radii, strict=True)]

    assert BASIS_VERSION == 1
    assert sum(found) == pytest.approx(moment, abs=1e-6)


@pytest.mark.parametrize("symbol", ["Al", "Ag", "H", "Xx"])
@pytest.mark.parametrize(
    "ask",
    [
        grid_spacing_angstrom,
        lambda symbol: make_basis(symbol, "spd"),
        lambda symbol: n_orbital(symbol, "sp"),
        lambda symbol: basis_shapes(symbol, "reference"),
    ],
    ids=["grid", "basis", "count", "shapes"],
)
def test_other_elements_are_refused_by_name(ask, symbol: str) -> None:
    wanted = rf"exist for Li, Na, K, Rb, Cs, but the junction holds {symbol}; remove it"

    with pytest.raises(LabelError, match=wanted) as refused:
        ask(symbol)

    assert refused.value.facts == {"symbol": symbol}
