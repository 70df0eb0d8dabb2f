"""What is told of a round: structures, labels, and why there are few."""

import re
from dataclasses import replace

import numpy as np
import pytest

from sekkei.campaign.design_run import describe_round
from sekkei.design.loop import design_round
from sekkei.design.specification import DesignSpec
from sekkei.design.spectrum import Spectrum
from sekkei.design.state import DesignState
from sekkei.testing.proposer_laws import SmoothProblem
from sekkei.transport.labeler import Label

SPEC = DesignSpec(target_g0=2.0, initial=3, batch=3, proposer="sobol", verify_per_round=2)


def told(**asked: object) -> str:
    spec = SPEC.model_copy(update=asked)
    _, done = design_round(DesignState(spec=spec), SmoothProblem())
    return describe_round(spec, done)


def test_structures_are_counted_not_proposals() -> None:
    assert told(round_seeds=2).startswith("round 0: 6 of 6 structures made, verified at ")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"verify_per_round": 3}, "G0"),
        ({"verify_per_round": 4}, "; 3 of 4 labels: all candidates have one"),
        (
            {"label_at_chance": 0.999},
            "none labelled; 0 of 2 labels: no other is likely enough (0.999)",
        ),
    ],
    ids=["as many as allowed", "all have one", "none is likely"],
)
def test_fewer_labels_have_a_reason(asked: dict[str, object], said: str) -> None:
    assert told(**asked).endswith(said)


def test_a_spectrum_is_told_beside_its_conductance() -> None:
    class Sloping(SmoothProblem):
        def verify(self, junctions):  # type: ignore[no-untyped-def]
            energies = np.linspace(-0.5, 0.5, 11)
            return [
                replace(one, energies=energies, transmission=one.conductance + 2.0 * energies)
                for one in super().verify(junctions)
                if isinstance(one, Label)
            ]

        def estimate_spectrum(self, junctions):  # type: ignore[no-untyped-def]
            return np.ones(len(junctions)), np.ones(len(junctions))

    slope = Spectrum(quantity="slope", value=2.0, tolerance=0.5)
    spec = SPEC.model_copy(update={"spectrum": slope, "verify_per_round": 1})

    _, done = design_round(DesignState(spec=spec), Sloping())

    assert re.search(
        r"3 structures made, verified at \d\.\d\d G0 and 2$", describe_round(spec, done)
    )


def test_what_failed_is_told_with_its_reason() -> None:
    _, done = design_round(DesignState(spec=SPEC), SmoothProblem(refuses_below_g0=100.0))

    assert re.search(
        r"3 of 3 structures made \(2 failed, one with BandEdgeError: .+\), none labelled",
        describe_round(SPEC, done),
    )
