"""Models of a label's electrons: their functions, names and recipes."""

import numpy as np
import pytest

pytest.importorskip("gpaw", reason="GPAW is not installed: no C++ compiler?")

from gpaw.basis_data import Basis

from sekkei.errors import InvalidInputError, LabelError
from sekkei.transport.gpaw.basis import make_basis
from sekkei.transport.gpaw.labeler import GpawLabeler
from sekkei.transport.gpaw.many_electron import many_electron_basis
from sekkei.transport.gpaw.model import MODELS, ONE_ELECTRON
from sekkei.transport.gpaw.numerics import DftNumerics
from sekkei.transport.gpaw.pseudo_atom import SPACING_BOHR

pytestmark = pytest.mark.dft


@pytest.mark.parametrize(
    ("symbol", "below"),
    [
        ("Li", []),
        ("Na", [(2, 1), (2, 1)]),
        ("K", [(3, 0), (3, 1), (3, 0), (3, 1)]),
        ("Rb", [(4, 0), (4, 1), (4, 0), (4, 1)]),
        ("Cs", [(5, 0), (5, 1), (5, 0), (5, 1)]),
    ],
)
def test_the_shell_below_stands_before_the_valence_functions(symbol, below) -> None:
    basis, valence = many_electron_basis(symbol, "spd"), make_basis(symbol, "spd")

    found = [(f.n, f.l) for f in basis.bf_j]

    assert found[: len(below)] == below
    assert basis.nao == valence.nao + sum(2 * angular + 1 for _, angular in below)
    # Data sets fill the lowest s function of the valence, and all of the shell below.
    n_valence = {"Li": 2, "Na": 3, "K": 4, "Rb": 5, "Cs": 6}[symbol]
    assert found[len(below)] == (n_valence, 0)
    assert len(set(found[len(below) :])) == len(valence.bf_j)


def test_functions_of_the_shell_below_keep_their_norm_on_other_radii() -> None:
    tabulated = Basis.find("K", "dzp")
    (theirs,) = [f for f in tabulated.bf_j if f.type.startswith("3p-sz")]
    mine = many_electron_basis("K", "spd").bf_j[1]

    radii = SPACING_BOHR * np.arange(len(mine.phit_g))
    inside = tabulated.rgd.r_g[: len(theirs.phit_g)]

    wanted = (theirs.phit_g**2 * inside**2).sum() * (inside[1] - inside[0])
    assert (mine.phit_g**2 * radii**2).sum() * SPACING_BOHR == pytest.approx(wanted, rel=1e-5)


def test_an_element_without_a_basis_is_named() -> None:
    with pytest.raises(LabelError, match="holds Au"):
        many_electron_basis("Au", "spd")


def test_each_model_is_a_recipe_and_an_engine_of_its_own() -> None:
    labelers = [GpawLabeler(model=model) for model in MODELS.values()]

    assert len({one.recipe for one in labelers}) == len(MODELS)
    assert [one.engine.rsplit(" ", 2)[1:] for one in labelers] == [
        ["hgh-1e", "lda"],
        ["paw", "lda"],
        ["paw", "pbe"],
    ]


def test_the_recipe_is_the_one_electron_model() -> None:
    assert GpawLabeler().model is ONE_ELECTRON
    assert GpawLabeler.from_options(model="one-electron").recipe == GpawLabeler().recipe


def test_an_option_names_the_model() -> None:
    labeler = GpawLabeler.from_options(model="many-electron-pbe", basis="sp")

    assert labeler.model is MODELS["many-electron-pbe"]
    assert labeler.numerics == DftNumerics(basis="sp")


def test_an_unknown_model_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InvalidInputError, match=r"one-electron, many-electron-lda.*'seven'"):
        GpawLabeler.from_options(model="seven")
