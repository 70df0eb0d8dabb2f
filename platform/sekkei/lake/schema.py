"""What a lake holds: every table and column, with type, unit and meaning.

The tables are data, so that the store is made from them, `docs/reference/lake.md` is tested against
them, and a test notices when they change without the version.
"""

from dataclasses import asdict, dataclass, replace
from typing import Literal

from sekkei.errors import InvalidInputError
from sekkei.identity import content_hash

SCHEMA_VERSION = 4
"""Raised with every change of the tables below; a lake records the one that it was made with."""

ELEMENTS = ("Li", "Na", "K", "Rb", "Cs")
"""The axis ``element`` of every composition."""

ColumnType = Literal["key", "string", "float64", "float32", "int64", "uint8", "int8"]

_ROWS = 8192


@dataclass(frozen=True, slots=True)
class Column:
    """One array of a table; its first axis is the row."""

    name: str
    """Name, with the unit at its end."""

    kind: ColumnType
    """``key`` is 16 bytes of a content hash, all zero where there is none."""

    description: str
    """What it means, in one line."""

    unit: str = ""
    """Unit; empty for numbers without one."""

    axis: tuple[str, ...] = ()
    """Names of the axes after the row."""

    shape: tuple[int, ...] = ()
    """Lengths of those axes in a new lake; that of a spectrum grows with the widest row."""

    chunk: tuple[int, ...] = (_ROWS,)
    """Shape of what is compressed as one piece."""

    shard: tuple[int, ...] | None = None
    """Shape of what is stored as one object; absent where it is one chunk."""

    references: str | None = None
    """Table that the key points into."""

    since: int = 1
    """Schema version that brought the column. In older lakes it is blank: NaN, 0, an empty text."""

    @property
    def grows(self) -> bool:
        """Whether the second axis grows with the widest row, shorter rows ending in NaN."""
        return self.shape == (0,)


@dataclass(frozen=True, slots=True)
class Ragged:
    """Where the rows of a table without keys belong: so many from one on to each row of another."""

    owner: str
    """The table with keys."""

    offset: str
    """Its column with the first row."""

    count: str
    """Its column with the number of rows."""


def table_names() -> tuple[str, ...]:
    """Return the names of the tables whose rows have keys."""
    return tuple(name for name in SCHEMA if name not in RAGGED)


def ragged_of(table: str) -> dict[str, Ragged]:
    """Return the tables without keys whose rows belong to rows of a table."""
    return {name: ragged for name, ragged in RAGGED.items() if ragged.owner == table}


def columns(table: str) -> tuple[Column, ...]:
    """Return the columns of a table.

    Raises
    ------
    InvalidInputError
        If there is no such table.
    """
    if table not in SCHEMA:
        raise InvalidInputError(
            f"a table must be one of {', '.join(SCHEMA)}, but found {table!r}", table=table
        )
    return SCHEMA[table]


def links_of(table: str) -> tuple[tuple[str, str], ...]:
    """Return the columns of a table that name rows of others, each with the other table.

    Examples
    --------
    >>> links_of("matrix")
    (('label', 'label'), ('snapshot', 'snapshot'))
    """
    found = ((column.name, column.references) for column in columns(table))
    links = tuple((name, other) for name, other in found if other is not None)
    # The subject of a refusal is in one of two tables; keys are hashes, and in only one of them.
    return (*links, *((("subject", "experiment"), ("subject", "snapshot")) * (table == "refusal")))


def schema_hash() -> str:
    """Hash of every table and column: what a schema version stands for."""
    return content_hash(
        list(ELEMENTS),
        {table: [asdict(column) for column in found] for table, found in SCHEMA.items()},
    )


def _own_key() -> Column:
    return Column("key", "key", "identity: the content hash of this row", chunk=(_ROWS, 16))


def _link(name: str, table: str, description: str) -> Column:
    return Column(name, "key", description, chunk=(_ROWS, 16), references=table)


def _number(name: str, unit: str, description: str) -> Column:
    return Column(name, "float64", description, unit)


def _count(name: str, description: str) -> Column:
    return Column(name, "int64", description)


def _text(name: str, description: str) -> Column:
    return Column(name, "string", description)


def _composition(description: str) -> Column:
    n = len(ELEMENTS)
    return Column("composition", "float64", description, "", ("element",), (n,), (_ROWS, n))


def _lateral_period() -> Column:
    meaning = "lengths along x and y after which everything repeats; NaN for a wire in vacuum"
    return Column(
        "lateral_period_angstrom", "float64", meaning, "Å", ("xy",), (2,), chunk=(_ROWS, 2)
    )


def _of_atoms(kind: ColumnType, name: str, description: str) -> Column:
    return Column(name, kind, description, chunk=(16384,), shard=(524288,))


def _positions() -> Column:
    return Column(
        "position",
        "float64",
        "Cartesian position; transport runs along +z",
        "Å",
        ("xyz",),
        (3,),
        chunk=(8192, 3),
        shard=(65536, 3),
    )


def _matrix_values(name: str, unit: str, description: str) -> Column:
    # A junction of a hundred atoms has some hundred thousand: an append rewrites one object.
    return Column(name, "float32", description, unit, chunk=(65536,), shard=(524288,))


def _stretch(name: str, things: str) -> tuple[Column, Column]:
    return (
        _count(f"{name}_offset", f"row of the first of its {things} in the table matrix_{name}"),
        _count(f"n_{name}", f"number of its {things}"),
    )


def _spectrum(name: str, unit: str, description: str) -> Column:
    # A few hundred floats that hardly compress: smaller objects, because an append rewrites one.
    return Column(
        name, "float64", description, unit, ("energy",), (0,), chunk=(256, 64), shard=(2048, 64)
    )


def _since(version: int, *found: Column) -> tuple[Column, ...]:
    return tuple(replace(column, since=version) for column in found)


_PROVENANCE = (
    _text("node", "name of the machine that computed it"),
    _number("started_unix_s", "s", "start of the work, seconds since 1970-01-01 UTC"),
    _number("finished_unix_s", "s", "end of the work, seconds since 1970-01-01 UTC"),
    _number("task_cpu_seconds", "s", "CPU time of the whole task, as its worker measured it"),
    _text("code_version", "version of Sekkei that computed it"),
)

_CONDUCTS = (
    _number("conductance_g0", "G0", "zero-bias conductance T(E_F)"),
    _number("window_conductance_g0", "G0", "mean of T(E) within the window around E_F"),
    _number("window_ev", "eV", "half width of that window"),
    _count("n_channel", "open channels of the electrode at E_F"),
    _number("fermi_level_ev", "eV", "Fermi level of the electrode, on the scale of the engine"),
    _text("recipe", "identity of the method: equal recipes give equal labels"),
    _text("engine", "name and version of what computed it"),
    _number("cpu_seconds", "s", "CPU time of this junction"),
    _count("iterations", "self-consistency iterations; 0 where there are none"),
    _spectrum("energy_ev", "eV", "energies against the Fermi level; NaN after the last"),
    _spectrum("transmission", "", "transmission at those energies; NaN after the last"),
)

_CONDUCTS_TOO = (
    *_since(
        2,
        Column(
            "eigenchannels",
            "float64",
            "eigenchannel transmissions at E_F, descending; NaN after the last",
            "",
            ("channel",),
            (0,),
            chunk=(1024, 8),
            shard=(_ROWS, 8),
        ),
        _count("rung", "rung of the convergence ladder; 0 is the first, the recipe's own"),
    ),
    *_since(3, _number("error_g0", "G0", "its estimated 68 % error; NaN if nobody gave one")),
)

SCHEMA: dict[str, tuple[Column, ...]] = {
    "experiment": (
        _own_key(),
        _text("spec", "the specification as canonical JSON"),
        _text("engine", "name and version of the dynamics engine and potential"),
        _text("electrode", "name of the wire at both ends"),
        _text("electrode_element", "element of the electrodes"),
        _text("potential", "interatomic potential"),
        _count("seed", "seed of the dynamics"),
        _count("contact_seed", "seed of the placement of the elements"),
        _number("temperature_k", "K", "temperature of the bath"),
        _composition("fraction of each element in the device region, as asked for"),
        *_PROVENANCE,
    ),
    "snapshot": (
        _own_key(),
        _link("experiment", "experiment", "its experiment; none for a structure of a user"),
        _count("offset", "row of its first atom in the table atom"),
        _count("n_atom", "number of its atoms"),
        _number("electrode_period_angstrom", "Å", "length of one period of the electrodes"),
        _count("frame", "position in the experiment, from 0; -1 without one"),
        _count("cycle", "cycle of pulling and pushing, from 0; -1 if unknown"),
        _text("stage", "pull or push; empty if unknown"),
        _number(
            "displacement_angstrom",
            "Å",
            "distance of the grips minus that at the start; NaN if unknown",
        ),
        _number("narrowest_angstrom2", "Å²", "narrowest cross-section; 0 where it is broken"),
        *_since(2, _lateral_period()),
    ),
    "atom": (
        _of_atoms("uint8", "number", "atomic number"),
        _positions(),
        _of_atoms("int8", "region", "-1 left lead, 0 device, +1 right lead"),
    ),
    "label": (
        _own_key(),
        _link("snapshot", "snapshot", "what was labelled"),
        *_CONDUCTS,
        *_PROVENANCE,
        *_CONDUCTS_TOO,
    ),
    "refusal": (
        _own_key(),
        Column("subject", "key", "the experiment or snapshot that was tried", chunk=(_ROWS, 16)),
        _text("stage", "what was tried: experiment, label or matrix"),
        _text("kind", "name of the error"),
        _text("message", "why, in one line"),
        _text("recipe", "identity of the method that refused"),
        _number("cpu_seconds", "s", "CPU time before refusing"),
        *_PROVENANCE,
    ),
    "prediction": (
        _own_key(),
        _link("snapshot", "snapshot", "what the conductance was predicted of"),
        _text("model", "identity of the model"),
        _number("conductance_g0", "G0", "predicted conductance"),
        _number("sigma_g0", "G0", "its standard deviation"),
        *_since(2, *_PROVENANCE),
    ),
    "proposal": (
        _own_key(),
        _text("design", "identity of the design run"),
        _count("round", "round of the design run, from 0"),
        _number("target_g0", "G0", "conductance asked for"),
        _composition("fraction of each element put forward"),
        _text("parameters", "the other parameters put forward, as JSON"),
        _link("snapshot", "snapshot", "the structure that realises it"),
        _number("predicted_g0", "G0", "conductance that the proposer expected"),
        _number("interval_low_g0", "G0", "lower end of its interval"),
        _number("interval_high_g0", "G0", "upper end of its interval"),
        _number("surrogate_g0", "G0", "conductance by the surrogate; NaN if none"),
        _number("verified_g0", "G0", "conductance by the label; NaN if not verified"),
        _link("label", "label", "the label that verified it; none if not verified"),
        _text("recipe", "identity of the verifying method"),
        _text("status", "what became of it"),
        *_since(
            2,
            _count("seed", "seed of the structure that realises it"),
            _text("model", "identity of the surrogate; empty if it was not recorded"),
            *_PROVENANCE,
        ),
    ),
    "matrix": _since(
        3,
        _own_key(),
        _link("label", "label", "the label that was read off these matrices"),
        _link("snapshot", "snapshot", "what was labelled"),
        *_stretch("atom", "atoms"),
        *_stretch("k", "k-points across"),
        *_stretch("pair", "pairs"),
        *_stretch("value", "values"),
        _number("length_angstrom", "Å", "length of the cell along z"),
        _count("lead_periods", "periods of the electrode at each end that stand in its own order"),
        _lateral_period(),
        _number("fermi_level_ev", "eV", "Fermi level of the electrode, on the scale of the engine"),
        _number("alignment_ev", "eV", "added to the levels so that the ends fit; NaN if nothing"),
        _text("recipe", "identity of the method, that of the label"),
        *_PROVENANCE,
    ),
    "conflict": _since(
        4,
        _own_key(),
        _link("label", "label", "the label of the same structure and recipe that came first"),
        *_CONDUCTS,
        *_PROVENANCE,
        *_CONDUCTS_TOO,
    ),
    "withdrawal": _since(
        4,
        _own_key(),
        _text("table", "table of the row"),
        Column("subject", "key", "key of the row", chunk=(_ROWS, 16)),
        _count("ordinal", "how many withdrawals and reinstatements of the row came before"),
        _text("action", "withdraw or reinstate: the one of the highest ordinal holds"),
        _text("reason", "why, in one line"),
        _text("node", "name of the machine where it was said"),
        _number("time_unix_s", "s", "when, seconds since 1970-01-01 UTC"),
        _text("code_version", "version of Sekkei that wrote it"),
    ),
    "matrix_atom": _since(
        3,
        _of_atoms("uint8", "number", "atomic number; leads extended, in the order of the labeler"),
        _positions(),
        _of_atoms("uint8", "n_orbital", "number of its orbitals, which stand atom by atom"),
    ),
    "matrix_k": _since(
        3,
        Column(
            "point",
            "float64",
            "k-point across, in units of the reciprocal periods; zero for a wire",
            "",
            ("xy",),
            (2,),
            chunk=(_ROWS, 2),
        ),
        _number("weight", "", "its weight in every mean"),
    ),
    "matrix_pair": _since(
        3,
        _of_atoms("int64", "first", "one atom of a pair with any element above the rounding"),
        _of_atoms("int64", "second", "the other, the same or a later one: the rest is Hermitian"),
    ),
    "matrix_value": _since(
        3,
        _matrix_values("hamiltonian_ev", "eV", "H - E_F S, real part; by k-point, pair, row"),
        _matrix_values("overlap", "", "S, real part; in the same order"),
        _matrix_values("hamiltonian_imaginary_ev", "eV", "imaginary part; 0 for a wire"),
        _matrix_values("overlap_imaginary", "", "imaginary part; 0 for a wire"),
    ),
}
"""Every table with its columns."""

RAGGED = {
    "atom": Ragged("snapshot", "offset", "n_atom"),
    "matrix_atom": Ragged("matrix", "atom_offset", "n_atom"),
    "matrix_k": Ragged("matrix", "k_offset", "n_k"),
    "matrix_pair": Ragged("matrix", "pair_offset", "n_pair"),
    "matrix_value": Ragged("matrix", "value_offset", "n_value"),
}
"""The tables whose rows have no keys."""
