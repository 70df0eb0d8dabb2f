"""What a predictor was trained on, and whether a junction is like that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from ase.data import chemical_symbols

from sekkei.model.electrode_channels import ChannelCount, ChannelTable
from sekkei.model.mixtures import Pair, learned_pairs, unlearned
from sekkei.shapes import Bool, Float, Int
from sekkei.structure.electrode import Electrode
from sekkei.structure.junction import Junction
from sekkei.structure.lead import recognise_leads


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """How some junctions stand to a training set."""

    n_channel: Int[np.ndarray, " junction"]
    """Channels of the electrode."""

    is_bound_known: Bool[np.ndarray, " junction"]
    """Whether labels of this very electrode say them."""

    reasons: tuple[str, ...]
    """Why a junction is outside; empty where it is not."""

    is_foreign: Bool[np.ndarray, " junction"]
    """Whether it has elements or an electrode of which nothing was learned at all."""

    novelty: Float[np.ndarray, " junction"]
    """How far surroundings of atoms are from the training set; above 1 no training junction is."""

    @property
    def is_outside(self) -> Bool[np.ndarray, " junction"]:
        """Whether a junction is unlike the training set."""
        return np.array([reason != "" for reason in self.reasons], dtype=bool)

    def with_reasons(self, more: Sequence[str]) -> "Outlook":
        """Return the same with a further reason for each junction; empty where there is none."""
        both = zip(self.reasons, more, strict=True)
        return replace(self, reasons=tuple("; ".join(filter(None, pair)) for pair in both))


@dataclass(frozen=True, slots=True, eq=False)
class TrainingDomain:
    """Elements and electrodes of a training set."""

    elements: tuple[int, ...]
    """Atomic numbers, ascending."""

    channels: ChannelTable
    """Electrodes, and how many channels they have."""

    mixtures: tuple[Pair, ...] | None = None
    """Pairs of elements that were learned side by side; ``None`` where nobody counted."""

    mixtures_between: tuple[tuple[Pair, ...], ...] | None = None
    """The same between each electrode of ``channels``; ``None`` where nobody counted."""

    @classmethod
    def from_labels(
        cls, junctions: Sequence[Junction], n_channel: Int[np.ndarray, " junction"]
    ) -> "TrainingDomain":
        """Read off what labelled junctions are made of."""
        elements = sorted({int(n) for junction in junctions for n in set(junction.numbers)})
        mixtures = learned_pairs([junction.numbers for junction in junctions])
        return cls(tuple(elements), ChannelTable.from_labels(junctions, n_channel), mixtures)

    @classmethod
    def from_plain(cls, found: Mapping[str, Any]) -> "TrainingDomain":
        """Read what `to_plain` gave."""
        mixtures, between = found.get("mixtures"), found.get("mixtures_between")
        return cls(
            tuple(found["elements"]),
            ChannelTable.from_plain(found["electrodes"]),
            None if mixtures is None else _pairs(mixtures),
            None if between is None else tuple(map(_pairs, between)),
        )

    def to_plain(self) -> dict[str, Any]:
        """Return plain data for a JSON file."""
        plain: dict[str, Any] = {
            "elements": list(self.elements),
            "electrodes": self.channels.to_plain(),
        }
        # A model of before keeps its identity.
        if self.mixtures is not None:
            plain["mixtures"] = [list(pair) for pair in self.mixtures]
        if self.mixtures_between is not None:
            plain["mixtures_between"] = [
                [list(pair) for pair in pairs] for pairs in self.mixtures_between
            ]
        return plain

    def outlook(
        self,
        junctions: Sequence[Junction],
        novelty: Float[np.ndarray, " junction"],
        electrodes: Sequence[Electrode] | None = None,
    ) -> Outlook:
        """Say how junctions stand to the training set.

        Parameters
        ----------
        junctions
            Of elements that Sekkei has constants for, with perfect leads.
        novelty
            How far surroundings of atoms are from those of the training set, by the measure of
            the family; above 1 no training junction is.
        electrodes
            What their leads are made of, if that is known.

        Raises
        ------
        ElectrodeError
            If a lead does not repeat.
        """
        if electrodes is None:
            electrodes = [recognise_leads(junction).electrode for junction in junctions]
        known = self._looked_up(electrodes)
        counts = [count for count, _ in known]
        reasons = []
        for junction, (count, place), distance in zip(
            junctions, known, novelty.tolist(), strict=True
        ):
            found = [self._strangers(junction), self._strange_mixture(junction, place)]
            if not count.is_known:
                found.append(
                    f"an electrode that it was not trained on ({count.n_channel} channels: "
                    f"{count.origin})"
                )
            if distance > 1.0:
                found.append("surroundings of atoms unlike those that it was trained on")
            reasons.append("; ".join(filter(None, found)))
        return Outlook(
            n_channel=np.array([count.n_channel for count in counts], dtype=np.int64),
            is_bound_known=np.array([count.is_known for count in counts], dtype=bool),
            reasons=tuple(reasons),
            is_foreign=np.array(
                [
                    self._strangers(junction) != "" or not count.is_known
                    for junction, count in zip(junctions, counts, strict=True)
                ],
                dtype=bool,
            ),
            novelty=novelty,
        )

    def _looked_up(self, electrodes: Sequence[Electrode]) -> list[tuple[ChannelCount, int | None]]:
        # Snapshots of one experiment have one electrode, which is looked up once.
        known: dict[tuple[object, ...], tuple[ChannelCount, int | None]] = {}
        found = []
        for electrode in electrodes:
            places = np.round(electrode.positions - electrode.positions[0], 5) + 0.0
            period = (electrode.period, electrode.lateral_period)
            key = (electrode.numbers.tobytes(), places.tobytes(), *period)
            if key not in known:
                known[key] = self.channels.count(electrode), self.channels.place(electrode)
            found.append(known[key])
        return found

    def _strangers(self, junction: Junction) -> str:
        strangers = sorted(set(junction.numbers.tolist()) - set(self.elements))
        if not strangers:
            return ""
        names = ", ".join(chemical_symbols[n] for n in strangers)
        return f"{names}, which it was not trained on"

    def _strange_mixture(self, junction: Junction, place: int | None) -> str:
        if self.mixtures is None:
            return ""
        strange = self._unlearned(junction, self.mixtures)
        if strange:
            return f"{_names(strange)}, which it hardly saw together"
        if self.mixtures_between is None or place is None:
            return ""
        strange = self._unlearned(junction, self.mixtures_between[place])
        if strange:
            return f"{_names(strange)}, which it hardly saw together between such electrodes"
        return ""

    def _unlearned(self, junction: Junction, learned: Sequence[Pair]) -> list[Pair]:
        known = set(self.elements)
        # An element that is a stranger itself is told of once.
        return [pair for pair in unlearned(junction.numbers, learned) if known >= {*pair}]


def _names(pairs: Sequence[Pair]) -> str:
    return ", ".join(f"{chemical_symbols[a]} with {chemical_symbols[b]}" for a, b in pairs)


def _pairs(found: Sequence[Sequence[int]]) -> tuple[Pair, ...]:
    return tuple((a, b) for a, b in found)
