"""All roads of the kernel lead to the same transmission, and a wrong slicing is caught."""

import numpy as np
import pytest
import torch

from sekkei.bench.wire import make_wire
from sekkei.errors import GridBoundsError, InvalidInputError
from sekkei.transport.kernel.decimation import decimate
from sekkei.transport.kernel.landauer import (
    Plan,
    SelfEnergies,
    corner_green_function,
    green_inverse,
    lead_self_energies,
    plan_road,
    transmission,
)
from sekkei.transport.kernel.precision import transmission_in_single
from sekkei.transport.kernel.slicing import find_slicing, fit_slicing, sparsity

GRID = torch.linspace(-0.5, 0.5, 9, dtype=torch.float64)


@pytest.fixture(scope="module")
def wire():
    made = make_wire(10, 6, seed=1)
    return (
        torch.from_numpy(made.hamiltonian),
        torch.from_numpy(made.overlap),
        made.self_energies(GRID),
    )


def shuffled_device(n: int, n_layer: int, seed: int = 0) -> np.ndarray:
    order = np.arange(n)
    np.random.default_rng(seed).shuffle(order[n_layer : n - n_layer])
    return order


def test_slices_and_dense_solve_agree(wire) -> None:
    h, s, leads = wire

    dense = transmission(h, s, leads, GRID, plan_road(h, s, 12, "dense"))
    sliced = transmission(h, s, leads, GRID, plan_road(h, s, 12, "block-tridiagonal"))

    np.testing.assert_allclose(sliced.numpy(), dense.numpy(), atol=1e-12)
    assert dense.max() > 0.1


def test_the_banded_order_is_found_whatever_the_order_of_the_atoms(wire) -> None:
    h, s, leads = wire
    order = shuffled_device(60, 12)
    mixed = [x[order][:, order] for x in (h, s)]

    plan = plan_road(*mixed, 12)
    values = transmission(*mixed, leads, GRID, plan)

    assert plan.slicing is not None
    assert len(plan.slicing.sizes) == 5
    np.testing.assert_allclose(values.numpy(), transmission(h, s, leads, GRID).numpy(), atol=1e-12)


def test_the_choice_is_visible(wire) -> None:
    h, s, _ = wire

    assert plan_road(h, s, 12).road == "block-tridiagonal"
    assert "of a dense solve" in plan_road(h, s, 12).reason
    assert plan_road(h[:20, :20], s[:20, :20], 2).road == "dense"


def test_a_device_in_which_all_touches_all_is_solved_densely() -> None:
    full = torch.ones(60, 60, dtype=torch.float64)

    assert plan_road(full, full, 2).road == "dense"


def test_slices_are_refused_where_the_layers_overlap(wire) -> None:
    h, s, _ = wire

    with pytest.raises(InvalidInputError, match="two layers of 40 orbitals"):
        plan_road(h, s, 40, "block-tridiagonal")


def test_a_wrong_slicing_is_refused_with_the_orbitals_that_show_it(wire) -> None:
    h, s, _ = wire

    with pytest.raises(GridBoundsError, match=r"couple slices 0 and 2 of 7"):
        fit_slicing(sparsity(h, s), np.arange(60), (12, 6, 6, 6, 6, 12, 12), 12, misfit="refuse")


def test_a_wrong_slicing_would_give_a_wrong_transmission_and_is_merged_until_it_fits(wire) -> None:
    h, s, leads = wire
    sizes = (12, 6, 6, 6, 6, 12, 12)
    right = transmission(h, s, leads, GRID)

    blind = find_slicing(sparsity(h, s), 12)
    wrong = Plan(type(blind)(np.arange(60), sizes), "not verified")
    fitted = fit_slicing(sparsity(h, s), np.arange(60), sizes, 12)

    # Why it is verified: the numbers look like a transmission and are wrong.
    assert np.abs((transmission(h, s, leads, GRID, wrong) - right).numpy()).max() > 1e-3
    assert fitted.n_merged > 0
    merged = transmission(h, s, leads, GRID, Plan(fitted, "merged"))
    np.testing.assert_allclose(merged.numpy(), right.numpy(), atol=1e-12)


def test_a_coupling_that_only_the_overlap_has_is_seen(wire) -> None:
    h, s, _ = wire
    far = s.clone()
    far[0, -1] = far[-1, 0] = 1e-9

    assert not fit_slicing(sparsity(h, s), np.arange(60), (12,) * 5, 12).n_merged
    assert fit_slicing(sparsity(h, far), np.arange(60), (12,) * 5, 12).sizes == (12, 48)


@pytest.mark.parametrize(
    ("order", "sizes", "why"),
    [
        (np.arange(60)[::-1].copy(), (12,) * 5, "in their places"),
        (np.arange(60), (12,) * 4, "each of 60 orbitals once"),
        (np.arange(60), (6,) * 10, "must hold a lead's layer"),
    ],
    ids=["moved leads", "missing orbitals", "split layer"],
)
def test_slices_that_are_none_are_refused(wire, order, sizes, why) -> None:
    h, s, _ = wire

    with pytest.raises(GridBoundsError, match=why):
        fit_slicing(sparsity(h, s), order, sizes, 12)


def test_a_broken_junction_transmits_nothing_on_either_road(wire) -> None:
    h, s, leads = (wire[0].clone(), wire[1].clone(), wire[2])
    for matrix in (h, s):
        matrix[:30, 30:] = 0.0
        matrix[30:, :30] = 0.0

    for road in ("dense", "block-tridiagonal"):
        values = transmission(h, s, leads, GRID, plan_road(h, s, 12, road))
        assert values.abs().max() == 0.0


@pytest.mark.parametrize("road", ["dense", "block-tridiagonal"])
def test_a_batch_of_junctions_equals_one_after_the_other(wire, road) -> None:
    h, s, leads = wire
    shift = torch.diag((torch.arange(60) > 20).double() * (torch.arange(60) < 40))
    many = torch.stack([h + 0.1 * i * shift for i in range(4)])
    same = s.expand(4, -1, -1)

    batch = transmission(many, same, leads, GRID, plan_road(many, same, 12, road))

    single = torch.stack([transmission(one, s, leads, GRID) for one in many])
    np.testing.assert_allclose(batch.numpy(), single.numpy(), atol=1e-12)


@pytest.mark.parametrize("road", ["dense", "block-tridiagonal"])
def test_a_phase_on_every_orbital_changes_nothing(wire, road) -> None:
    # H -> U^dagger H U with a diagonal U, the same in every layer of the leads: complex Hermitian.
    h, s, _ = wire
    phases = np.random.default_rng(5).uniform(0.0, 2.0 * np.pi, 60)
    phases[-12:] = phases[:12]
    turn = torch.from_numpy(np.exp(1j * phases))
    turned = [turn.conj()[:, None] * x.to(turn.dtype) * turn for x in (h, s)]
    corner = turn[:12]
    lead = [
        tuple(corner.conj()[:, None] * x[:12, a : a + 12] * corner for a in (0, 12)) for x in (h, s)
    ]
    leads = lead_self_energies(*lead, GRID, 1e-6)

    values = transmission(*turned, leads, GRID, plan_road(*turned, 12, road))

    np.testing.assert_allclose(values.numpy(), transmission(*wire, GRID).numpy(), atol=1e-9)


@pytest.mark.physics
def test_a_magnetic_flux_through_a_ring_interferes_as_the_textbook_says() -> None:
    # Two sites side by side between perfect chains: T ~ cos^2(phi / 2), no more at phi = pi.
    hop, energy = -1.0, torch.tensor([0.3], dtype=torch.float64)
    one, zero = torch.eye(1, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    leads = lead_self_energies((zero, hop * one), (one, zero), energy, 1e-8)

    def through(flux: float) -> float:
        h = torch.zeros(4, 4, dtype=torch.complex128)
        h[0, 1] = h[0, 2] = h[2, 3] = hop
        h[1, 3] = hop * np.exp(1j * flux)
        h = h + h.mH
        return float(transmission(h, torch.eye(4, dtype=torch.float64), leads, energy))

    # With both paths onsite-free, G = t^2 (1 + e^{i phi}) in a 2 x 2 problem solved by hand.
    sigma = complex(0.15, -np.sqrt(1.0 - 0.15**2))
    for flux in (0.0, 1.0, 2.5):
        path = 1.0 / 0.3
        inner = 0.3 - sigma - 2.0 * path
        coupling = path * (1.0 + np.exp(1j * flux))
        green = coupling / (inner**2 - abs(coupling) ** 2)
        assert through(flux) == pytest.approx((2.0 * sigma.imag) ** 2 * abs(green) ** 2, abs=1e-6)
    assert through(np.pi) < 1e-12


def test_gradients_agree_on_both_roads(wire) -> None:
    h, s, leads = wire

    slopes = []
    for road in ("dense", "block-tridiagonal"):
        free = h.clone().requires_grad_()
        plan = plan_road(h, s, 12, road)
        slopes.append(torch.autograd.grad(transmission(free, s, leads, GRID, plan).sum(), free)[0])

    # Elements that are zero now have a slope, too, which only the dense road sees.
    is_near = torch.from_numpy(sparsity(h, s))
    np.testing.assert_allclose(slopes[1][is_near].numpy(), slopes[0][is_near].numpy(), atol=1e-9)


def test_single_precision_holds_and_says_so(wire) -> None:
    h, s, leads = wire

    found = transmission_in_single(h, s, leads, GRID, smallest=0)

    assert found.precision == "complex64"
    assert found.deviation < 1e-5
    assert "complex64 held" in found.report
    exact = transmission(h, s, leads, GRID)
    np.testing.assert_allclose(found.values.numpy(), exact.numpy(), atol=1e-5)


def test_single_precision_that_misses_falls_back_and_says_so(wire) -> None:
    h, s, leads = wire

    found = transmission_in_single(h, s, leads, GRID, tolerance=1e-12, smallest=0)

    assert found.precision == "complex128"
    assert "missed, hence complex128" in found.report
    assert torch.equal(found.values, transmission(h, s, leads, GRID))


def test_single_precision_is_not_tried_where_it_saves_nothing(wire) -> None:
    h, s, leads = wire

    found = transmission_in_single(h, s, leads, GRID)

    assert (found.precision, found.deviation) == ("complex128", None)
    assert "too small for complex64" in found.report
    assert torch.equal(found.values, transmission(h, s, leads, GRID))


def test_an_energy_that_converges_before_the_others_does_not_spoil_them() -> None:
    # At this seed one energy of the nine lies in a gap: its couplings underflow first.
    made = make_wire(10, 6, seed=0)

    together = made.self_energies(GRID)
    alone = torch.cat([made.self_energies(energy[None]).left for energy in GRID])

    np.testing.assert_allclose(together.left.numpy(), alone.numpy(), atol=1e-6)


@pytest.mark.parametrize("n_orbital", [2, 8], ids=["all steps", "channels only"])
def test_one_decimation_gives_both_surfaces(n_orbital: int) -> None:
    # A lead of 8 orbitals a period has layers of 16, which are large enough for the subspace.
    made = make_wire(6, n_orbital, seed=1)
    z = (GRID + 1e-6j)[:, None, None]
    (h0, h1), (s0, s1) = (
        tuple(torch.from_numpy(np.array(x)) for x in made.lead(name))
        for name in ("hamiltonian", "overlap")
    )
    onsite, forth, back = z * s0 - h0, z * s1 - h1, z * s1.mH - h1.mH

    surfaces = decimate(onsite, forth, back)

    # Each surface is one layer in front of the same surface.
    for surface, there, here in ((surfaces[0], forth, back), (surfaces[1], back, forth)):
        again = onsite - there @ torch.linalg.solve(surface, here)
        assert float((again - surface).abs().max()) < 1e-7


def test_the_corner_is_that_of_the_whole_green_function(wire) -> None:
    h, s, leads = wire

    corner = corner_green_function(h, s, leads, GRID, plan_road(h, s, 12))

    whole = torch.linalg.inv(green_inverse(h, s, leads, GRID))
    np.testing.assert_allclose(corner.numpy(), whole[:, :12, -12:].numpy(), atol=1e-12)
    assert isinstance(leads, SelfEnergies)
