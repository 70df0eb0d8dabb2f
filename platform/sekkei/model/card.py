"""A model card: what a model learned from, how good it is, and what it is not for."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase.data import chemical_symbols

from sekkei import __version__
from sekkei.errors import InvalidInputError
from sekkei.model.calibration import Coverage
from sekkei.model.dataset import Dataset, Quantity
from sekkei.model.domain import TrainingDomain
from sekkei.model.metric import MetricRow
from sekkei.model.training import LearnedFrom, Training

CARD_FILE = "card.md"
"""Name of the card in the folder of a saved predictor."""

_QUANTITIES: dict[Quantity, str] = {
    "conductance_g0": "T at the Fermi level",
    "window_conductance_g0": "the mean of T in a window around the Fermi level",
}


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a card says of a model."""

    family: str
    """`Predictor.family`."""

    identity: str
    """`Predictor.identity`."""

    quantity: Quantity
    """Which conductance it predicts."""

    recipe: str
    """Identity of the method whose labels it learned."""

    options: Mapping[str, object]
    """`Predictor.description`."""

    lake_state: str
    """State of the lake that the labels were read from."""

    n_label: int
    """Labels or matrices that it learned from, held-out ones included."""

    n_taught: int
    """How many of these are another model's predictions, which are only trained on."""

    learned: LearnedFrom
    """Experiments, electrodes, sizes and conductances of these."""

    elements: tuple[str, ...]
    """Elements that it knows."""

    figures: tuple[MetricRow, ...]
    """The model and its baselines on every split."""

    coverage: tuple[Coverage, ...]
    """Promised and measured shares of labels inside intervals."""

    command: str
    """What made it."""

    @classmethod
    def from_training(
        cls, training: Training, dataset: Dataset, lake_state: str, command: str
    ) -> "CardFacts":
        """Collect what a training knows.

        Parameters
        ----------
        training
            Predictor and figures.
        dataset
            What it was trained and tested on; labels of elements that it does not know are left
            out.
        lake_state
            State of the lake that the labels were read from.
        command
            What made it: a command line, or the name of a script.
        """
        predictor = training.predictor
        known = _elements(training, dataset)
        kept = [i for i, one in enumerate(dataset.junctions) if known >= set(one.numbers.tolist())]
        data = dataset.rows(np.array(kept, dtype=np.int64))
        learned = training.learned or LearnedFrom.of(
            data.junctions, data.groups, data.electrodes, data.conductance_g0.tolist()
        )
        return cls(
            family=predictor.family,
            identity=predictor.identity,
            quantity=predictor.quantity,
            recipe=predictor.label_recipe,
            options=predictor.description,
            lake_state=lake_state,
            n_label=training.n_label,
            n_taught=int(np.count_nonzero(~data.is_testable)),
            learned=learned,
            elements=tuple(chemical_symbols[n] for n in sorted(known)),
            figures=training.report.rows,
            coverage=training.report.coverage,
            command=command,
        )


def model_card(facts: CardFacts) -> str:
    """Write a card as Markdown."""
    predicts = (
        f"Predicts {_QUANTITIES[facts.quantity]} (`{facts.quantity}`) of contacts of "
        f"{', '.join(facts.elements)} between two equal electrodes, in G0, with a 68 % interval."
    )
    return "\n".join(
        [
            f"# Model card: {facts.family} {facts.identity[:12]}",
            "",
            predicts,
            "",
            "## What it learned from",
            "",
            *_table(("what", "value"), _sources(facts)),
            "",
            "## How good it is",
            "",
            f"{_verdict(facts)} Whole experiments were held out, never single frames.",
            "",
            *_table(_FIGURES, [_figure(row) for row in _sorted(facts)]),
            "",
            "## How sure it is",
            "",
            *_coverage(facts.coverage),
            "",
            "## Where it extrapolates",
            "",
            *_extrapolates(facts),
            "",
            "## What it must not be used for",
            "",
            *_not_for(facts),
            "",
            "## How it was made",
            "",
            f"By Sekkei {__version__}:",
            "",
            "```text",
            facts.command or "not recorded",
            "```",
            "",
            "Its options:",
            "",
            "```json",
            json.dumps(facts.options, indent=1, sort_keys=True, default=str),
            "```",
            "",
        ]
    )


def write_card(folder: str | os.PathLike[str], text: str) -> None:
    """Put a card beside a saved predictor, whose identity does not depend on it."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    (place / CARD_FILE).write_text(text, "utf-8")


def read_card(folder: str | os.PathLike[str]) -> str:
    """Read the card of a saved predictor.

    Raises
    ------
    InvalidInputError
        If it has none.
    """
    file = Path(folder) / CARD_FILE
    if not file.is_file():
        raise InvalidInputError(
            f"a saved model must have a card, but {folder} has no {CARD_FILE}; save it by "
            "`sekkei model save`"
        )
    return file.read_text("utf-8")


_FIGURES = ("part", "model", "labels", "experiments", "R²", "MAE / G0", "RMSE / G0", "largest / G0")
_HELD_OUT_FIRST = ("test", "cross-validation", "train")


def _elements(training: Training, dataset: Dataset) -> set[int]:
    # Whoever follows the port need not say what it knows; then the labels do. What corrects
    # another model knows what that one knows, not the elements of a dozen labels.
    predictor = training.predictor
    domain = getattr(getattr(predictor, "base", predictor), "domain", None)
    if isinstance(domain, TrainingDomain):
        return set(domain.elements)
    return {int(n) for junction in dataset.junctions for n in set(junction.numbers.tolist())}


def _sources(facts: CardFacts) -> Iterator[tuple[str, ...]]:
    least, greatest = facts.learned.conductance_g0
    yield "labels or matrices", f"{facts.n_label:,}"
    if facts.n_taught:
        yield "of them predictions of another model", f"{facts.n_taught:,}"
    yield "experiments", f"{facts.learned.n_experiment:,}"
    yield "elements", ", ".join(facts.elements)
    yield "electrodes", ", ".join(facts.learned.electrodes)
    yield "atoms of a junction", f"{facts.learned.n_atom[0]} to {facts.learned.n_atom[1]}"
    yield "conductances", f"{least:.2f} to {greatest:.2f} G0"
    yield "method of the labels", f"`{facts.recipe}`"
    yield "state of the lake", f"`{facts.lake_state}`"
    yield "model", f"`{facts.identity}`"


def _sorted(facts: CardFacts) -> list[MetricRow]:
    def place(row: MetricRow) -> tuple[int, str, bool, float]:
        first = row.split in _HELD_OUT_FIRST
        rank = _HELD_OUT_FIRST.index(row.split) if first else len(_HELD_OUT_FIRST)
        return rank, row.split, row.model != facts.family, row.mae

    return sorted(facts.figures, key=place)


def _verdict(facts: CardFacts) -> str:
    tested = [row for row in facts.figures if row.split == "test"]
    own = next((row for row in tested if row.model == facts.family), None)
    others = [row for row in tested if row.model != facts.family]
    if own is None or not others:
        return "Nothing was tested beside a baseline."
    best = min(others, key=lambda row: row.mae)
    word = "beats" if own.mae < best.mae else "does **not** beat"
    return (
        f"On held-out experiments its MAE is {own.mae:.3f} G0; it {word} every baseline "
        f"({best.model}: {best.mae:.3f} G0)."
    )


def _figure(row: MetricRow) -> tuple[str, ...]:
    numbers = (row.r2, row.mae, row.rmse, row.max_error)
    shown = ("" if np.isnan(number) else f"{number:.3f}" for number in numbers)
    return row.split, row.model, str(row.n), str(row.n_experiment), *shown


def _coverage(coverage: Sequence[Coverage]) -> Iterator[str]:
    if not coverage:
        yield "How often its intervals hold was not measured."
        return
    yield from _table(
        ("part", "promised", "measured", "labels"),
        [(c.split, f"{c.level:.0%}", f"{c.measured:.0%}", str(c.n)) for c in coverage],
    )


def _extrapolates(facts: CardFacts) -> Iterator[str]:
    yield "A junction is flagged as outside, with the reason and a wider interval, if it has"
    yield ""
    yield f"- an element other than {', '.join(facts.elements)};"
    if len(facts.elements) > 1:
        yield "- two of these that it hardly saw side by side, or hardly between that electrode;"
    yield "- an electrode other than those above;"
    last = "- atoms whose surroundings are unlike those of all labels"
    if facts.family == "hamiltonian":
        yield f"{last};"
        last = "- by the learned potential, states far below the bands of its elements' wires"
    yield f"{last}."
    yield ""
    yield (
        f"More than {facts.learned.n_atom[1]} atoms are not flagged by themselves: "
        "read the figures of larger junctions, if there are any above."
    )


def _not_for(facts: CardFacts) -> Iterator[str]:
    yield "- Junctions that are flagged, unless a label of your own confirms it there."
    yield "- Proof: only a label of the method above makes a proposal a hit."
    yield "- Differences smaller than its errors above; the labels have errors of their own, too."
    yield "- Open gaps: where T is far below 0.1 G0 the labels are too low."
    yield "- Conductances of another method, another quantity, or finite bias; molecules; magnets."


def _table(columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
