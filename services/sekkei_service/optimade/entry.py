"""Labelled structures of the lake as entries of OPTIMADE."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ase.data import chemical_symbols
from optimade.models import StructureResource, StructureResourceAttributes

from sekkei.lake import Lake
from sekkei.lake.query import Query
from sekkei.shapes import Int
from sekkei.structure.junction import Junction
from sekkei_service.optimade.filter import MODIFIED, OWN, TABLE
from sekkei_service.optimade.info import own_properties

_DEFINED = (
    "id", "elements", "nelements", "nsites", "chemical_formula_reduced",
    "chemical_formula_anonymous", "nperiodic_dimensions",
)  # fmt: skip

STANDARD = frozenset(StructureResourceAttributes.model_fields)
"""What OPTIMADE defines for structures; what we do not have is null."""


def entries(lake: Lake, rows: Int[Any, " row"]) -> list[dict[str, Any]]:
    """Return entries with all of their attributes, checked by the models of OPTIMADE."""
    own = own_properties()
    names = [*_DEFINED, *own, "snapshot"]
    records = list(Query(lake.reader, TABLE, (), names).records(rows))
    junctions = lake.junctions([record["snapshot"] for record in records])
    return [_entry(*both, own) for both in zip(records, junctions, strict=True)]


def chosen(entry: dict[str, Any], fields: Sequence[str] | None) -> dict[str, Any]:
    """Return an entry with the attributes that were asked for; all that it has if none were."""
    if fields is None:
        return entry
    attributes = entry["attributes"]
    wanted = {name: attributes.get(name) for name in fields if name not in {"id", "type"}}
    return entry | {"attributes": wanted}


def _entry(record: dict[str, Any], junction: Junction, own: Sequence[str]) -> dict[str, Any]:
    symbols = [chemical_symbols[number] for number in junction.numbers.tolist()]
    counts = Counter(symbols)
    elements = sorted(counts)
    formula = record["chemical_formula_reduced"]
    attributes = {
        "immutable_id": record["id"],
        "last_modified": _time(record[MODIFIED]),
        "elements": elements,
        "nelements": len(elements),
        "elements_ratios": [counts[symbol] / len(symbols) for symbol in elements],
        "chemical_formula_descriptive": formula,
        "chemical_formula_reduced": formula,
        "chemical_formula_anonymous": record["chemical_formula_anonymous"],
        "nsites": len(symbols),
        "cartesian_site_positions": junction.positions.tolist(),
        "species": [_species(symbol) for symbol in elements],
        "species_at_sites": symbols,
        "structure_features": [],
        **_periods(junction),
        **{name: _plain(record[name]) for name in own},
    }
    raw = {"id": record["id"], "type": "structures", "attributes": attributes}
    found = StructureResource.model_validate(raw).model_dump(mode="json", exclude_unset=True)
    # The models let our own properties through as they are.
    return {**found, "attributes": attributes | found["attributes"]}


def _species(symbol: str) -> dict[str, Any]:
    return {"name": symbol, "chemical_symbols": [symbol], "concentration": [1.0]}


def _periods(junction: Junction) -> dict[str, Any]:
    # Along z the leads go on: nothing repeats there.
    if junction.lateral_period is None:
        found = {"dimension_types": [0, 0, 0], "nperiodic_dimensions": 0}
        return {**found, "lattice_vectors": [[None] * 3] * 3}
    x, y = junction.lateral_period
    vectors = [[x, 0.0, 0.0], [0.0, y, 0.0], [None] * 3]
    return {"dimension_types": [1, 1, 0], "nperiodic_dimensions": 2, "lattice_vectors": vectors}


def _time(unix_s: float) -> str | None:
    if not math.isfinite(unix_s):
        return None
    # Never later than it was: who asks for what is not older finds it.
    whole, part = divmod(math.floor(unix_s * 1e6), 1_000_000)
    moment = datetime.fromtimestamp(whole, UTC).replace(microsecond=part)
    return moment.isoformat().replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value != "" else None


__all__ = ["OWN", "STANDARD", "chosen", "entries"]
