"""Which searches a benchmark of designs compares, and what one of them did and cost."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sekkei.bench.remembered_contacts import RememberedContacts
from sekkei.bench.tpe import TpeProposer, is_installed
from sekkei.design import DesignSpec, Effort, pursue_by_estimates, pursue_by_labels
from sekkei.errors import InvalidInputError

CAMPAIGN = "campaign"
TPE = "tpe"
RANDOM = "random"

WIDE_ELECTRODE = "bcc100-9+12"

_THIN: Mapping[str, Any] = {
    "elements": ("Na", "K", "Rb", "Cs"),
    "electrode": "bcc111-2+2+2",
    "neck_width": (1, 6),
}
_WIDE: Mapping[str, Any] = {
    "elements": ("K",),
    "electrode": WIDE_ELECTRODE,
    "neck_width": (2, 9),
    "taper": (0, 2),
}


@dataclass(frozen=True, slots=True)
class DesignBenchPlan:
    """How much is done."""

    targets_g0: tuple[float, ...] = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.5)
    """Conductances asked for of alloys between thin wires, which have six channels."""

    wide_targets_g0: tuple[float, ...] = (4.0, 5.0, 6.0, 7.0, 8.0)
    """Those asked for of potassium between wires that stand for surfaces; none of the others."""

    tolerance_g0: float = 0.05
    """Of each."""

    seeds: Mapping[str, int] = field(
        default_factory=lambda: {
            CAMPAIGN: 10, "botorch": 3, "target-ei": 3, "feasibility": 3, TPE: 3,
            "sobol": 10, RANDOM: 10,
        }
    )  # fmt: skip
    """Who is measured, and with how many seeds; ``random``, by which all are divided, with them."""

    limit: int = 500
    """A search is given up after so many labels."""

    dft_targets_g0: tuple[float, ...] = (1.5, 3.0, 4.5)
    """Conductances that the campaign is asked for with labels by DFT."""

    dft_seeds: int = 2
    """With so many seeds each, once with one surrogate and once with two."""

    def __post_init__(self) -> None:
        """Refuse a conductance that is asked for between both wires: results have its name."""
        both = set(self.targets_g0) & set(self.wide_targets_g0)
        if both:
            raise InvalidInputError(
                f"a target must be of thin or of wide wires, but {min(both):g} G0 is of both; "
                "leave it out of one"
            )

    def measured(self) -> dict[str, int]:
        """Return who is measured here, with how many seeds: Optuna only where it is installed."""
        return {name: n for name, n in self.seeds.items() if name != TPE or is_installed()}

    def spec(self, target_g0: float, seed: int, search: str) -> DesignSpec:
        """Return one design: alloys between thin wires of potassium, or potassium between wide."""
        is_campaign = search == CAMPAIGN
        named = search not in {CAMPAIGN, TPE}
        return DesignSpec(
            **(_WIDE if target_g0 in self.wide_targets_g0 else _THIN),
            target_g0=target_g0,
            tolerance_g0=self.tolerance_g0,
            electrode_element="K",
            elongation_angstrom=(0.0, 6.0),
            initial=48 if is_campaign else 16,
            batch=6 if is_campaign else 4,
            round_seeds=3 if is_campaign else 1,
            label_at_chance=0.25 if is_campaign else None,
            seed=seed,
            # One that is no proposer by name is handed over as it is.
            proposer=search if named else "botorch",
        )


@dataclass(frozen=True, slots=True)
class Pursued:
    """One search, and what it cost."""

    effort: Effort
    """What was done."""

    think_s: float
    """CPU-s for proposals, estimates and chances."""

    structure_s: float
    """Mean CPU-s of a structure."""

    label_s: float
    """Mean CPU-s of a label."""

    def cost_s(self, label_s: float | None = None) -> float:
        """CPU-s of all, with labels that cost what they did, or what is said."""
        price = self.label_s if label_s is None else label_s
        effort = self.effort
        return self.think_s + self.structure_s * effort.n_structure + price * effort.n_label


def pursue(spec: DesignSpec, search: str, contacts: RememberedContacts, limit: int) -> Pursued:
    """Search until a candidate is proved or so many labels are spent; see `Effort`."""
    started, busy = time.process_time(), contacts.busy_s
    if search == CAMPAIGN:
        effort = pursue_by_estimates(spec, contacts, limit)
    else:
        effort = pursue_by_labels(spec, contacts, limit, TpeProposer() if search == TPE else None)
    think_s = time.process_time() - started - (contacts.busy_s - busy)
    return Pursued(effort, think_s, contacts.structure_s, contacts.label_s)
