"""What a design found, on its page: labels with their engine, rounds, and finalists."""

import json
import re

import numpy as np
import pytest

from sekkei.design import DesignSpec, DesignState
from sekkei.design.candidate import Candidate, Observation, Proposal
from sekkei.design.finalist import Finalist
from sekkei.design.state_lake import keep_state
from sekkei.lake import Batch, Lake, ProposalRow
from sekkei_service.pages.design_labels import verified_rows

SPEC = DesignSpec(target_g0=2.0, elements=("Na", "K"), proposer="sobol", initial=4)
CANDIDATE = Candidate(
    composition={"Na": 0.25, "K": 0.75}, neck_length=3, neck_width=2, elongation_angstrom=1.5
)


def seen(conductance, source="dft"):
    return Observation(
        candidate=CANDIDATE, conductance_g0=conductance, sigma_g0=0.02, source=source
    )


def finalist(**changes):
    proposal = Proposal(
        id="a", candidate=CANDIDATE, acquisition="rank", predicted_g0=1.9, chance=0.625
    )
    found = {
        "proposal": proposal,
        "is_declared": True,
        "structure": "b",
        "verified_g0": 1.875,
        "n_seed": 7,
        "n_label": 6,
        "n_hit": 5,
        "is_verified": False,
        "n_seen": 2,
    }
    return Finalist(**(found | changes))


def proposed(label):
    return ProposalRow(
        key="ab" * 16,
        design=SPEC.key,
        round=0,
        target_g0=2.0,
        composition=CANDIDATE.composition,
        parameters=json.dumps(CANDIDATE.model_dump(mode="json", exclude={"composition"})),
        snapshot=label["snapshot"],
        predicted_g0=np.nan,
        interval_low_g0=np.nan,
        interval_high_g0=np.nan,
        surrogate_g0=np.nan,
        verified_g0=label["conductance_g0"],
        label=label["key"],
        recipe=label["recipe"],
        status="verified",
    )


def labelled(path):
    """A label of the lake, by tight binding, that is one of a proposal."""
    columns = ("key", "snapshot", "conductance_g0", "recipe", "engine")
    label = next(iter(Lake.open(path).selection("label", (), columns).records()))
    with Lake.open(path).committer() as committer:
        committer.commit(Batch(proposals=(proposed(label),)), "propose")
    return label


def shown(serve, path, **state):
    """The page of a design that the lake keeps."""
    kept = DesignState(spec=SPEC, **state)
    with Lake.open(path).committer() as committer:
        keep_state(committer, kept)
    page = serve().get(f"/designs/design-{SPEC.key[:12]}")
    assert page.status_code == 200, page.text
    return page.text


@pytest.fixture
def path(serve, tmp_path):
    return tmp_path / "served"


def test_a_label_is_shown_with_the_engine_that_made_it(serve, path):
    label = labelled(path)

    page = shown(serve, path, observations=(seen(label["conductance_g0"]), seen(1.0, "measured")))

    assert "tight-binding" in label["engine"]
    assert f'label, <a href="/lake/{label["key"]}">{label["engine"]}</a>' in page
    assert ">measured</td>" in page
    assert "first principles" not in page.replace(label["engine"], "")


def test_a_label_that_the_lake_does_not_know_is_shown_without_an_engine(path):
    label = labelled(path)
    state = DesignState(
        spec=SPEC, observations=(seen(0.5), seen(label["conductance_g0"], "measured"))
    )

    for lake in (Lake.open(path), None):
        rows = verified_rows(state, lake)
        assert [(row["label"], row["engine"]) for row in rows] == [("", "")] * 2


def test_a_hit_of_a_plateau_is_what_its_target_says():
    plain = SPEC.model_dump(exclude_unset=True)
    spec = DesignSpec.model_validate(
        plain | {"plateau": {"share": 0.5, "frames": 2}, "elongation_angstrom": (1.0, 3.0)}
    )
    held, passed = (
        seen(pulling[-1]).model_copy(update={"pulling_g0": pulling})
        for pulling in ((2.0, 2.0), (0.5, 0.5))
    )

    rows = verified_rows(DesignState(spec=spec, observations=(held, passed)), None)

    assert [row["is_hit"] for row in rows] == [True, False]


def test_rounds_are_counted_from_zero_as_on_the_command_line(serve, path):
    page = shown(
        serve, path, observations=(seen(0.5), seen(1.5)), round_ends=((1, 0), (2, 0)), n_round=2
    )

    table = page[page.index("<h2>Rounds</h2>") :]
    assert re.findall(r'<th scope="row">(\w+)</th>', table) == ["0", "1"]


def test_finalists_are_shown_with_what_was_said_and_what_proved_true(serve, path):
    page = shown(serve, path, finalists=(finalist(),))

    table = page[page.index("<h2>Finalists</h2>") : page.index("<h2>Verifications</h2>")]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", table)
    assert cells[1:3] == ["1.5", "1.9"]
    assert cells[4:] == ["0.62", "yes", "1.875", "7", "6", "5", "no"]
    for words in ("chance", "is declared", "verified", "hits", "is verified"):
        assert f">{words}<" in table


def test_a_label_of_a_warm_start_is_shown_with_its_engine(path):
    columns = ("key", "snapshot", "conductance_g0", "engine")
    label = next(iter(Lake.open(path).selection("label", (), columns).records()))
    warm = seen(label["conductance_g0"]).model_copy(
        update={"structure": f"snapshot {label['snapshot']}"}
    )
    other = warm.model_copy(update={"conductance_g0": label["conductance_g0"] + 0.25})
    state = DesignState(spec=SPEC, observations=(warm, other))

    rows = verified_rows(state, Lake.open(path))

    assert [(row["label"], row["engine"]) for row in rows] == [
        (label["key"], label["engine"]),
        ("", ""),
    ]
