"""A linear map from surroundings to the blocks of a potential's matrix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from ase.data import chemical_symbols
from torch import Tensor

from sekkei.errors import LabelError
from sekkei.model.hamiltonian.describe import Described
from sekkei.model.hamiltonian.exact import add_blocks
from sekkei.model.hamiltonian.onsite_feature import (
    Coupling,
    couplings,
    join_onsite,
    onsite_features,
    split_onsite,
)
from sekkei.model.hamiltonian.pair_feature import pair_features
from sekkei.model.hamiltonian.pair_kind import PairsOfKind
from sekkei.model.hamiltonian.pair_map import PairMap
from sekkei.model.hamiltonian.ridge import NormalEquations
from sekkei.model.hamiltonian.rotation import from_frame, to_frame
from sekkei.shapes import Float, Int

_Kind = tuple[int, int]

_PAIRS_AT_ONCE = 400
"""Sums over third atoms of so many stay near the processor."""


@dataclass(frozen=True, slots=True, eq=False)
class PotentialMap:
    """Coefficients of a learned potential, for every pair of elements and every element."""

    is_weighted: bool
    """Whether features weighted by the environment are used: not for a sum over atoms."""

    coefficients: Mapping[str, Float[np.ndarray, "_ _"]]
    """By ``pair.A.B.order`` and ``atom.A.L``."""

    _prepared: dict[tuple[int, int, tuple[int, ...]], PairMap] = field(
        default_factory=dict, init=False, repr=False
    )

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
        return predict_together([self], described)[0]

    def check_met(self, described: Described) -> None:
        """Refuse pairs of elements that were never met.

        Raises
        ------
        LabelError
            Naming them.
        """
        kinds = [some.numbers for some in described.kinds]
        strange = [kind for kind in kinds if _pair_name(kind, 0) not in self.coefficients]
        if strange:
            names = ", ".join("-".join(chemical_symbols[n] for n in kind) for kind in strange)
            raise LabelError(
                "a learned Hamiltonian must have met all pairs of elements within reach of each "
                f"other, but never met {names}; train it with junctions that hold them",
                pairs=strange,
            )

    def pair_map(self, some: PairsOfKind, n_element: int, present: tuple[int, ...]) -> PairMap:
        """Return what is known of two elements, ready to be multiplied; it is kept."""
        key = (*some.numbers, present)
        if key not in self._prepared:
            names = [_pair_name(some.numbers, order) for order in range(some.layout.n_order)]
            self._prepared[key] = PairMap.of(
                [self.coefficients[name] for name in names],
                some.layout,
                n_element,
                present,
                is_weighted=self.is_weighted,
            )
        return self._prepared[key]

    def onsite(self, described: Described) -> list[tuple[Int[np.ndarray, " _"], Tensor]]:
        """Return atoms of each element, and their blocks."""
        around, found = described.around, []
        features = onsite_features(described.neighbours, weighted=self.is_weighted)
        for number in np.unique(around.cell.numbers).tolist():
            atoms = np.flatnonzero(around.cell.numbers == number)
            shells = described.tables.atoms[number].shells
            found.append(
                (atoms, join_onsite(self._vectors(features, atoms, number, shells), shells))
            )
        return found

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


def predict_together(
    maps: Sequence[PotentialMap], described: Described
) -> list[Float[Tensor, "orbital orbital"]]:
    """Predict the matrices of several maps, which share what stands around pairs.

    Raises
    ------
    LabelError
        If two elements stand within reach of each other that never did in the training.
    """
    around, starts, third = described.around, described.parts.starts, described.third_met
    found = [torch.zeros(described.parts.overlap.shape, dtype=torch.float64) for _ in maps]
    for learned in maps:
        learned.check_met(described)
    is_weighted = any(learned.is_weighted for learned in maps)
    for some in described.kinds:
        ready = [one.pair_map(some, len(around.elements), third.present) for one in maps]
        parts: list[list[Tensor]] = [[] for _ in maps]
        n_part = 1 + len(some.distances) // _PAIRS_AT_ONCE
        for rows in np.array_split(np.arange(len(some.distances)), n_part):
            sums = third.third(
                some.pairs.rows(rows), some.frames[rows], some.layout.n_order, weighted=is_weighted
            )
            for one, part in zip(ready, parts, strict=True):
                part.append(one.blocks(sums, around.environment))
        for matrix, part in zip(found, parts, strict=True):
            blocks = torch.cat(part).double()
            add_blocks(matrix, starts, some.pairs, from_frame(blocks, some.left, some.right))
    for matrix, learned in zip(found, maps, strict=True):
        for atoms, blocks in learned.onsite(described):
            at = starts[atoms][:, None] + np.arange(blocks.shape[1])
            matrix[at[:, :, None], at[:, None, :]] = blocks
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
        third = described.third.third(
            some.pairs, some.frames, some.layout.n_order, weighted=weighted
        )
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
    features = onsite_features(described.neighbours, weighted=weighted)
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
