"""A design with real contacts, tight-binding labels and a surrogate that is no good."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekkei.campaign.context import open_context
from sekkei.campaign.design_problem import PooledDesignProblem
from sekkei.campaign.design_run import _equal_widths, run_design_campaign
from sekkei.campaign.specification import LabelPlan
from sekkei.design.problem import DesignResult
from sekkei.design.specification import DesignSpec
from sekkei.design.spectrum import Quantity, Spectrum
from sekkei.design.state_file import read_state
from sekkei.errors import InvalidInputError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake
from sekkei.model import Predictor, load_predictor, train_direct
from sekkei.progress import Progress, Silence
from sekkei.structure.lead import recognise_leads
from sekkei.structure.naming import known_name
from sekkei.testing.registry_laws import QUICK, small_dataset

SPEC = DesignSpec(
    target_g0=0.5, elements=("K",), max_species=1, potential="meam", electrode="staggered-3",
    neck_width=(1, 3), initial=2, batch=2, rounds=2, finalists=1, fresh_seeds=1, proposer="sobol",
)  # fmt: skip
PLAN = LabelPlan(labeler="tight-binding")


class Lines(Silence):
    """Remembers what was said, and interrupts where it is asked to."""

    def __init__(self, interrupt_at: str = "nowhere") -> None:
        self.said_lines: list[str] = []
        self._interrupt_at = interrupt_at

    def said(self, message: str) -> None:
        self.said_lines.append(message)
        if message.startswith(self._interrupt_at):
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return train_direct(small_dataset(n_experiment=3), QUICK, seed=0).predictor


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    return Lake.create(tmp_path / "lake")


def design(  # noqa: PLR0913  (one test each)
    lake: Lake,
    predictor: Predictor,
    progress: Progress,
    file: Path,
    *,
    is_resumed: bool = False,
    spec: DesignSpec = SPEC,
    plan: LabelPlan = PLAN,
) -> DesignResult:
    with open_context(lake, SerialPool(), progress) as context:
        problem = PooledDesignProblem(spec, context, predictor, plan)
        state = read_state(file, spec, is_resumed=is_resumed)
        return run_design_campaign(problem, state, file)


@pytest.mark.slow
def test_a_design_that_was_stopped_ends_as_one_that_was_not(
    tmp_path: Path, lake: Lake, predictor: Predictor
) -> None:
    straight = design(Lake.create(tmp_path / "other"), predictor, Silence(), tmp_path / "straight")
    with pytest.raises(KeyboardInterrupt):
        design(lake, predictor, Lines("round 0"), tmp_path / "stopped")

    resumed = design(lake, predictor, Silence(), tmp_path / "stopped", is_resumed=True)

    assert resumed.state == straight.state
    assert [done.n_round for done in resumed.rounds] == [1]
    table = lake.refreshed().table("proposal")
    assert sorted(table["round"]) == [0, 0, 1, 1, 2, 2, 2]  # three seeds verify the finalist
    assert set(table["design"]) == {SPEC.key}
    assert lake.refreshed().verify() == []


@pytest.mark.slow
def test_each_round_and_a_change_of_method_are_told(
    tmp_path: Path, lake: Lake, predictor: Predictor
) -> None:
    lines = Lines()

    design(lake, predictor, lines, tmp_path / "state")

    first, *others = lines.said_lines
    rounds = [line for line in others if "never learned" not in line]
    assert "labels of another method than the one that will verify" in first
    assert [line.partition(":")[0] for line in rounds] == ["round 0", "round 1"]
    assert rounds[0].startswith("round 0: 2 of 2 structures made, verified at ")


@pytest.mark.slow
def test_structures_are_kept_as_they_were_labelled_between_wider_leads(
    tmp_path: Path, lake: Lake, predictor: Predictor
) -> None:
    spec = SPEC.model_copy(update={"electrode": "bcc100-5+4", "leads": "bcc100-9+4"})
    lines = Lines()

    result = design(lake, predictor, lines, tmp_path / "state", spec=spec)

    assert "structures are labelled between bcc100-9+4; estimates of them are between " in (
        "\n".join(lines.said_lines)
    )
    after = lake.refreshed()
    rows = after.table("proposal")
    for junction in after.junctions(sorted(set(rows["snapshot"]))):
        assert known_name(recognise_leads(junction).electrode) == "bcc100-9+4"
    assert {json.loads(row)["leads"] for row in rows["parameters"]} == {"bcc100-9+4"}
    labelled = rows[rows["label"] != ""]
    assert len(labelled) >= 2
    conducts = after.table("label").set_index("key")["conductance_g0"]
    assert conducts[labelled["label"]].tolist() == pytest.approx(labelled["verified_g0"].tolist())
    pulled = [trial.junction for trial in result.rounds[0].trials]
    assert {known_name(recognise_leads(one).electrode) for one in pulled} == {"bcc100-5+4"}
    assert after.verify() == []


@pytest.mark.parametrize(
    ("quantity", "message"),
    [("fano", "eigenchannels, of which a Fano factor is made"), ("slope", "assembly 'waves'")],
)
def test_a_surrogate_that_cannot_say_a_spectrum_is_refused_before_anything_is_made(
    lake: Lake, predictor: Predictor, tmp_path: Path, quantity: Quantity, message: str
) -> None:
    spec = SPEC.model_copy(update={"spectrum": Spectrum(quantity=quantity, at_most=0.1)})
    state_id = lake.state_id

    with pytest.raises(InvalidInputError, match=message):
        design(lake, predictor, Silence(), tmp_path / "a.design.json", spec=spec)

    assert lake.refreshed().state_id == state_id
    assert not (tmp_path / "a.design.json").exists()


@pytest.mark.slow
def test_a_design_does_not_go_on_by_another_method(
    tmp_path: Path, lake: Lake, predictor: Predictor
) -> None:
    file, other = tmp_path / "state", LabelPlan(labeler="tight-binding", options={"window_ev": 0.1})
    with pytest.raises(KeyboardInterrupt):
        design(lake, predictor, Lines("round 0"), file)
    state_id = lake.refreshed().state_id

    with pytest.raises(
        InvalidInputError, match=r"began with .*tight-binding.*, recipe [0-9a-f]{12}"
    ):
        design(lake.refreshed(), predictor, Silence(), file, is_resumed=True, plan=other)

    assert lake.refreshed().state_id == state_id
    more = SPEC.model_copy(update={"rounds": 3})
    state = read_state(file, SPEC, is_resumed=True).model_copy(update={"spec": more})
    with open_context(lake.refreshed(), SerialPool(), Silence()) as context:
        problem = PooledDesignProblem(more, context, predictor, other)
        with pytest.raises(InvalidInputError, match="one method"):
            run_design_campaign(problem, state)
    design(lake.refreshed(), predictor, Silence(), file, is_resumed=True)


@pytest.mark.slow
def test_estimates_of_what_the_model_never_learned_are_told(
    tmp_path: Path, lake: Lake, predictor: Predictor
) -> None:
    lines = Lines()
    spec = SPEC.model_copy(update={"elements": ("Na",), "rounds": 1})

    design(lake, predictor, lines, tmp_path / "state", spec=spec)

    told = [line for line in lines.said_lines if "never learned" in line]
    assert told[0].startswith("2 of 2 estimates are of what the model never learned, so that ")
    assert "Na, which it was not trained on" in told[0]


@pytest.mark.slow
def test_a_design_that_goes_on_with_another_model_says_so(
    tmp_path: Path, lake: Lake, predictor: Predictor
) -> None:
    file, lines = tmp_path / "state", Lines()
    with pytest.raises(KeyboardInterrupt):
        design(lake, predictor, Lines("round 0"), file)
    other = train_direct(small_dataset(n_experiment=3), QUICK, seed=1).predictor

    design(lake, other, lines, file, is_resumed=True)

    (said,) = [line for line in lines.said_lines if line.startswith("goes on with another model")]
    assert predictor.identity[:12] in said
    assert other.identity[:12] in said
    again = Lines()
    design(lake, other, again, file, is_resumed=True)
    assert not any("goes on with another" in line for line in again.said_lines)


def test_a_direct_model_that_is_asked_for_a_warm_thermopower_is_announced(
    lake: Lake, tmp_path: Path
) -> None:
    direct = load_predictor(Path(__file__).parents[3] / "data" / "models" / "alkali-direct")
    warm = Spectrum(quantity="thermopower", value=-8.0, tolerance=2.0)
    spec = SPEC.model_copy(update={"spectrum": warm})
    lines = Lines("a direct model knows T(E) best within 0.03 eV")

    with pytest.raises(KeyboardInterrupt):
        design(lake, direct, lines, tmp_path / "state", spec=spec)

    assert "this thermopower needs it within 0.42 eV" in lines.said_lines[-1]
    # A cold one, and a slope, need no more than a direct model learned.
    assert warm.model_copy(update={"temperature_k": 4.2}).reach_ev < 0.03
    assert Spectrum(quantity="slope", at_least=1.0).reach_ev == 0.03


def test_widths_beyond_a_layer_are_announced_as_equal_contacts(
    tmp_path: Path, lake: Lake, predictor: Predictor
) -> None:
    lines, wide = Lines("a layer of staggered-3"), SPEC.model_copy(update={"neck_width": (1, 4)})

    with pytest.raises(KeyboardInterrupt):
        design(lake, predictor, lines, tmp_path / "state", spec=wide)

    assert lines.said_lines[-1].endswith("so that [1, 4] holds equal contacts")
    # None of these has two that are equal.
    for widths in ((1, 3), (3, 3), (5, 5)):
        assert not [*_equal_widths(SPEC.model_copy(update={"neck_width": widths}))]
