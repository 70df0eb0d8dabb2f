"""A structure that no experiment passed through."""

from math import nan

from sekkei.structure.cross_section import narrowest_cross_section
from sekkei.structure.experiment import Snapshot
from sekkei.structure.junction import Junction


def structure_of_user(junction: Junction) -> Snapshot:
    """Return a structure as a snapshot of no experiment: nothing about one is made up."""
    narrowest = narrowest_cross_section(junction)
    return Snapshot(junction, frame=-1, cycle=-1, stage="", displacement=nan, narrowest=narrowest)
