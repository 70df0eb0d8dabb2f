r"""Decimation of a semi-infinite lead, both of its ends at once, with a cheap tail.

Each step doubles the number of layers behind the effective matrices. What decays does so within a
few steps; what is left of the couplings are the open channels, matrices of low rank, which take
twenty more steps because only the broadening damps them. Those steps are done in the subspace of
the channels, exactly: with :math:`b_k = b_0 - W m_k Z^\dagger` all that they need is
:math:`Z^\dagger b_k^{-1} W = (1 - g_0 m_k)^{-1} g_0`.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from sekkei.errors import ConvergenceError
from sekkei.shapes import Complex

DECIMATION_STEPS = 60
"""Doublings of the lead; 2^60 layers are far beyond any decay length that a broadening allows."""

CONVERGED = 1e-14
"""Couplings count as gone, and as of low rank, at this fraction of the first one."""

FIRST_REDUCTION = 2
"""Step from which the couplings are tried for low rank."""

SMALLEST_REDUCIBLE = 12
"""Orbitals of a layer below which a subspace gains nothing."""

_Matrix = Complex[Tensor, "energy layer layer"]


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """Effective matrices after some steps."""

    bulk: _Matrix
    forth: _Matrix
    back: _Matrix
    surface_forth: _Matrix
    surface_back: _Matrix

    def step(self) -> "_State":
        """Double the layers."""
        # One factorisation of the bulk block serves all products, and both ends of the lead.
        solved = torch.linalg.solve(self.bulk, torch.cat([self.forth, self.back], dim=-1))
        to_forth, to_back = solved.split(self.forth.shape[-1], dim=-1)
        over, under = self.forth @ to_back, self.back @ to_forth
        return _State(
            bulk=self.bulk - over - under,
            forth=self.forth @ to_forth,
            back=self.back @ to_back,
            surface_forth=self.surface_forth - over,
            surface_back=self.surface_back - under,
        )

    def coupling_left(self) -> float:
        """Return the largest element of the couplings, in eV."""
        return _largest(self.forth, self.back)


def decimate(onsite: _Matrix, forth: _Matrix, back: _Matrix) -> tuple[_Matrix, _Matrix]:
    """Inverse surface Green functions of the lead that goes on by ``forth``, and by ``back``.

    Parameters
    ----------
    onsite, forth, back
        ``z S - H`` within a principal layer, to the next one, and back.

    Raises
    ------
    ConvergenceError
        If the couplings do not vanish.
    """
    state = _State(onsite, forth, back, onsite, onsite)
    scale = float(forth.abs().amax())
    # The subspace comes from a factorisation that has no derivative where the rank is lower.
    is_reducible = onsite.shape[-1] >= SMALLEST_REDUCIBLE and not onsite.requires_grad
    for i_step in range(DECIMATION_STEPS):
        state = state.step()
        if state.coupling_left() < CONVERGED * scale:
            return state.surface_forth, state.surface_back
        if is_reducible and i_step >= FIRST_REDUCTION:
            reduced = _reduce(state, scale)
            if reduced is not None:
                return reduced
    raise _not_converged(state.coupling_left())


def _reduce(state: _State, scale: float) -> tuple[_Matrix, _Matrix] | None:
    """Finish in the subspace of the couplings, or return None if it is not small yet."""
    columns, rows = _ranges(state.forth, state.back)
    forth, back = (columns.mH @ x @ rows for x in (state.forth, state.back))
    lost = _largest(state.forth - columns @ forth @ rows.mH, state.back - columns @ back @ rows.mH)
    if lost > CONVERGED * max(scale, state.coupling_left()):
        return None
    first = rows.mH @ torch.linalg.solve(state.bulk, columns)
    over, under = _decimate_subspace(first, forth, back, scale)
    return (
        state.surface_forth - columns @ over @ rows.mH,
        state.surface_back - columns @ under @ rows.mH,
    )


def _decimate_subspace(
    first: _Matrix, forth: _Matrix, back: _Matrix, scale: float
) -> tuple[_Matrix, _Matrix]:
    """Sum what the remaining steps take from the two surfaces."""
    identity = torch.eye(first.shape[-1], dtype=first.dtype, device=first.device)
    over, under = torch.zeros_like(first), torch.zeros_like(first)
    for _ in range(DECIMATION_STEPS):
        green = torch.linalg.solve(identity - first @ (over + under), first)
        to_forth, to_back = green @ forth, green @ back
        over, under = over + forth @ to_back, under + back @ to_forth
        forth, back = forth @ to_forth, back @ to_back
        if _largest(forth, back) < CONVERGED * scale:
            return over, under
    raise _not_converged(_largest(forth, back))


def _ranges(forth: _Matrix, back: _Matrix) -> tuple[Tensor, Tensor]:
    """Orthonormal bases that hold the columns and the rows of both, if their rank is low.

    Random combinations of the columns span their range [2]_; the generator is seeded, so that
    equal leads give equal numbers.

    References
    ----------
    .. [2] N. Halko, P. G. Martinsson and J. A. Tropp, SIAM Rev. 53, 217 (2011),
       doi:10.1137/090771806.
    """
    n = forth.shape[-1]
    generator = torch.Generator().manual_seed(0)
    mix = torch.randn(n, n // 6, dtype=torch.float64, generator=generator)
    mix = mix.to(device=forth.device, dtype=forth.dtype)
    columns = torch.cat([forth @ mix, back @ mix], dim=-1)
    rows = torch.cat([forth.mH @ mix, back.mH @ mix], dim=-1)
    return _orthonormal(columns), _orthonormal(rows)


def _orthonormal(vectors: Tensor) -> Tensor:
    # An energy that converged before the others underflows, and its factorisation with it.
    is_gone = vectors.abs().amax(dim=(-2, -1), keepdim=True) < 1e-100
    basis: Tensor = torch.linalg.qr(vectors.masked_fill(is_gone, 0.0))[0]
    return basis


def _largest(*matrices: Tensor) -> float:
    return max(float(matrix.abs().amax()) for matrix in matrices)


def _not_converged(left: float) -> ConvergenceError:
    return ConvergenceError(
        "the decimation of the electrode must converge, but the coupling left is "
        f"{left:.1e} eV; is an energy exactly at a band edge?"
    )
