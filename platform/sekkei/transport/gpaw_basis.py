"""One-electron atomic basis functions for the alkali metals, made with GPAW's own generator.

The extent of the s and p functions decides the accuracy of T(E), not their number; see
``docs/decisions/0006-one-electron-pseudopotentials.md``.
"""

import contextlib
import io
from functools import lru_cache

from ase.data import atomic_numbers

from sekkei.errors import LabelError, MissingExtraError
from sekkei.transport.numerics import DftNumerics

try:
    import gpaw
    from gpaw.atom.generator2 import PAWSetupGenerator, generate, parameters
    from gpaw.basis_data import Basis, BasisFunction
except ImportError as error:
    raise MissingExtraError(
        "DFT labels need GPAW, but it is not installed; with a C++ compiler run "
        "GPAW_CONFIG=deploy/gpaw_siteconfig.py pip install -c constraints.txt gpaw gpaw-data, "
        "or use --labeler tight-binding, a model"
    ) from error

GPAW_VERSION: str = gpaw.__version__
ALKALI = ("Li", "Na", "K", "Rb", "Cs")
CONFINEMENT_EV = 200.0
"""Strength of the confining wall, the generator's own unit."""


@lru_cache
def make_basis(symbol: str, numerics: DftNumerics) -> Basis:
    """Generate the valence s and p functions of one alkali atom.

    Parameters
    ----------
    symbol
        Li, Na, K, Rb or Cs.
    numerics
        The tail norms are used.

    Raises
    ------
    LabelError
        For any other element: its pseudopotential has more than one electron.
    """
    if symbol not in ALKALI:
        raise LabelError(
            f"one-electron pseudopotentials exist for {', '.join(ALKALI)}, but the junction "
            f"holds {symbol}; remove it",
            symbol=symbol,
        )
    atom = _one_electron_atom(symbol)
    functions = [
        _confined(atom, angular, tail)
        for angular, tail in enumerate((numerics.tail_norm_s, numerics.tail_norm_p))
    ]
    return Basis(symbol, "sekkei-sp", rgd=atom.rgd, bf_j=functions)


def _one_electron_atom(symbol: str) -> PAWSetupGenerator:
    projectors, radius, *_ = parameters[f"{symbol}1"]
    radii = list(radius) if isinstance(radius, list) else [radius]
    # A capital letter marks a projector that only corrects the local potential (GPAW's rule).
    derivatives, r0 = (5, 0.9 * min(radii)) if projectors[-1].isupper() else (2, min(radii))
    with contextlib.redirect_stdout(io.StringIO()):  # the generator reports to stdout
        made: PAWSetupGenerator = generate(
            symbol,
            atomic_numbers[symbol],
            projectors,
            radii,
            r0,
            None,
            derivatives,
            xc="LDA",
        )
    return made


def _confined(atom: PAWSetupGenerator, angular: int, tail: float) -> BasisFunction:
    waves = atom.waves_l[angular]
    bound = next(i for i, n in enumerate(waves.n_n) if n > 0)
    values, _, cutoff, _ = atom.create_basis_function(angular, bound, tail, CONFINEMENT_EV)
    # HGH potentials count principal quantum numbers from 1 for each angular momentum.
    return BasisFunction(1, angular, cutoff, values, "bound state")
