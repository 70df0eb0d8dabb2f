"""What must hold of every row of a lake: checked before it is written, and by `verify`.

The checks look at columns, whether rows are about to be written or were read from a lake, so that
what a lake takes in is what it calls sound later.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from typing_extensions import override

from sekkei.errors import InvalidInputError
from sekkei.lake.gate_keys import wrong_keys
from sekkei.lake.schema import Column, columns, table_names
from sekkei.lake.table import lengths_of, plain
from sekkei.shapes import Bool
from sekkei.structure.junction import FARTHEST_ANGSTROM, SHORTEST_LATERAL_ANGSTROM

TOLERANCE_G0 = 1e-3
"""How far a transmission may be below 0, a conductance above the number of channels, and the
conductance from T(0), in G0: what the third law of a labeler allows. Single precision needs 1e-5 of
it."""

LAST_ELEMENT = 118

Blocks = Mapping[str, Any]
"""Arrays by path, as `sekkei.lake.encode.encode` and `sekkei.lake.imports.stored_blocks` have them;
those of one table, and of the tables without keys that belong to it."""

Held = Callable[[str, Sequence[str]], Sequence[bool]]
"""Says of keys of a table which of them are there."""

_Found = Iterator[tuple[int, str, str]]
"""Row, the column (empty where it is several), and what is wrong."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that must not be in a lake."""

    table: str
    """Its table."""

    i_row: int
    """Its place among the rows that were checked."""

    key: str
    """Its key."""

    column: str
    """What is wrong; empty where it is several columns together."""

    text: str
    """How."""

    @property
    def reason(self) -> str:
        """What is wrong, for whoever knows which row it is."""
        return f"{self.column} {self.text}".strip()

    def at(self, i_row: int) -> str:
        """Return one line of `verify`, by the row in its table."""
        column = f"{self.column} of " if self.column else ""
        return f"{self.table}: {column}row {i_row} {self.text}"

    @override
    def __str__(self) -> str:
        column = f"{self.column} of " if self.column else ""
        return f"{column}{self.table} {self.key or 'without a key'} {self.text}"


@dataclass(frozen=True, slots=True)
class _Range:
    low: float = -inf
    high: float = inf
    may_be_blank: bool = False
    """Whether NaN says that it is not known."""

    def faults(self, values: np.ndarray) -> Iterator[tuple[int, str]]:
        fits = np.isfinite(values) & (values >= self.low) & (values <= self.high)
        if self.may_be_blank:
            fits |= np.isnan(values)
        for i_row in np.flatnonzero(~fits).tolist():
            yield i_row, f"must be {self._said(values[i_row])}, but is {values[i_row]}"

    def _said(self, value: float) -> str:
        if not np.isfinite(value) or (self.low == -inf and self.high == inf):
            return "finite"
        return f"at least {self.low:g}" if value < self.low else f"at most {self.high:g}"


_CONDUCTANCE = _Range(-TOLERANCE_G0)
_COUNT = _Range(0.0)
_COST = _Range(0.0, may_be_blank=True)
_ANY = _Range(may_be_blank=True)
_LENGTH = _Range(1e-6, FARTHEST_ANGSTROM)
_ACROSS = _Range(SHORTEST_LATERAL_ANGSTROM, FARTHEST_ANGSTROM, may_be_blank=True)
_PROVENANCE = dict.fromkeys(("started_unix_s", "finished_unix_s", "task_cpu_seconds"), _COST)
_CONDUCTS = {
    "conductance_g0": _CONDUCTANCE,
    "window_conductance_g0": _CONDUCTANCE,
    "window_ev": _Range(0.0),
    "n_channel": _COUNT,
    "fermi_level_ev": _Range(),
    "cpu_seconds": _COST,
    "iterations": _COUNT,
    "rung": _COUNT,
    "error_g0": _COST,
    **_PROVENANCE,
}
RANGES: Mapping[str, Mapping[str, _Range]] = {
    "experiment": {
        "seed": _COUNT,
        "contact_seed": _COUNT,
        "temperature_k": _Range(0.0),
        "composition": _Range(0.0, 1.0),
        **_PROVENANCE,
    },
    "snapshot": {
        "electrode_period_angstrom": _LENGTH,
        "frame": _Range(-1.0),
        "cycle": _Range(-1.0),
        "displacement_angstrom": _Range(-FARTHEST_ANGSTROM, FARTHEST_ANGSTROM, may_be_blank=True),
        "narrowest_angstrom2": _Range(0.0),
        "lateral_period_angstrom": _ACROSS,
    },
    "label": _CONDUCTS,
    "conflict": _CONDUCTS,
    "refusal": {"cpu_seconds": _COST, **_PROVENANCE},
    "prediction": {"conductance_g0": _CONDUCTANCE, "sigma_g0": _COUNT, **_PROVENANCE},
    "proposal": {
        "round": _COUNT,
        "seed": _COUNT,
        "target_g0": _Range(0.0),
        "composition": _Range(0.0, 1.0),
        "predicted_g0": _ANY,
        "interval_low_g0": _ANY,
        "interval_high_g0": _ANY,
        "surrogate_g0": _ANY,
        "verified_g0": _Range(-TOLERANCE_G0, may_be_blank=True),
        **_PROVENANCE,
    },
    "matrix": {
        "length_angstrom": _LENGTH,
        "lead_periods": _COUNT,
        "fermi_level_ev": _Range(),
        "alignment_ev": _ANY,
        "lateral_period_angstrom": _ACROSS,
        **_PROVENANCE,
    },
    "withdrawal": {"ordinal": _COUNT, "time_unix_s": _COST},
}
"""Every column of numbers, and what it may hold."""

TEXTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "snapshot": {"stage": ("pull", "push", "")},
    "refusal": {"stage": ("experiment", "label", "matrix")},
    "withdrawal": {"action": ("withdraw", "reinstate")},
}
"""Columns of texts that know only a few."""

_DUE = {
    ("label", "snapshot"),
    ("prediction", "snapshot"),
    ("matrix", "label"),
    ("matrix", "snapshot"),
    ("conflict", "label"),
}
"""Links that must not be blank."""

NAMED = {"label": "recipe", "conflict": "recipe", "prediction": "model", "withdrawal": "reason"}
"""Columns of texts that must not be empty."""


def find_faults(table: str, blocks: Blocks) -> Iterator[Fault]:
    """Yield what is wrong with rows of a table, one or more for each bad row.

    Parameters
    ----------
    table
        A table with keys; what matrices hold inside is `sekkei.lake.gate_matrix`'s.
    blocks
        Its columns.
    """
    keys = blocks[f"{table}/key"]
    for check in (_ranges, _texts, *_CHECKS.get(table, ()), wrong_keys):
        for i_row, column, text in check(table, blocks):
            yield Fault(table, i_row, keys[i_row].tobytes().hex(), column, text)


def find_link_faults(table: str, blocks: Blocks, held: Held) -> Iterator[Fault]:
    """Yield rows that refer to what is not there.

    Parameters
    ----------
    table
        A table with keys.
    blocks
        Its columns.
    held
        Says which keys of a table are there.
    """
    keys = plain(blocks[f"{table}/key"])
    for column in columns(table):
        if column.references is not None:
            links = plain(blocks[f"{table}/{column.name}"])
            for i_row, text in _dangling(column, links, held, is_due=(table, column.name) in _DUE):
                yield Fault(table, i_row, keys[i_row], "", text)
    if table == "withdrawal":
        rows = zip(
            *(plain(blocks[f"{table}/{name}"]) for name in ("table", "subject")), strict=True
        )
        for i_row, (of, subject) in enumerate(rows):
            if of not in table_names() or not held(of, [subject])[0]:
                text = f"refers to {of} {subject}, which the lake does not hold"
                yield Fault(table, i_row, keys[i_row], "", text)


def _dangling(
    column: Column, links: list[str], held: Held, *, is_due: bool
) -> Iterator[tuple[int, str]]:
    if is_due:
        for i_row in (i for i, key in enumerate(links) if not key):
            yield i_row, f"must refer to a {column.references}, but refers to none"
    named = [i for i, key in enumerate(links) if key]
    there = held(str(column.references), [links[i] for i in named])
    for i_row, is_there in zip(named, there, strict=True):
        if not is_there:
            said = f"{column.references} {links[i_row]}"
            yield i_row, f"refers to {said}, which the lake does not hold"


def check_faults(faults: list[Fault], advice: str) -> None:
    """Raise if there are any.

    Raises
    ------
    InvalidInputError
        Says how many, and the first.
    """
    if faults:
        n_row = len({(fault.table, fault.key, fault.i_row) for fault in faults})
        listed = f"{faults[0]}" if n_row == 1 else f"{n_row} rows are not, the first: {faults[0]}"
        raise InvalidInputError(
            f"what enters a lake must be possible, but {listed}; {advice}",
            n_row=n_row,
            key=faults[0].key,
        )


def _ranges(table: str, blocks: Blocks) -> _Found:
    for column, wanted in RANGES[table].items():
        values = np.asarray(blocks[f"{table}/{column}"], dtype=np.float64)
        n_each = values[0].size if len(values) else 1
        for i, text in wanted.faults(values.reshape(-1)):
            yield i // n_each, column, text


def _texts(table: str, blocks: Blocks) -> _Found:
    for column, known in TEXTS.get(table, {}).items():
        values = blocks[f"{table}/{column}"]
        for i_row in np.flatnonzero(~np.isin(values, np.array(known, values.dtype))).tolist():
            said = ", ".join(map(repr, known))
            yield i_row, column, f"must be one of {said}, but is {str(values[i_row])!r}"
    if table in NAMED:
        for i_row in np.flatnonzero(blocks[f"{table}/{NAMED[table]}"] == "").tolist():
            yield i_row, NAMED[table], "must be given, but is empty"


def _snapshots(table: str, blocks: Blocks) -> _Found:
    counts = blocks[f"{table}/n_atom"]
    owner = np.repeat(np.arange(counts.size), counts)
    number, position = blocks["atom/number"], blocks["atom/position"]
    places = np.abs(position).max(axis=1, initial=0.0)
    wrong: dict[str, Bool[np.ndarray, " atom"]] = {
        f"must have elements 1 to {LAST_ELEMENT} only": (number < 1) | (number > LAST_ELEMENT),
        "must have regions -1, 0 and 1 only": np.abs(blocks["atom/region"].astype(int)) > 1,
        f"must have finite positions within {FARTHEST_ANGSTROM:g} Å": ~(
            places <= FARTHEST_ANGSTROM
        ),
    }
    for text, is_wrong in wrong.items():
        for i_row in np.unique(owner[is_wrong]).tolist():
            yield i_row, "", text
    across = np.isfinite(blocks[f"{table}/lateral_period_angstrom"])
    for i_row in np.flatnonzero(across[:, 0] != across[:, 1]).tolist():
        yield i_row, "", "must have two lateral periods or none, but has one"
    for i_row in np.flatnonzero(counts < 1).tolist():
        yield i_row, "", "must have atoms, but has none"


def _labels(table: str, blocks: Blocks) -> _Found:
    energies, transmission = equally_wide(
        blocks[f"{table}/energy_ev"], blocks[f"{table}/transmission"]
    )
    has_energy = np.isfinite(energies)
    broken = (has_energy != np.isfinite(transmission)).any(axis=1) | ~has_energy.any(axis=1)
    conductance = blocks[f"{table}/conductance_g0"]
    with np.errstate(invalid="ignore"):  # infinite ones are said already
        steps = np.diff(energies, axis=1)
        # Read off the spectrum where it says T(0): the channels of other energies are not known.
        differs = np.abs(transmission - conductance[:, None]) > TOLERANCE_G0
    wrong = {
        "must have a finite transmission at each of its energies": broken,
        "must have ascending energies": (steps <= 0.0).any(axis=1),
        "must have transmissions of at least 0": (transmission < -TOLERANCE_G0).any(axis=1),
        "must have the conductance T(0) of its spectrum": ((energies == 0.0) & differs).any(axis=1),
    }
    for text, is_wrong in wrong.items():
        for i_row in np.flatnonzero(is_wrong).tolist():
            yield i_row, "", text
    n_channel = blocks[f"{table}/n_channel"]
    for i_row in np.flatnonzero(conductance > n_channel + TOLERANCE_G0).tolist():
        text = f"must be at most that of its {n_channel[i_row]} channels, but is"
        yield i_row, "conductance_g0", f"{text} {conductance[i_row]}"


def _eigenchannels(table: str, blocks: Blocks) -> _Found:
    values = blocks[f"{table}/eigenchannels"]
    gaps = np.isfinite(values) != (np.arange(values.shape[1]) < lengths_of(values)[:, None])
    beyond = (values < -TOLERANCE_G0) | (values > 1.0 + TOLERANCE_G0)
    for i_row in np.flatnonzero(gaps.any(axis=1)).tolist():
        yield i_row, "eigenchannels", "must be finite up to the last"
    for i_row in np.flatnonzero(beyond.any(axis=1)).tolist():
        yield i_row, "eigenchannels", "must be from 0 to 1"


def _proposals(table: str, blocks: Blocks) -> _Found:
    low, high = (blocks[f"{table}/interval_{end}_g0"] for end in ("low", "high"))
    for i_row in np.flatnonzero(low > high).tolist():
        yield i_row, "", "must have an interval whose lower end is not above the upper one"


def equally_wide(*padded: np.ndarray) -> list[np.ndarray]:
    """Return columns that grow, filled up with NaN to the widest of them."""
    width = max(values.shape[1] for values in padded)
    return [
        np.pad(values, ((0, 0), (0, width - values.shape[1])), constant_values=np.nan)
        for values in padded
    ]


_CHECKS: Mapping[str, tuple[Callable[[str, Blocks], _Found], ...]] = {
    "snapshot": (_snapshots,),
    "label": (_labels, _eigenchannels),
    "conflict": (_labels, _eigenchannels),
    "proposal": (_proposals,),
}
