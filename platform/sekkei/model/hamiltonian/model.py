"""The family of learned Hamiltonians: structure to H, and H to conductance by Landauer."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sekkei.identity import content_hash
from sekkei.model.calibration import ONE_SIGMA, Calibration
from sekkei.model.dataset import Quantity
from sekkei.model.domain import Outlook, TrainingDomain
from sekkei.model.folder import check_identity, read_folder, under, write_folder
from sekkei.model.gradient import ConductanceGradient
from sekkei.model.hamiltonian.gradient import find_gradient
from sekkei.model.hamiltonian.leads import KnownLead, LeadTable
from sekkei.model.hamiltonian.learning import HamiltonianOptions
from sekkei.model.hamiltonian.potential_map import PotentialMap
from sekkei.model.hamiltonian.solve import HamiltonianSolver
from sekkei.model.predictor import Predictions
from sekkei.shapes import Float
from sekkei.specification import parse_specification
from sekkei.structure.element import symbols_of
from sekkei.structure.junction import Junction
from sekkei.structure.lead import check_overlap
from sekkei.threads import few_threads
from sekkei.transport.spectrum import conductance_window
from sekkei.transport.two_centre import TwoCentreTables

FAMILY = "hamiltonian"
"""Name of this family of predictors."""

FORMAT = 2
"""Version of the folder that `HamiltonianModel.save` writes."""

STEP_EV = 0.01
"""Of the energies around E_F at which T is computed: those of labels."""

WINDOW_EV = 0.05
"""Half width of the window of the quantity ``window_conductance_g0``: that of labels."""

SPREAD_EV = 0.02
"""Half width of the energies whose T says how sure a prediction is: levels are this uncertain."""


BELOW_BANDS_EV = 0.3
"""How far below the bottom of their wires' bands the lowest state of contacts is at most.

Where a learned potential is wrong by much, atoms bind states that no contact has. In 150 alloys
drawn from the shipped labels it was at most half as far below; in those that a model took for
insulators, by up to 18 keV (decision 0063)."""

_LOW_STATES = "states far below all bands, as a wrong potential binds"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a learned Hamiltonian says of one junction."""

    mean: float
    """Conductance in G0."""

    spread: float
    """What intervals are multiples of, in G0."""

    novelty: float
    """How far surroundings of atoms are from what was learned; above 1 they are outside."""

    is_too_deep: bool
    """Whether its lowest state is further below the bands of wires than that of any contact."""


@dataclass(frozen=True, slots=True, eq=False)
class CrowdingRange:
    """How crowded atoms of the training set are."""

    low: tuple[float, float]
    """Smallest of the two measures."""

    high: tuple[float, float]
    """Largest of the two measures."""

    @classmethod
    def fit(cls, crowding: Sequence[Float[np.ndarray, "_ 2"]]) -> "CrowdingRange":
        """Take the range of all atoms."""
        both = np.concatenate(list(crowding))
        low, high = both.min(axis=0).tolist(), both.max(axis=0).tolist()
        return cls((low[0], low[1]), (high[0], high[1]))

    def novelty(self, crowding: Float[np.ndarray, "atom 2"]) -> float:
        """Return how far the strangest atom is from the middle; above 1 it is outside."""
        low, high = np.array(self.low), np.array(self.high)
        # A tenth more than what was seen is still inside: ranges of samples are too narrow.
        half = 1.1 * (high - low) / 2.0
        return float((np.abs(crowding - (low + high) / 2.0) / half).max())


@dataclass(frozen=True, slots=True, eq=False)
class HamiltonianModel:
    """A learned Hamiltonian with its intervals; keeps the predictor port."""

    solver: HamiltonianSolver
    """From structure to Hamiltonian."""

    training: HamiltonianOptions
    """How it was learned."""

    calibration: Calibration
    """Errors on experiments that were left out, against the spread of T around E_F."""

    domain: TrainingDomain
    """Elements and electrodes that it was trained on."""

    known: CrowdingRange
    """Surroundings that it was trained on."""

    quantity: Quantity
    """Which conductance it predicts."""

    label_recipe: str
    """Identity of the method whose matrices it learned."""

    @property
    def family(self) -> str:
        """Name under which its folder is read."""
        return FAMILY

    @property
    def at_once(self) -> int:
        """Structures of one piece of work: each takes a part of a second, or seconds."""
        return 16

    @property
    def identity(self) -> str:
        """Content hash of coefficients, tables, electrodes and options."""
        return content_hash("hamiltonian", self._meta(), self.solver.to_arrays())

    @property
    def description(self) -> Mapping[str, object]:
        """Options of its training."""
        return self.training.model_dump(mode="json")

    @few_threads()
    def predict(self, junctions: Sequence[Junction], /) -> Predictions:
        """Predict the conductance of junctions.

        Where elements or electrode are unknown, nothing is said but what the channels allow.

        Raises
        ------
        LabelError
            If a junction has overlapping atoms, imperfect leads, or elements without constants.
        """
        for junction in junctions:
            symbols_of(junction.numbers)
            check_overlap(junction)
        n = len(junctions)
        mean, spread, novelty = np.zeros((3, n))
        low = [""] * n
        before = self.domain.outlook(junctions, novelty)
        for i, junction in enumerate(junctions):
            if not before.is_foreign[i]:
                found = self.estimate(junction)
                mean[i], spread[i], novelty[i] = found.mean, found.spread, found.novelty
                low[i] = _LOW_STATES if found.is_too_deep else ""
        outlook = self.domain.outlook(junctions, novelty).with_reasons(low)
        mean = np.where(before.is_foreign, before.n_channel / 2.0, mean)
        width = self.half_width(spread, outlook)
        return Predictions.bounded(
            mean, width, outlook.n_channel, outlook.is_bound_known, outlook.reasons
        )

    @few_threads()
    def spectrum(
        self, junction: Junction, energies: Float[np.ndarray, " energy"]
    ) -> Float[np.ndarray, " energy"]:
        """Return T at some energies in eV against the Fermi level.

        Raises
        ------
        LabelError
            If the junction cannot be treated.
        """
        return self.solver.device(junction, energies).transmission()

    def spectra(
        self, junctions: Sequence[Junction], energies: Float[np.ndarray, " energy"], /
    ) -> Float[np.ndarray, "junction energy"]:
        """Return T(E) of several junctions; see `SpectralPredictor`."""
        found = [self.spectrum(junction, energies) for junction in junctions]
        return np.array(found).reshape(len(junctions), len(energies))

    @few_threads()
    def eigenchannels(
        self, junction: Junction, energies: Float[np.ndarray, " energy"], /
    ) -> Float[np.ndarray, "energy channel"]:
        """Return eigenchannel transmissions at some energies; see `ChannelPredictor`."""
        return self.solver.device(junction, energies).eigenchannels()

    def half_width(
        self,
        spread: Float[np.ndarray, " junction"],
        outlook: Outlook,
        level: float = ONE_SIGMA,
    ) -> Float[np.ndarray, " junction"]:
        """Half width of the interval of a level, in G0; infinite outside the training set."""
        inside = self.calibration.half_width(spread, np.zeros_like(spread), level)
        return np.where(outlook.is_outside, np.inf, inside)

    def save(self, folder: str | os.PathLike[str], /) -> None:
        """Write two files, JSON and arrays; nothing in them is executable."""
        meta = {**self._meta(), "family": self.family, "identity": self.identity}
        write_folder(Path(folder), meta, self.solver.to_arrays(), is_compressed=True)

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> "HamiltonianModel":
        """Read what `save` wrote.

        Raises
        ------
        InvalidInputError
            If the folder holds no such model, one of another version, or one that was changed.
        """
        meta, arrays = read_folder(Path(folder), "a learned Hamiltonian", FORMAT)
        found = cls._build(meta, arrays)
        check_identity(Path(folder), meta, found.identity)
        return found

    def estimate(self, junction: Junction) -> Estimate:
        """Predict one junction between known leads.

        Raises
        ------
        LabelError
            If the junction cannot be treated.
        """
        energies, weights = self._energies()
        device = self.solver.device(junction, energies)
        values = device.transmission()
        mean = float(weights @ values)
        near = np.abs(energies) < SPREAD_EV + STEP_EV / 2.0
        # Levels may be off by some 10 meV; and what the last step moved may not be done moving.
        moved = abs(values[len(values) // 2] - device.middle_before())
        spread = float(np.hypot(values[near].std(), moved))
        novelty = self.known.novelty(device.crowding.numpy())
        # Without a step there are no states: what is not a number is not below anything.
        below_ev = self.solver.leads.bottom_ev(junction.numbers) - device.lowest_ev
        return Estimate(mean, spread, novelty, below_ev > BELOW_BANDS_EV)

    @few_threads()
    def gradient(self, junction: Junction, /) -> ConductanceGradient:
        """Return the predicted conductance of a junction, and its slopes.

        Nothing is frozen but the leads: electrons follow. It costs four to five predictions.

        Raises
        ------
        LabelError
            If the junction cannot be treated, or is between leads that are not known.
        """
        energies, weights = self._energies()
        needed = np.flatnonzero(weights)
        return find_gradient(self.solver, junction, energies[needed], weights[needed])

    def _energies(self) -> tuple[Float[np.ndarray, " energy"], Float[np.ndarray, " energy"]]:
        """Return energies of T around E_F, and its weights in the quantity that is predicted."""
        if self.quantity == "window_conductance_g0":
            steps = round(WINDOW_EV / STEP_EV)
            energies = np.arange(-steps, steps + 1) * STEP_EV
            each = np.eye(len(energies))
            weights = [conductance_window(energies, one, WINDOW_EV) for one in each]
            return energies, np.array(weights)
        return np.array([-SPREAD_EV, 0.0, SPREAD_EV]), np.array([0.0, 1.0, 0.0])

    def _meta(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            # Without defaults: a later option does not make another model of this one.
            "options": self.training.model_dump(mode="json", exclude_defaults=True),
            "calibration": self.calibration.model_dump(mode="json"),
            "domain": self.domain.to_plain(),
            "known": {"low": list(self.known.low), "high": list(self.known.high)},
            "elements": list(self.solver.elements),
            "quantity": self.quantity,
            "label_recipe": self.label_recipe,
        }

    @classmethod
    def _build(cls, meta: dict[str, Any], arrays: dict[str, np.ndarray]) -> "HamiltonianModel":
        options = parse_specification(meta["options"], HamiltonianOptions)
        n_lead = len({name.split(".")[0] for name in arrays if name.startswith("lead")})
        leads = [KnownLead.from_arrays(under(arrays, f"lead{at}.")) for at in range(n_lead)]
        solver = HamiltonianSolver(
            TwoCentreTables.from_arrays(under(arrays, "tables.")),
            PotentialMap(is_weighted=False, coefficients=under(arrays, "free.")),
            PotentialMap(is_weighted=True, coefficients=under(arrays, "local.")),
            LeadTable(tuple(leads)),
            tuple(meta["elements"]),
            options.consistency,
        )
        low, high = (tuple(meta["known"][name]) for name in ("low", "high"))
        return cls(
            solver,
            options,
            parse_specification(meta["calibration"], Calibration),
            TrainingDomain.from_plain(meta["domain"]),
            CrowdingRange((low[0], low[1]), (high[0], high[1])),
            "conductance_g0" if meta["quantity"] == "conductance_g0" else "window_conductance_g0",
            str(meta["label_recipe"]),
        )
