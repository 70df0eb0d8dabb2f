"""Interatomic potentials by name. A further one is one more file and one more row of a table."""

import json
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from sekkei.errors import InvalidInputError
from sekkei.identity import content_hash
from sekkei.structure.element import lattice_constant
from sekkei.structure.experiment import PotentialName
from sekkei.structure.lammps_engine import quote
from sekkei.structure.potential.gupta import GuptaParameters, gupta_table
from sekkei.structure.potential.meam import meam_commands
from sekkei.structure.potential.nichol_ackland import (
    NicholAcklandParameters,
    nichol_ackland_table,
)

_N_TABLE = 16
"""Tables of so many sets of elements are kept, up to 2.5 MB each."""


def potential_commands(
    potential: PotentialName, symbols: Sequence[str], folder: Path
) -> tuple[str, ...]:
    """LAMMPS commands that select a potential for some elements.

    Parameters
    ----------
    potential
        ``meam``, ``gupta`` or ``nichol-ackland``.
    symbols
        Chemical symbols in the order of LAMMPS' atom types.
    folder
        Where tables may be written; it must outlive the commands.

    Raises
    ------
    InvalidInputError
        If the potential does not treat these elements.
    MissingExtraError
        If LAMMPS is not installed.
    """
    known = potential_elements(potential)
    unknown = [symbol for symbol in symbols if symbol not in known]
    if unknown:
        raise InvalidInputError(
            f"{potential} treats {', '.join(known)}, but found {', '.join(unknown)}; "
            "try another potential",
            potential=potential,
            elements=unknown,
        )
    return _WRITERS[potential](symbols, folder)


def potential_elements(potential: PotentialName) -> tuple[str, ...]:
    """Return the chemical symbols that a potential treats, lightest first."""
    return tuple(_table()[potential]["elements"])


def potential_version(potential: PotentialName) -> str:
    """Return name, version and a hash of all parameters of a potential."""
    row = _table()[potential]
    return f"{potential}-{row['version']}-{content_hash(row)[:8]}"


def gupta_parameters(symbol: str) -> GuptaParameters:
    """Return the Gupta parameters that are used for one element: Na, K, Rb or Cs.

    Cut between the fifth and the sixth shell of neighbours, where bcc is the stable crystal; then
    lengths stretched to the measured lattice constant, and energies to the published cohesive
    energy.
    """
    table = _table()["gupta"]
    row = table["elements"][symbol]
    truncated = published_gupta_parameters(
        symbol,
        taper=table["taper_lattice_constants"] * row["lattice_constant_angstrom"],
        cutoff=table["cutoff_lattice_constants"] * row["lattice_constant_angstrom"],
    )
    return truncated.scaled(
        length=lattice_constant(symbol) / row["truncated_lattice_constant_angstrom"],
        energy=row["cohesive_energy_ev"] / row["truncated_cohesive_energy_ev"],
    )


def published_gupta_parameters(symbol: str, *, taper: float, cutoff: float) -> GuptaParameters:
    """Return the Gupta parameters of one element as published, cut off at a distance.

    Parameters
    ----------
    symbol
        Na, K, Rb or Cs.
    taper, cutoff
        In angstrom: where the functions start to be led to zero, and where they are zero.
    """
    row = _table()["gupta"]["elements"][symbol]
    return GuptaParameters(
        repulsion=row["A_ev"],
        hopping=row["xi_ev"],
        repulsion_decay=row["p"],
        hopping_decay=row["q"],
        distance=row["r0_angstrom"],
        taper=taper,
        cutoff=cutoff,
    )


def nichol_ackland_parameters(symbol: str) -> NicholAcklandParameters:
    """Return the Nichol-Ackland parameters of one element: Li, Na, K, Rb or Cs."""
    row = _table()["nichol-ackland"]["elements"][symbol]
    return NicholAcklandParameters(
        lattice_constant=row["lattice_constant_angstrom"],
        density=tuple(row["density_ev2_per_angstrom3"]),
        energy=tuple(row["energy_ev_per_angstrom3"]),
        valid_above=row["valid_above_angstrom"],
        wall=row["wall_cohesive_energies"] * row["cohesive_energy_ev"],
    )


def _gupta_commands(symbols: Sequence[str], folder: Path) -> tuple[str, ...]:
    table = folder / "gupta.eam.fs"
    table.write_text(_gupta_text(tuple(symbols)), "ascii")
    return ("pair_style eam/fs", f"pair_coeff * * {quote(table)} {' '.join(symbols)}")


def _nichol_ackland_commands(symbols: Sequence[str], folder: Path) -> tuple[str, ...]:
    table = folder / "nichol-ackland.eam.fs"
    table.write_text(_nichol_ackland_text(tuple(symbols)), "ascii")
    return ("pair_style eam/fs", f"pair_coeff * * {quote(table)} {' '.join(symbols)}")


# Designs pull thousands of contacts, and to print a table took a tenth of the time of each.
@lru_cache(_N_TABLE)
def _gupta_text(symbols: tuple[str, ...]) -> str:
    return gupta_table({symbol: gupta_parameters(symbol) for symbol in symbols})


@lru_cache(_N_TABLE)
def _nichol_ackland_text(symbols: tuple[str, ...]) -> str:
    return nichol_ackland_table({symbol: nichol_ackland_parameters(symbol) for symbol in symbols})


def _meam_commands(symbols: Sequence[str], folder: Path) -> tuple[str, ...]:
    if len(symbols) != 1:
        raise InvalidInputError(
            f"meam treats one element at a time, but found {', '.join(symbols)}; "
            "use nichol-ackland or gupta"
        )
    cutoff = float(_table()["meam"]["elements"][symbols[0]]["cutoff_angstrom"])
    return meam_commands(symbols[0], cutoff, folder)


_WRITERS: dict[PotentialName, Callable[[Sequence[str], Path], tuple[str, ...]]] = {
    "meam": _meam_commands,
    "gupta": _gupta_commands,
    "nichol-ackland": _nichol_ackland_commands,
}


@cache
def _table() -> dict[str, Any]:
    text = (files("sekkei.structure") / "data" / "potentials.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
