"""One style for every figure: palette, sizes, and how a figure becomes a file."""

import os
from collections.abc import Callable, Iterable
from functools import wraps
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sekkei.errors import InvalidInputError

Format = Literal["png", "svg", "pdf"]

BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW, BLACK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
    "#000000",
)
"""Okabe and Ito's palette, told apart with every kind of colour vision:
M. Okabe and K. Ito, https://jfly.uni-koeln.de/color/ (2008)."""

CYCLE = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)
"""Colours of series, in order; yellow and black are kept for marks."""

INK, SOFT, FAINT = "#1b1f24", "#5c6670", "#d4d9de"
"""Text, secondary text, and rules."""

ELEMENT_COLORS = {"Li": SKY, "Na": ORANGE, "K": PURPLE, "Rb": GREEN, "Cs": BLUE}
"""One colour per element, in every figure."""

OTHER_ELEMENT = "#9aa3ab"
"""Colour of an element that has none of its own."""

WIDTH_INCH = 4.8
"""Width of every figure: one column of a page, and still legible on a telephone."""

_RC: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.5,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "errorbar.capsize": 0,
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same picture everywhere
    "font.size": 9.0,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "lines.linewidth": 1.4,
    "pdf.fonttype": 42,
    "savefig.dpi": 300,
    "svg.fonttype": "path",
    "svg.hashsalt": "sekkei",  # equal figures give equal files
    "text.color": INK,
    "xtick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.color": INK,
    "ytick.labelsize": 8.5,
}

_MADE_BY = "figure by sekkei"
"""What each figure says of itself, so that it is known again."""

_UNDATED: dict[Format, dict[str, str | None]] = {
    "png": {"Software": _MADE_BY},
    "svg": {"Date": None, "Creator": _MADE_BY},
    "pdf": {"CreationDate": None, "Creator": _MADE_BY, "Producer": None},
}

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def styled(draw: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Let a function draw in the house style, and leave the caller's settings as they were."""

    @wraps(draw)
    def wrapper(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        with mpl.rc_context(_RC):
            return draw(*args, **kwargs)

    return wrapper


def new_figure(height_inch: float, n_row: int = 1, n_column: int = 1) -> tuple[Figure, list[Axes]]:
    """Make an empty figure of the house width; its axes in reading order."""
    figure = Figure(figsize=(WIDTH_INCH, height_inch), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(n_row, n_column, squeeze=False)
    return figure, list(grid.ravel())


def element_color(symbol: str) -> str:
    """Colour of an element; grey for one that has none."""
    return ELEMENT_COLORS.get(symbol, OTHER_ELEMENT)


@styled
def as_bytes(figure: Figure, kind: Format = "svg") -> bytes:
    """Render a figure; equal figures give equal bytes."""
    buffer = BytesIO()
    figure.savefig(buffer, format=kind, metadata=_UNDATED[kind])
    return buffer.getvalue()


def save(
    figure: Figure,
    folder: str | os.PathLike[str],
    name: str,
    kinds: tuple[Format, ...] = ("png", "svg", "pdf"),
) -> tuple[Path, ...]:
    """Write a figure as bitmap (300 dpi) and vector files ``folder/name.<kind>``.

    Raises
    ------
    InvalidInputError
        If the name has a folder in it.
    """
    if Path(name).name != name:
        raise InvalidInputError(
            f"a figure's name must be a bare file name, but found {name!r}; pass the folder apart"
        )
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    paths = tuple(place / f"{name}.{kind}" for kind in kinds)
    for path, kind in zip(paths, kinds, strict=True):
        path.write_bytes(as_bytes(figure, kind))
    return paths


def check_own(paths: Iterable[Path]) -> None:
    """Refuse files that are there and that `save` did not make.

    Raises
    ------
    InvalidInputError
        If one is there and is none.
    """
    for path in paths:
        if path.exists() and not (path.is_file() and _MADE_BY.encode() in path.read_bytes()):
            raise InvalidInputError(
                f"a figure must not replace what it did not make, but {path} is something else; "
                "move it, or name another folder by --out"
            )
