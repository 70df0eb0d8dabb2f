"""How much a demonstration does."""

from collections.abc import Sequence
from dataclasses import dataclass

from sekkei.campaign.context import Dynamics
from sekkei.campaign.specification import CampaignSpec, Family, Variation
from sekkei.campaign.stages import experiment_tasks
from sekkei.design.specification import DesignSpec
from sekkei.structure.experiment import ContactSpec, ExperimentSpec, PotentialName

TARGET_G0 = 3.0
ELECTRODE = "bcc100-5+4"
"""Wire at both ends of every contact: the shipped model has learned from labels between it."""

_ALLOYS = [
    {"K": 0.5, "Na": 0.5}, {"K": 0.5, "Rb": 0.5}, {"K": 0.5, "Cs": 0.5},
    {"K": 0.75, "Na": 0.25}, {"K": 0.75, "Rb": 0.25}, {"K": 0.75, "Cs": 0.25},
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoScale:
    """Numbers of everything."""

    name: str
    """For people."""

    experiments: tuple[int, int, int]
    """Of K (Gupta), K (Nichol-Ackland) and alloys of K with Na, Rb and Cs (Gupta)."""

    checked: tuple[int, int, int]
    """Of each of these, the first so many have one snapshot labelled, to check the model."""

    cycles: int
    """Pulls of each experiment."""

    label_s: float
    """CPU time of one label by DFT where the shares of the other stages were measured."""

    initial: int
    """Proposals of the first design round."""

    batch: int
    """Proposals of each later one."""

    rounds: int
    """Design rounds at most."""

    round_seeds: int
    """Structures of each proposal in a round."""

    stop_at_chance: float | None
    """No further round is done once a candidate hits with at least this chance."""

    verify_per_round: int
    """First-principles labels in each design round."""

    finalists: int
    """Proposals proved at the end."""

    verify_seeds: int
    """Fresh structures of each of these, all of them labelled."""

    def campaign(self) -> CampaignSpec:
        """Return the campaign that breaks the contacts."""
        return CampaignSpec(
            name=f"demo-{self.name}",
            experiments=[family for family in self._families() if family is not None],
            labels=None,
        )

    def checked_experiments(self, dynamics: Dynamics) -> tuple[str, ...]:
        """Return the keys of the experiments of which a snapshot is labelled."""
        specs = [
            family.member(i)
            for family, count in zip(self._families(), self.checked, strict=True)
            if family is not None
            for i in range(count)
        ]
        return tuple(task.key for task in experiment_tasks(specs, dynamics))

    def _families(self) -> Sequence[Family | None]:
        gupta, nichol_ackland, alloy = self.experiments
        necks = Variation(neck_width=[4, 1, 5])
        return (
            self._family(gupta, "gupta", necks),
            self._family(nichol_ackland, "nichol-ackland", necks),
            self._family(alloy, "gupta", Variation(composition=_ALLOYS)),
        )

    def _family(self, count: int, potential: PotentialName, vary: Variation) -> Family | None:
        if count == 0:
            return None
        contact = ContactSpec(electrode=ELECTRODE, electrode_element="K")
        template = ExperimentSpec(contact=contact, potential=potential, cycles=self.cycles)
        return Family(count=count, template=template, vary=vary)

    def design(self) -> DesignSpec:
        """Return the design campaign: 3 G0 from any alloy of four alkali metals."""
        return DesignSpec(
            target_g0=TARGET_G0,
            elements=("Na", "K", "Rb", "Cs"),
            electrode=ELECTRODE,
            initial=self.initial,
            batch=self.batch,
            rounds=self.rounds,
            round_seeds=self.round_seeds,
            stop_at_chance=self.stop_at_chance,
            verify_per_round=self.verify_per_round,
            finalists=self.finalists,
            fresh_seeds=self.verify_seeds,
            verify_seeds=self.verify_seeds,
        )


FULL = DemoScale(
    name="full",
    experiments=(14, 14, 6),
    checked=(3, 3, 6),
    cycles=3,
    label_s=5.8,
    initial=12,
    batch=8,
    rounds=6,
    round_seeds=3,
    stop_at_chance=0.9,
    verify_per_round=2,
    finalists=3,
    verify_seeds=3,
)
"""Some minutes on two cores after the installation."""

TINY = DemoScale(
    name="tiny",
    experiments=(1, 1, 1),
    checked=(1, 1, 1),
    cycles=1,
    label_s=5.8,
    initial=4,
    batch=2,
    rounds=2,
    round_seeds=1,
    stop_at_chance=None,
    verify_per_round=1,
    finalists=1,
    verify_seeds=1,
)
"""As little as still goes through every stage, about two minutes."""
