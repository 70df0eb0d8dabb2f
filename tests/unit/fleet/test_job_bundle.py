"""What travels with a campaign that is run elsewhere."""

from pathlib import Path

import pytest

from sekkei.campaign.bundle import pack_campaign, repack
from sekkei.campaign.specification import CampaignSpec
from sekkei.errors import InvalidInputError
from sekkei.fleet.bundle import SPECIFICATION, unfolded
from sekkei.specification import read_specification

BUCKET = Path("s3://bucket/lake")
SECRETS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "HOME": "here"}
PLACE = {"AWS_ENDPOINT_URL": "http://store:9000"}


def _with_files(folder: Path) -> CampaignSpec:
    names = [folder / side / "mine.extxyz" for side in ("a", "b")]
    for name in names:
        name.parent.mkdir()
        name.write_text(str(name))
    labels = {"labeler": "chain", "files": names}
    return CampaignSpec.model_validate(
        {"name": "own", "stages": [{"name": "label", "labels": labels}]}
    )


def test_files_travel_under_names_of_their_own(tmp_path: Path) -> None:
    bundle = pack_campaign(_with_files(tmp_path), BUCKET)

    with unfolded(bundle) as folder:
        spec = read_specification(folder / SPECIFICATION, CampaignSpec)
        files = spec.stages[0].labels.files
        contents = [(folder / file).read_text() for file in files]

    assert [str(file) for file in files] == ["0-mine.extxyz", "1-mine.extxyz"]
    assert contents == [str(tmp_path / side / "mine.extxyz") for side in ("a", "b")]
    assert bundle.lake == "s3://bucket/lake"


def test_identity_is_that_of_work_and_place(tmp_path: Path) -> None:
    spec = _with_files(tmp_path)
    one = pack_campaign(spec, BUCKET).identity

    assert pack_campaign(spec, BUCKET).identity == one
    assert pack_campaign(spec, Path("/shared/lake")).identity != one
    spec.stages[0].labels.files[0].write_text("other")
    assert pack_campaign(spec, BUCKET).identity != one


def test_what_travelled_is_the_same_campaign_again() -> None:
    spec = CampaignSpec.model_validate(
        {"name": "both", "experiments": [{"count": 2}], "labels": {"labeler": "chain"}}
    )
    bundle = pack_campaign(spec, BUCKET)

    assert repack(bundle.text, bundle.lake).identity == bundle.identity


def test_files_do_not_stay_there(tmp_path: Path) -> None:
    bundle = pack_campaign(_with_files(tmp_path), BUCKET)

    with pytest.raises(InvalidInputError, match="own must be submitted again with its files"):
        repack(bundle.text, bundle.lake)


def test_a_relative_lake_would_be_another_one_there() -> None:
    with pytest.raises(InvalidInputError, match="an absolute path on the cluster, but found lake"):
        pack_campaign(CampaignSpec(name="a", experiments=[{"count": 1}]), Path("lake"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    spec = _with_files(tmp_path)
    spec.stages[0].labels.files[1].unlink()

    with pytest.raises(InvalidInputError, match=r"must be there, but \S+b/mine.extxyz is not"):
        pack_campaign(spec, BUCKET)


def test_secrets_go_only_where_they_may() -> None:
    environment = SECRETS | PLACE
    secrets = {name: SECRETS[name] for name in SECRETS if name.startswith("AWS")}
    spec = CampaignSpec(name="a", experiments=[{"count": 1}])
    here, bucket = pack_campaign(spec, Path("/shared/lake")), pack_campaign(spec, BUCKET)

    assert here.environment(environment, with_secrets=True) == {}
    assert bucket.environment(environment, with_secrets=False) == PLACE
    assert bucket.environment(environment, with_secrets=True) == PLACE | secrets
