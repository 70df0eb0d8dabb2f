"""What is told of a round: structures, labels, and why there are few."""

import pytest

from sekkei.campaign.design_run import describe_round
from sekkei.design.loop import design_round
from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
from sekkei.testing.proposer_laws import SmoothProblem

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
            "none labelled; 0 of 2 labels: no other has a chance of 0.999",
        ),
    ],
    ids=["as many as allowed", "all have one", "none is likely"],
)
def test_fewer_labels_have_a_reason(asked: dict[str, object], said: str) -> None:
    assert told(**asked).endswith(said)
