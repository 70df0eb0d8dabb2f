"""Learning a Hamiltonian from matrices of a few dozen junctions, and from perfect wires."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from ase.data import chemical_symbols
from pydantic import Field

from sekkei.errors import InvalidInputError
from sekkei.model.hamiltonian.cell import Cell
from sekkei.model.hamiltonian.describe import describe
from sekkei.model.hamiltonian.leads import ElectrodeSource, KnownLead, LeadTable, learn_leads
from sekkei.model.hamiltonian.lowest_states import change_of_potential
from sekkei.model.hamiltonian.open_cell import OpenCell
from sekkei.model.hamiltonian.orbital_grid import make_grid
from sekkei.model.hamiltonian.potential_map import PotentialMap, add_example
from sekkei.model.hamiltonian.response import find_states
from sekkei.model.hamiltonian.ridge import NormalEquations
from sekkei.model.hamiltonian.self_consistency import ConsistencyOptions
from sekkei.model.hamiltonian.solve import HamiltonianSolver
from sekkei.shapes import Float
from sekkei.specification import Specification
from sekkei.structure.electrode import Electrode, build_electrode
from sekkei.structure.junction import Junction
from sekkei.structure.lead import recognise_leads
from sekkei.transport.device_matrices import DeviceMatrices
from sekkei.transport.electrode.matrices import ElectrodeMatrices
from sekkei.transport.two_centre import TwoCentreTables

WIRE_PERIODS = 6
"""Periods of a perfect wire that are learned, at least."""

_OVERLAP_TOLERANCE = 1e-4


class HamiltonianOptions(Specification):
    """How a Hamiltonian is learned."""

    local_penalty: Annotated[float, Field(gt=0.0)] = 1e-7
    """Ridge penalty of the local potential."""

    free_penalty: Annotated[float, Field(gt=0.0)] = 1e-8
    """The same of free atoms."""

    wire_weight: Annotated[float, Field(gt=0.0)] = 4.0
    """Of a perfect wire, beside a junction's 1: every junction ends in one."""

    teacher_spacing_angstrom: Annotated[float, Field(gt=0.0)] = 0.6
    """Grid on which the potential of electrons is taken out of what is learned."""

    n_validation: Annotated[int, Field(ge=2)] = 60
    """Labels of experiments without matrices that calibrate and test."""

    electrodes: tuple[str, ...] = ()
    """Wires of every element that are learned besides those of the junctions: their names."""

    electrodes_near_edges: tuple[str, ...] = ()
    """The same of wires that labels refuse because a band edge lies near the Fermi level."""

    further_recipes: tuple[str, ...] = ()
    """Other recipes whose matrices are learned, too: such as differ only in what they refuse."""

    consistency: ConsistencyOptions = ConsistencyOptions()
    """Of predictions."""


@dataclass(frozen=True, slots=True, eq=False)
class HamiltonianExample:
    """A junction whose matrices are known."""

    junction: Junction
    """As it was labelled."""

    matrices: DeviceMatrices
    """Of the same junction."""

    group: str
    """Key of its experiment."""

    electrode: str = ""
    """Name of its electrode; empty if it has none."""

    conductance_g0: float = np.nan
    """What was read off the matrices, at the Fermi level."""


@dataclass(frozen=True, slots=True, eq=False)
class _Target:
    cell: Cell
    hamiltonian: Float[np.ndarray, "orbital orbital"]
    overlap: Float[np.ndarray, "orbital orbital"]
    electrode: ElectrodeMatrices
    weight: float


def learn_hamiltonian(
    examples: Sequence[HamiltonianExample],
    tables: TwoCentreTables,
    source: ElectrodeSource,
    options: HamiltonianOptions,
    progress: Callable[[int, int], None] | None = None,
) -> HamiltonianSolver:
    """Learn the potential of free atoms and the local self-consistent one.

    Parameters
    ----------
    examples
        Junctions between wires. Ten of one metal do nearly what fifty do.
    tables
        Integrals of all their elements.
    source
        Computes the perfect electrodes, which are part of the training and of the model.
    options
        Penalties and grids.
    progress
        Called after every cell, with how many are done and how many there are.

    Raises
    ------
    InvalidInputError
        If there are no examples, or their basis is not that of the tables.
    """
    if not examples:
        raise InvalidInputError(
            "a Hamiltonian is learned from matrices, but there are none; keep some with "
            "`matrices` in the labels of a campaign"
        )
    elements = tuple(sorted({int(n) for e in examples for n in e.junction.numbers}))
    tables.check_known(elements)
    met = [recognise_leads(example.junction).electrode for example in examples]
    more, near = (_wires(n, elements) for n in (options.electrodes, options.electrodes_near_edges))
    leads = LeadTable(learn_leads([*met, *more], near, source))
    free, local = NormalEquations(), NormalEquations()
    total = len(leads.known) + len(examples)
    for done, target in enumerate(_targets(examples, leads, options.wire_weight), start=1):
        _add(free, local, target, tables, elements, options)
        if progress is not None:
            progress(done, total)
    return HamiltonianSolver(
        tables,
        PotentialMap(is_weighted=False, coefficients=_named(free, options.free_penalty)),
        PotentialMap(is_weighted=True, coefficients=_named(local, options.local_penalty)),
        leads,
        elements,
        options.consistency,
    )


def _wires(names: Sequence[str], elements: Sequence[int]) -> list[Electrode]:
    return [build_electrode(name, chemical_symbols[n]) for name in names for n in elements]


def _named(equations: NormalEquations, penalty: float) -> dict[str, np.ndarray]:
    # Halves a model on disk; T of four contacts moved by 4e-7 G0 at most.
    solved = equations.solve(penalty)
    return {str(name): values.astype(np.float32) for name, values in solved.items()}


def _targets(
    examples: Sequence[HamiltonianExample], leads: LeadTable, wire_weight: float
) -> Iterator[_Target]:
    energies = np.zeros(1)
    for at, lead in enumerate(leads.known):
        yield _wire(lead, leads.matrices(at, energies), wire_weight)
    for example in examples:
        yield _target(example, leads, energies)


def _target(
    example: HamiltonianExample, leads: LeadTable, energies: Float[np.ndarray, " energy"]
) -> _Target:
    found = example.matrices
    n_lead_atom = recognise_leads(example.junction).electrode.numbers.size
    _, which = leads.place(example.junction)
    return _Target(
        Cell(found.numbers, found.positions, found.length, n_lead_atom),
        np.asarray(found.hamiltonian[0] - found.fermi_level * found.overlap[0]),
        np.asarray(found.overlap[0]),
        leads.matrices(which, energies),
        1.0,
    )


def wire_cell(lead: KnownLead, n_period: int) -> Cell:
    """Return some periods of a perfect wire, which meet across the boundary of the cell."""
    wire = lead.wire
    heights = np.repeat(np.arange(n_period), wire.numbers.size) * wire.period
    positions = np.tile(wire.positions, (n_period, 1)) + heights[:, None] * [0.0, 0.0, 1.0]
    length = wire.period * n_period
    return Cell(np.tile(wire.numbers, n_period), positions, length, wire.numbers.size)


def _wire(lead: KnownLead, electrode: ElectrodeMatrices, weight: float) -> _Target:
    """Return a piece of perfect wire, as its own calculation has it."""
    n_cell = len(electrode.hamiltonian)
    n_period = max(WIRE_PERIODS, 2 * n_cell)
    cell = wire_cell(lead, n_period)
    size = electrode.hamiltonian.shape[1]
    hamiltonian, overlap = np.zeros((2, n_period * size, n_period * size))
    blocks = electrode.hamiltonian - electrode.fermi_level * electrode.overlap
    for row in range(n_period):
        for column in range(row, min(n_period, row + n_cell)):
            here, there = (slice(at * size, (at + 1) * size) for at in (row, column))
            for matrix, found in ((hamiltonian, blocks), (overlap, electrode.overlap)):
                matrix[here, there] = found[column - row]
                matrix[there, here] = found[column - row].T
    return _Target(cell, hamiltonian, overlap, electrode, weight)


def _add(
    free: NormalEquations,
    local: NormalEquations,
    target: _Target,
    tables: TwoCentreTables,
    elements: tuple[int, ...],
    options: HamiltonianOptions,
) -> None:
    found = describe(target.cell, tables, elements)
    _check_basis(target.overlap, found.parts.overlap.numpy())
    hamiltonian = torch.from_numpy(target.hamiltonian)
    potential = hamiltonian - found.parts.fixed
    opened = OpenCell(target.cell, found.parts, target.electrode)
    smearing = options.consistency.smearing_ev
    states = find_states(hamiltonian, found.parts, target.electrode, smearing)
    some = states.occupied
    grid = make_grid(target.cell, tables, options.teacher_spacing_angstrom)
    values = grid.put(states.orbitals[:, some])
    change, _ = change_of_potential(values, states.filling[some], grid)
    # Only a constant apart from the potential of free atoms: the scale is the electrode's.
    remaining = potential - opened.within_reach(grid.matrix(change))
    weight = target.weight
    add_example(free, found, remaining.numpy(), weighted=False, weight=weight)
    add_example(local, found, potential.numpy(), weighted=True, weight=weight)


def _check_basis(given: Float[np.ndarray, "_ _"], exact: Float[np.ndarray, "_ _"]) -> None:
    if given.shape != exact.shape or np.abs(given - exact).max() > _OVERLAP_TOLERANCE:
        found = "other orbitals" if given.shape != exact.shape else "other overlaps"
        raise InvalidInputError(
            f"matrices must be in the basis of the tables, but have {found}; use matrices and "
            "tables of one recipe"
        )
