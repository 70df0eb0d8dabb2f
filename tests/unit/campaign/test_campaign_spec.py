from pathlib import Path

import pytest

from sekkei.campaign.specification import CampaignSpec, Family, Variation
from sekkei.errors import InvalidInputError
from sekkei.specification import parse_specification, read_specification
from sekkei.structure.experiment import ContactSpec, ExperimentSpec

YAML = """\
name: potassium
experiments:
  - count: 3
    template:
      potential: gupta
      cycles: 2
      seed: 7
    vary:
      neck_width: [1, 4]
labels:
  labeler: chain
  per_experiment: 5
"""


def test_a_campaign_is_read_from_yaml(tmp_path: Path) -> None:
    (tmp_path / "campaign.yaml").write_text(YAML)

    spec = read_specification(tmp_path / "campaign.yaml", CampaignSpec)

    assert [(m.seed, m.contact.seed, m.contact.neck_width) for m in spec.members()] == [
        (7, 0, 1),
        (8, 1, 4),
        (9, 2, 1),
    ]
    assert {(m.potential, m.cycles) for m in spec.members()} == {("gupta", 2)}


def test_a_misspelt_key_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "campaign.yaml"
    path.write_text(YAML.replace("cycles", "cycels"))

    with pytest.raises(InvalidInputError) as caught:
        read_specification(path, CampaignSpec)

    assert caught.value.message == (
        f"{path}, line 6: unknown key 'experiments.0.template.cycels'; did you mean 'cycles'?"
    )


def test_an_unknown_labeler_is_told_with_the_known_ones() -> None:
    raw = {"name": "k", "experiments": [{"count": 1}], "labels": {"labeler": "gpow"}}

    with pytest.raises(InvalidInputError, match=r"labels\.labeler: a labeler must be one of chain"):
        parse_specification(raw, CampaignSpec)


def test_a_variation_that_the_potential_cannot_treat_is_told() -> None:
    raw = {"count": 2, "vary": {"composition": [{"K": 1.0}, {"K": 0.5, "Na": 0.5}]}}

    with pytest.raises(InvalidInputError, match="meam treats pure Li, Na or K"):
        parse_specification(raw, Family)


def test_no_experiments_are_no_campaign() -> None:
    with pytest.raises(InvalidInputError, match="experiments: must have at least 1, but has 0"):
        parse_specification({"name": "nothing", "experiments": []}, CampaignSpec)


def test_a_variation_goes_through_every_combination_the_first_field_fastest() -> None:
    vary = Variation(neck_width=[1, 4], neck_length=[2, 3, 5])

    pairs = [(v["neck_width"], v["neck_length"]) for v in map(vary.at, range(7))]

    assert pairs == [(1, 2), (4, 2), (1, 3), (4, 3), (1, 5), (4, 5), (1, 2)]
    assert vary.n_combination == 6


def test_members_differ_in_both_seeds_and_in_nothing_else() -> None:
    template = ExperimentSpec(seed=10, contact=ContactSpec(seed=20, neck_width=2))

    second = Family(count=2, template=template).member(1)

    assert (second.seed, second.contact.seed) == (11, 21)
    assert (
        second.model_copy(
            update={"seed": 10, "contact": second.contact.model_copy(update={"seed": 20})}
        )
        == template
    )


@pytest.mark.parametrize(
    "raw",
    [
        {"count": 1, "template": {"seed": 999999999999999999999999999999}},
        {"count": 1, "template": {"contact": {"seed": 2**63}}},
        {"count": 10, "template": {"seed": 2**63 - 5}},
    ],
    ids=["dynamics", "placement", "the last of a family"],
)
def test_a_seed_that_no_lake_can_store_is_refused_when_it_is_read(raw):
    with pytest.raises(InvalidInputError, match="seed: input should be less than or equal to"):
        parse_specification({"name": "big", "experiments": [raw]}, CampaignSpec)


@pytest.mark.parametrize("memory", [float("inf"), float("nan"), 1e300])
def test_memory_must_be_a_number_of_gigabytes(memory):
    with pytest.raises(InvalidInputError, match="memory_gb"):
        parse_specification(
            {"name": "big", "experiments": [{"count": 1}], "workers": {"memory_gb": memory}},
            CampaignSpec,
        )
