"""Wires and surfaces cut from bcc."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sekkei.errors import InvalidInputError
from sekkei.identity import content_hash
from sekkei.structure.bcc_wire import DIRECTIONS, cut_slab, cut_wire
from sekkei.structure.electrode import Electrode, build_electrode, electrode_names
from sekkei.structure.element import lattice_constant

CUT = tuple(name for name in electrode_names() if name.startswith("bcc"))
NEIGHBOUR = np.sqrt(3.0) / 2.0


def layer_counts(wire: Electrode) -> list[int]:
    return np.unique(np.round(wire.positions[:, 2], 6), return_counts=True)[1].tolist()


def distances(wire: Electrode) -> np.ndarray:
    """From each atom of one period to every atom of five, in lattice constants."""
    n, many = wire.numbers.size, wire.repeated(5)
    middle = many.positions[2 * n : 3 * n]
    found = np.linalg.norm(middle[:, None] - many.positions[None], axis=2)
    return found / lattice_constant("K")


# Hashes of numbers, positions and period before there was a cutter: experiments depend on them.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("staggered-3", "008a8b7d4cf27e3d121c2af70c5ffd7e"),
        ("bcc100-4+1", "5038241e2ad769b02e2e9d50395f613e"),
        ("bcc100-5+4", "cc8548f56691557ad546ff35cca10c7a"),
        ("bcc100-9+4", "4e0899735029466f03203d6d58b32f3a"),
    ],
)
def test_the_first_wires_are_what_they_were_to_the_last_bit(name: str, expected: str) -> None:
    wire = build_electrode(name, "K")

    assert content_hash(wire.numbers, wire.positions, wire.period) == expected


@pytest.mark.parametrize("name", CUT)
def test_a_wire_has_the_layers_that_its_name_says(name: str) -> None:
    wire = build_electrode(name, "K")

    assert layer_counts(wire) == [int(n) for n in name.partition("-")[2].split("+")]
    assert 3 <= wire.numbers.size <= 21
    assert wire.lateral_period is None


@pytest.mark.parametrize("name", CUT)
def test_every_site_of_a_wire_is_a_site_of_bcc(name: str) -> None:
    wire = build_electrode(name, "K").repeated(3)
    direction = DIRECTIONS[name[:6]]
    axes = np.array([direction.x, direction.y, direction.along], dtype=float)
    turn = axes / np.linalg.norm(axes, axis=1, keepdims=True)

    cubic = (wire.positions - wire.positions[0]) @ turn / lattice_constant("K")

    doubled = np.round(2.0 * cubic)
    np.testing.assert_allclose(2.0 * cubic, doubled, atol=1e-9)
    # Twice the coordinates of a bcc site are all even or all odd.
    assert (doubled % 2 == doubled[:, :1] % 2).all()


@pytest.mark.parametrize("name", CUT)
def test_nearest_neighbours_hold_a_wire_together(name: str) -> None:
    wire = build_electrode(name, "K")

    touching = np.abs(distances(wire) - NEIGHBOUR) < 1e-6
    assert touching.sum(axis=1).min() >= 2
    many = wire.repeated(5).positions / lattice_constant("K")
    bonds = np.linalg.norm(many[:, None] - many[None], axis=2) < NEIGHBOUR + 1e-6
    assert connected_components(csr_array(bonds), directed=False)[0] == 1


@pytest.mark.parametrize("name", electrode_names())
def test_no_two_atoms_of_a_wire_are_nearer_than_neighbours(name: str) -> None:
    found = distances(build_electrode(name, "K"))

    assert found[found > 1e-9].min() == pytest.approx(NEIGHBOUR)


@pytest.mark.parametrize(
    ("name", "counts"), [("4+1", (4, 1)), ("5+4", (5, 4)), ("9+4", (9, 4))], ids=str
)
def test_the_cutter_finds_the_wires_that_are_written_out(
    name: str, counts: tuple[int, int]
) -> None:
    axis = (0.5, 0.5) if counts == (4, 1) else (0.0, 0.0)

    cut = cut_wire(DIRECTIONS["bcc100"], axis, counts)

    written = build_electrode(f"bcc100-{name}", "K").positions / lattice_constant("K")
    np.testing.assert_allclose(ordered(cut), ordered(written), atol=1e-12)


@pytest.mark.parametrize("crystal", DIRECTIONS)
def test_a_slab_has_the_density_of_bcc(crystal: str) -> None:
    surface = build_electrode(f"surface-{crystal}-2x3", "K")

    assert surface.lateral_period is not None
    volume = surface.period * np.prod(surface.lateral_period)
    # Two atoms in a cube.
    assert surface.numbers.size / volume == pytest.approx(2.0 / lattice_constant("K") ** 3)


@pytest.mark.parametrize("crystal", DIRECTIONS)
def test_every_atom_of_a_slab_has_the_neighbours_of_the_crystal(crystal: str) -> None:
    direction, cells = DIRECTIONS[crystal], (3, 3)
    slab = cut_slab(direction, *cells)
    lengths = np.array([*(n * c for n, c in zip(cells, direction.cell, strict=True)), 0.0])
    shifts = np.arange(-2, 3)[:, None, None] * [0.0, 0.0, direction.period]
    layers = (slab + shifts).reshape(-1, 3)

    between = slab[:, None] - layers[None]
    between[..., :2] -= np.round(between[..., :2] / lengths[:2]) * lengths[:2]
    distance = np.linalg.norm(between, axis=2)

    # Eight nearest neighbours and six second ones.
    assert (np.abs(distance - NEIGHBOUR) < 1e-6).sum(axis=1).tolist() == [8] * len(slab)
    assert (np.abs(distance - 1.0) < 1e-6).sum(axis=1).tolist() == [6] * len(slab)


def test_several_periods_of_a_surface_are_a_surface() -> None:
    surface = build_electrode("surface-bcc100-2x2", "K")

    assert surface.repeated(3).lateral_period == surface.lateral_period


@pytest.mark.parametrize(
    "name", ["bcc100-13+12", "surface-bcc100-0x3", "surface-bcc120-3x3", "surface-bcc100"]
)
def test_an_unknown_electrode_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match=r"one of staggered-3, .* surface-bcc100-3x3, but"):
        build_electrode(name, "K")


def test_a_count_that_cuts_a_shell_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"complete shells of 1, 5, 9, .* but found 6"):
        cut_wire(DIRECTIONS["bcc100"], (0.0, 0.0), (6, 4))


def test_a_missing_layer_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"each of the 3 layers .* but found 2"):
        cut_wire(DIRECTIONS["bcc111"], (0.0, 0.0), (7, 3))


def ordered(positions: np.ndarray) -> np.ndarray:
    rounded = np.round(positions, 9) + 0.0
    return rounded[np.lexsort(rounded.T)]
