"""A linear map from surroundings to the blocks of a potential's matrix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from ase.data import chemical_symbols
from torch import Tensor

from sekkei.errors import LabelError
from sekkei.model.hamiltonian.describe import Described, PairsOfKind
from sekkei.model.hamiltonian.environment import Environment
from sekkei.model.hamiltonian.exact import add_blocks
from sekkei.model.hamiltonian.onsite_feature import (
    Coupling,
    couplings,
    join_onsite,
    onsite_features,
    split_onsite,
)
from sekkei.model.hamiltonian.pair_feature import apply_map, pair_features
from sekkei.model.hamiltonian.ridge import NormalEquations
from sekkei.model.hamiltonian.rotation import from_frame, to_frame
from sekkei.shapes import Float, Int

_Kind = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class PotentialMap:
    """Coefficients of a learned potential, for every pair of elements and every element."""

    is_weighted: bool
    """Whether features weighted by the environment are used: not for a sum over atoms."""

    coefficients: Mapping[str, Float[np.ndarray, "_ _"]]
    """By ``pair.A.B.order`` and ``atom.A.L``."""

    def matrix(self, described: Described) -> Float[np.ndarray, "orbital orbital"]:
        """Predict the matrix of the potential in eV, of pairs within the cell.

        Raises
        ------
        LabelError
            If two elements stand within reach of each other that never did in the training.
        """
        return np.asarray(self.tensor(described).detach().numpy())

    def tensor(self, described: Described) -> Float[Tensor, "orbital orbital"]:
        """Predict the same as a function of where atoms stand.

        Raises
        ------
        LabelError
            As `matrix` does.
        """
        self._check_met(described)
        around, parts, tables = described.around, described.parts, described.tables
        found = torch.zeros(parts.overlap.shape, dtype=torch.float64)
        for some in described.kinds:
            blocks = self._blocks(some, around.environment)
            add_blocks(found, parts.starts, some.third.pairs, blocks)
        features = onsite_features(around, weighted=self.is_weighted)
        for number in np.unique(around.cell.numbers).tolist():
            atoms = np.flatnonzero(around.cell.numbers == number)
            shells = tables.atoms[number].shells
            blocks = join_onsite(self._vectors(features, atoms, number, shells), shells)
            at = parts.starts[atoms][:, None] + np.arange(blocks.shape[1])
            found[at[:, :, None], at[:, None, :]] = blocks
        return found

    def _check_met(self, described: Described) -> None:
        kinds = [some.numbers for some in described.kinds]
        strange = [kind for kind in kinds if _pair_name(kind, 0) not in self.coefficients]
        if strange:
            names = ", ".join("-".join(chemical_symbols[n] for n in kind) for kind in strange)
            raise LabelError(
                "a learned Hamiltonian must have met all pairs of elements within reach of each "
                f"other, but never met {names}; train it with junctions that hold them",
                pairs=strange,
            )

    def _blocks(
        self, some: PairsOfKind, environment: Environment
    ) -> Float[Tensor, "pair first second"]:
        layout = some.layout
        forward = self._one_way(some, environment, reverse=False)
        if not layout.is_same:
            return forward
        # Elements below the diagonal of shells are those of the other direction, transposed.
        backward = self._one_way(some, environment, reverse=True).mT
        shell = np.repeat(np.arange(len(layout.first)), [2 * a + 1 for a in layout.first])
        own = np.select([shell[:, None] < shell, shell[:, None] == shell], [1.0, 0.5], 0.0)
        return forward * torch.from_numpy(own) + backward * torch.from_numpy(own.T)

    def _one_way(
        self, some: PairsOfKind, environment: Environment, *, reverse: bool
    ) -> Float[Tensor, "pair first second"]:
        third = some.third if self.is_weighted else some.third.unweighted()
        names = [_pair_name(some.numbers, order) for order in range(some.layout.n_order)]
        coefficients = [self.coefficients[name] for name in names]
        elements = apply_map(third, environment, coefficients, reverse=reverse)
        return from_frame(some.layout.join(elements), *some.turns(reverse=reverse))

    def _vectors(
        self,
        features: Sequence[Float[Tensor, "atom _ _"]],
        atoms: Int[np.ndarray, " chosen"],
        number: int,
        shells: tuple[int, ...],
    ) -> dict[Coupling, Float[Tensor, "chosen _"]]:
        found: dict[Coupling, Tensor] = {}
        for angular, values in enumerate(features):
            name = _atom_name(number, angular)
            if name in self.coefficients:
                here = [key for key in couplings(shells) if key[2] == angular]
                coefficients = torch.from_numpy(self.coefficients[name].T).double()
                made = (coefficients @ values[atoms]).unbind(dim=1)
                found |= dict(zip(here, made, strict=True))
        return found


def add_example(
    equations: NormalEquations,
    described: Described,
    target: Float[np.ndarray, "orbital orbital"],
    *,
    weighted: bool,
    weight: float = 1.0,
) -> None:
    """Add the blocks of one cell to the equations of a map.

    Parameters
    ----------
    equations
        Grow by it.
    described
        The cell.
    target
        Matrix of the potential to be learned, in eV.
    weighted
        Whether the map uses features weighted by the environment.
    weight
        Of this cell.
    """
    starts, environment = described.parts.starts, described.around.environment
    for some in described.kinds:
        third = some.third if weighted else some.third.unweighted()
        n_first, n_second = (described.tables.atoms[number].n_orbital for number in some.numbers)
        at = starts[third.pairs.first][:, None, None] + np.arange(n_first)[:, None]
        blocks = target[at, starts[third.pairs.second][:, None, None] + np.arange(n_second)]
        for reverse in (False, True) if some.layout.is_same else (False,):
            seen = torch.from_numpy(blocks.transpose(0, 2, 1) if reverse else blocks)
            elements = some.layout.split(to_frame(seen, *some.turns(reverse=reverse)))
            features = pair_features(third, environment, reverse=reverse)
            for order, (values, wanted) in enumerate(zip(features, elements, strict=True)):
                name = _pair_name(some.numbers, order)
                equations.add(name, *_real(values, wanted, order), weight)
    _add_onsite(equations, described, target, weighted=weighted, weight=weight)


def _add_onsite(
    equations: NormalEquations,
    described: Described,
    target: Float[np.ndarray, "orbital orbital"],
    *,
    weighted: bool,
    weight: float,
) -> None:
    around, parts, tables = described.around, described.parts, described.tables
    features = onsite_features(around, weighted=weighted)
    for number in np.unique(around.cell.numbers).tolist():
        atoms = np.flatnonzero(around.cell.numbers == number)
        at = parts.starts[atoms][:, None] + np.arange(tables.atoms[number].n_orbital)
        vectors = split_onsite(target[at[:, :, None], at[:, None, :]], tables.atoms[number].shells)
        for angular, values in enumerate(features):
            wanted = [vector.ravel() for key, vector in vectors.items() if key[2] == angular]
            if wanted:
                rows = values[atoms].mT.reshape(-1, values.shape[1]).numpy()
                name = _atom_name(number, angular)
                equations.add(name, rows, np.stack(wanted, axis=1), weight)


def _real(features: Tensor, targets: Tensor, order: int) -> tuple[np.ndarray, np.ndarray]:
    # A mirror plane through the pair conjugates both: coefficients are real.
    if order == 0:
        return features.real.numpy(), targets.real.numpy()
    both = (torch.cat([values.real, values.imag]).numpy() for values in (features, targets))
    return next(both), next(both)


def _pair_name(kind: _Kind, order: int) -> str:
    return f"pair.{kind[0]}.{kind[1]}.{order}"


def _atom_name(number: int, angular: int) -> str:
    return f"atom.{number}.{angular}"
