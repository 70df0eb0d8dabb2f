"""How much a demonstration does."""

from dataclasses import dataclass
from typing import Any

from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan, Variation
from sekkei.design.specification import DesignSpec
from sekkei.model import TrainingOptions
from sekkei.structure.experiment import ContactSpec, ExperimentSpec, PotentialName

TARGET_G0 = 3.0


@dataclass(frozen=True, slots=True)
class DemoScale:
    """Numbers of everything."""

    name: str
    """For people."""

    experiments: tuple[int, int, int, int]
    """Of K between 5+4 wires (Gupta), the same (MEAM), K-Na (Gupta), K between triangles (MEAM)."""

    cycles: int
    """Pulls of each experiment."""

    labels_each: int
    """First-principles labels of each experiment."""

    label_s: float
    """CPU time of one of these labels by DFT where the shares of the other stages were measured."""

    epochs: int
    """Of each fit."""

    n_split: int
    """Splits to train and test on; the surrogate is that of the first."""

    initial: int
    """Proposals of the first design round."""

    batch: int
    """Proposals of each later one."""

    rounds: int
    """Design rounds."""

    verify_per_round: int
    """First-principles labels in each design round."""

    finalists: int
    """Proposals proved at the end."""

    def campaign(self, labeler: str, options: dict[str, Any]) -> CampaignSpec:
        """Return the campaign that fills the lake."""
        wide, wide_meam, alloy, thin = self.experiments
        mixed: list[dict[str, float]] = [
            {"K": fraction, "Na": 1.0 - fraction} for fraction in (0.75, 0.5, 0.25)
        ]
        families = [
            self._family(wide, "bcc100-5+4", "gupta", Variation(neck_width=[4, 1, 5])),
            self._family(wide_meam, "bcc100-5+4", "meam", Variation(neck_width=[4, 1])),
            self._family(alloy, "bcc100-5+4", "gupta", Variation(composition=mixed)),
            self._family(thin, "staggered-3", "meam", Variation(neck_width=[2, 1])),
        ]
        return CampaignSpec(
            name=f"demo-{self.name}",
            experiments=[family for family in families if family is not None],
            labels=LabelPlan(labeler=labeler, options=options, per_experiment=self.labels_each),
        )

    def _family(
        self, count: int, electrode: str, potential: PotentialName, vary: Variation
    ) -> Family | None:
        if count == 0:
            return None
        contact = ContactSpec(electrode=electrode, electrode_element="K")
        template = ExperimentSpec(contact=contact, potential=potential, cycles=self.cycles)
        return Family(count=count, template=template, vary=vary)

    def design(self) -> DesignSpec:
        """Return the design campaign: 3 G0 from any alloy of four alkali metals."""
        return DesignSpec(
            target_g0=TARGET_G0,
            elements=("Na", "K", "Rb", "Cs"),
            initial=self.initial,
            batch=self.batch,
            rounds=self.rounds,
            verify_per_round=self.verify_per_round,
            finalists=self.finalists,
        )

    def training(self) -> TrainingOptions:
        """Return how the surrogate is trained."""
        # A few dozen labels of many alloys on several splits: minutes by an effective Hamiltonian.
        return TrainingOptions(assembly="series", n_member=5, epochs=self.epochs)


FULL = DemoScale(
    name="full",
    experiments=(12, 4, 6, 3),
    cycles=3,
    labels_each=3,
    label_s=5.8,
    epochs=300,
    n_split=4,
    initial=10,
    batch=6,
    rounds=3,
    verify_per_round=2,
    finalists=3,
)
"""A quarter of an hour on two cores, installation included."""

TINY = DemoScale(
    name="tiny",
    experiments=(0, 0, 1, 4),
    cycles=1,
    labels_each=2,
    label_s=2.5,
    epochs=40,
    n_split=2,
    initial=4,
    batch=2,
    rounds=2,
    verify_per_round=1,
    finalists=1,
)
"""As little as still goes through every stage, about two minutes."""
