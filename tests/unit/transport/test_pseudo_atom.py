"""One-electron pseudo atoms against all-electron atoms, and the functions made from them."""

import numpy as np
import pytest

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from sekkei.errors import ConvergenceError
from sekkei.transport.gpaw import pseudo_atom
from sekkei.transport.gpaw.pseudo_atom import SPACING_BOHR, confined_functions, solve_atom

pytestmark = [pytest.mark.dft]

HARTREE_EV = 27.211386

# Highest s level in hartree of all-electron atoms: local density, scalar-relativistic, no spin.
# S. Kotochigova et al., Phys. Rev. A 55, 191 (1997), doi:10.1103/PhysRevA.55.191, tables of NIST.
ALL_ELECTRON = {
    "Li": -0.105541,
    "Na": -0.103523,
    "K": -0.089123,
    "Rb": -0.086705,
    "Cs": -0.081620,
}


@pytest.mark.physics
@pytest.mark.parametrize("symbol", ALL_ELECTRON)
def test_the_level_of_the_pseudo_atom_is_that_of_all_electrons(symbol: str) -> None:
    # 0.3 meV (Li) to 5.8 meV (Cs) were found. Without relativity Cs would be 74 meV away.
    level = solve_atom(symbol).level

    assert level == pytest.approx(ALL_ELECTRON[symbol], abs=7e-3 / HARTREE_EV)


@pytest.mark.physics
def test_levels_rise_and_atoms_grow_down_the_group() -> None:
    atoms = [solve_atom(symbol) for symbol in ALL_ELECTRON]
    levels = [atom.level for atom in atoms]
    sizes = [mean_radius(confined_functions(atom, 0, 14.0, 1)[:, 0]) for atom in atoms]

    assert levels == sorted(levels)
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("angular", [0, 1, 2], ids="spd")
def test_confined_functions_are_orthonormal_and_end_at_the_cutoff(angular: int) -> None:
    functions = confined_functions(solve_atom("K"), angular, 11.6, 3)

    radii = SPACING_BOHR * np.arange(len(functions))
    overlap = (functions * radii[:, None] ** 2).T @ functions * SPACING_BOHR
    np.testing.assert_allclose(overlap, np.eye(3), atol=1e-9)
    assert radii[-1] == pytest.approx(11.6)
    assert (functions[-1] == 0.0).all()
    # The wall brings the lowest one to zero gently: 0.7 to 1.7 % of its height per bohr were seen.
    slope = np.abs(np.diff(functions[-12:, 0])).max() / SPACING_BOHR
    assert slope < 0.02 * np.abs(functions[:, 0]).max()


def test_functions_of_higher_angular_momentum_vanish_at_the_nucleus() -> None:
    atom = solve_atom("Na")

    for angular in (1, 2):
        assert (confined_functions(atom, angular, 10.2, 2)[0] == 0.0).all()
    # An s function is flat there: a parabola, nothing linear.
    origin, *near = confined_functions(atom, 0, 10.2, 1)[:3, 0]
    assert near[1] - origin == pytest.approx(4.0 * (near[0] - origin), rel=1e-9)


def test_functions_are_positive_where_r_times_them_is_largest() -> None:
    functions = confined_functions(solve_atom("Rb"), 0, 11.9, 3)

    waves = functions * np.arange(len(functions))[:, None]
    largest = np.abs(waves).argmax(axis=0)
    assert (waves[largest, np.arange(3)] > 0.0).all()


@pytest.mark.physics
def test_a_far_wall_leaves_the_atom_alone() -> None:
    # The wall starts at half the cut-off radius, beyond most of the lithium atom.
    atom = solve_atom("Li")
    near, far = (mean_radius(confined_functions(atom, 0, r, 1)[:, 0]) for r in (12.0, 24.0))

    free = confined_functions(atom, 0, 25.9, 1)[:, 0]
    assert near < far
    assert far == pytest.approx(mean_radius(free), rel=1e-2)


def test_an_atom_is_solved_once_and_cannot_be_changed() -> None:
    atom = solve_atom("K")

    assert solve_atom("K") is atom
    with pytest.raises(ValueError, match="read-only"):
        atom.potential[0] = 0.0


def test_an_atom_that_does_not_converge_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(pseudo_atom, "_MAX_ITERATIONS", 2)

    with pytest.raises(ConvergenceError, match=r"free Li atom must converge, .* in 2 iterations"):
        solve_atom.__wrapped__("Li")


def mean_radius(function: np.ndarray) -> float:
    """Return <r> in bohr of a normalised radial function."""
    radii = SPACING_BOHR * np.arange(len(function))
    return float((function**2 * radii**3).sum() * SPACING_BOHR)
