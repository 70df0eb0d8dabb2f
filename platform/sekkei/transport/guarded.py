"""A labeler that looks at where the device stands before another one labels it."""

from dataclasses import dataclass

from typing_extensions import override

from sekkei.structure.junction import Junction
from sekkei.structure.lead_room import check_lead_room
from sekkei.transport.labeler import Label, Labeler


@dataclass(frozen=True, slots=True)
class GuardedLabeler(Labeler):
    """Refuses junctions whose device reaches into the outermost period of a lead."""

    inner: Labeler
    """Labels all others."""

    @property
    @override
    def recipe(self) -> str:
        return self.inner.recipe

    @property
    @override
    def engine(self) -> str:
        return self.inner.engine

    @override
    def label(self, junction: Junction) -> Label:
        check_lead_room(junction)
        return self.inner.label(junction)
