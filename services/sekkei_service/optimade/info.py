"""What the structures have: properties that OPTIMADE defines, and our own with their units."""

from functools import cache
from typing import Any

from optimade.models import DataType, StructureResource
from optimade.server.schemas import retrieve_queryable_properties

from sekkei.lake.query import Filterable, filterables
from sekkei_service.optimade.filter import OWN, TABLE

_HAVE = (
    "id", "type", "immutable_id", "last_modified", "elements", "nelements", "elements_ratios",
    "chemical_formula_descriptive", "chemical_formula_reduced", "chemical_formula_anonymous",
    "dimension_types", "nperiodic_dimensions", "lattice_vectors", "cartesian_site_positions",
    "nsites", "species", "species_at_sites", "structure_features",
)  # fmt: skip
_LEFT_OUT = {f"{OWN}offset", f"{OWN}spec", f"{OWN}key"}
# UCUM has no conductance quantum: such numbers are given as multiples of it.
_UNITS = {"Å": "Ang", "Å²": "Ang2", "eV": "eV", "K": "K", "s": "s", "G0": "1", "": None}


@cache
def own_properties() -> tuple[str, ...]:
    """Return the names of our own properties."""
    names = {found.name for found in filterables(TABLE).values() if found.source is not None}
    return tuple(sorted(name for name in names if name.startswith(OWN) and name not in _LEFT_OUT))


@cache
def properties() -> dict[str, dict[str, Any]]:
    """Return what is said of every property."""
    defined = retrieve_queryable_properties(StructureResource, ("id", "type", "attributes"))
    found: dict[str, dict[str, Any]] = {}
    for name in _HAVE:
        about = defined[name]
        kind = about["type"]
        found[name] = {
            "description": about["description"],
            "unit": about.get("unit"),
            "sortable": False,
            "type": kind.value if isinstance(kind, DataType) else kind,
        }
    known = filterables(TABLE)
    return found | {name: _own(known[name]) for name in own_properties()}


def _own(about: Filterable) -> dict[str, Any]:
    text = about.description
    if about.unit == "G0":
        text = f"{text}, in multiples of the conductance quantum 2e²/h = 77.48 µS"
    kind = {"number": "float", "text": "string", "key": "string", "list": "list"}[about.kind]
    return {"description": text, "unit": _UNITS[about.unit], "sortable": False, "type": kind}
