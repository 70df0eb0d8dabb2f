"""Structures of a lake as a data set for chemiscope [1]_, which shows them beside their columns.

References
----------
.. [1] G. Fraux, R. K. Cersonsky and M. Ceriotti, J. Open Source Softw. 5, 2117 (2020),
   doi:10.21105/joss.02117; the format is that of chemiscope.org/docs, version 0.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ase.data import chemical_symbols
from pydantic import ConfigDict, TypeAdapter

from sekkei.errors import InvalidInputError
from sekkei.lake.query.filterable import Filterable, filterables
from sekkei.lake.query.view import viewed_columns
from sekkei.lake.state import State
from sekkei.structure.junction import Junction


def write_chemiscope(
    path: Path, lake: State, table: str = "label", where: Sequence[str] = ()
) -> int:
    """Write the structures that filters hold for, with their columns as properties.

    Parameters
    ----------
    path
        File to write.
    lake
        Where they are.
    table
        ``label``, ``snapshot`` or another table whose rows have a structure.
    where
        Filters of that table.

    Returns
    -------
    int
        How many structures were written.

    Raises
    ------
    InvalidInputError
        If rows of the table have no structure, a filter is not one, or nothing fits.
    """
    link = "key" if table == "snapshot" else "snapshot"
    columns = viewed_columns(table)
    if link not in columns:
        raise InvalidInputError(f"a data set must be of structures, but rows of {table} have none")
    rows = list(lake.selection(table, where, list(columns)).records())
    if not rows:
        raise InvalidInputError(
            f"something must be left to write, but no row of {table} fits; widen the filters"
        )
    junctions = lake.junctions([row[link] for row in rows])
    known = filterables(table)
    data_set = {
        "meta": {"name": f"Sekkei: {table}", "description": " AND ".join(where)},
        "structures": [_structure(junction) for junction in junctions],
        "properties": {
            name: _property(known[name], [row[name] for row in rows]) for name in columns
        },
    }
    writer: TypeAdapter[Any] = TypeAdapter(Any, config=ConfigDict(ser_json_inf_nan="null"))
    path.write_bytes(writer.dump_json(data_set))
    return len(rows)


def _structure(junction: Junction) -> dict[str, Any]:
    x, y, z = junction.positions.T.tolist()
    found = {
        "size": junction.n_atom,
        "names": [chemical_symbols[number] for number in junction.numbers.tolist()],
        "x": x,
        "y": y,
        "z": z,
    }
    if junction.lateral_period is None:
        return found
    length = float(junction.positions[:, 2].max() - junction.positions[:, 2].min())
    across_x, across_y = junction.lateral_period
    return found | {"cell": [across_x, 0.0, 0.0, 0.0, across_y, 0.0, 0.0, 0.0, length]}


def _property(about: Filterable, values: list[Any]) -> dict[str, Any]:
    found = {"target": "structure", "values": values, "description": about.description}
    return found | ({"units": about.unit} if about.unit else {})
