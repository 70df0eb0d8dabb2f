"""A backup is of one state, is checked, replaces nothing unasked, and comes back whole."""

import json
import shutil
import sqlite3
import stat

import pytest

from sekkei.backup import Places, make_backup, restore_backup
from sekkei.backup import making as making_module
from sekkei.campaign.run import run_campaign
from sekkei.campaign.specification import CampaignSpec, Family, LabelPlan
from sekkei.errors import InvalidInputError, LakeConflictError
from sekkei.fleet.serial import SerialPool
from sekkei.lake import Lake, LakeGoneError
from sekkei.structure.experiment import ContactSpec, ExperimentSpec

CONTACT = ContactSpec(electrode="staggered-3", neck_width=1)


def filled(path, seed):
    template = ExperimentSpec(contact=CONTACT, cycles=1, seed=seed)
    spec = CampaignSpec(
        name="one",
        experiments=[Family(count=1, template=template)],
        labels=LabelPlan(labeler="tight-binding", per_experiment=1),
    )
    run_campaign(spec, Lake.create(path), SerialPool())
    with Lake.open(path).committer() as committer:
        committer.tag("kept", Lake.open(path).state_id)
    return path


@pytest.fixture(scope="module")
def lakes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lakes")
    return [filled(folder / f"lake-{seed}", seed) for seed in (1, 2)]


@pytest.fixture
def places(lakes, tmp_path):
    found = places_in(tmp_path / "here")
    shutil.copytree(lakes[0], found.lake)
    with sqlite3.connect(found.registry) as database:
        database.execute("create table models (name)")
        database.execute("insert into models values ('alkali')")
    database.close()
    (found.artifacts / "run").mkdir(parents=True)
    (found.artifacts / "run" / "weights").write_bytes(b"1234")
    (found.service / "campaigns" / "x").mkdir(parents=True)
    (found.service / "campaigns" / "x" / "campaign.yaml").write_text("name: x")
    (found.service / "campaigns" / ".y.part").mkdir()
    (found.service / "campaigns" / ".y.part" / "about.json").write_text("{")
    (found.service / "replays").mkdir()
    (found.service / "replays" / "a.json").write_text("[]")
    (found.service / ".service.lock").touch()
    (found.service / ".service.json").write_text("{}")
    (found.service / "tokens.json").write_text("[]")
    return found


def places_in(folder):
    folder.mkdir(exist_ok=True)
    return Places(folder / "lake", folder / "mlflow.db", folder / "lake.service")


def rows_of(registry):
    database = sqlite3.connect(registry)
    try:
        return database.execute("select name from models").fetchall()
    finally:
        database.close()


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_backed_up_comes_back_into_an_empty_place(places, tmp_path):
    before = Lake.open(places.lake)
    there = places_in(tmp_path / "there")

    made = make_backup(places, tmp_path / "backup")
    found = restore_backup(tmp_path / "backup", there)

    after = Lake.open(there.lake)
    assert made.lake_state == found.state == after.state_id == before.state_id
    assert after.history() == before.history()
    assert after.tags() == before.tags()
    assert after.verify() == []
    assert rows_of(there.registry) == [("alkali",)]
    assert (there.artifacts / "run" / "weights").read_bytes() == b"1234"
    assert (there.service / "campaigns" / "x" / "campaign.yaml").read_text() == "name: x"
    assert sorted(one.name for one in there.service.iterdir()) == ["campaigns", "tokens.json"]
    with after.committer() as committer:  # one may go on with it
        committer.tag("on", after.state_id)


def test_a_campaign_may_be_called_as_what_is_not_kept(places, tmp_path):
    for name in ("replays", "tokens.lock", "x.part"):
        (places.service / "campaigns" / name).mkdir()
        (places.service / "campaigns" / name / "campaign.yaml").write_text(f"name: {name}")

    made = make_backup(places, tmp_path / "backup")

    kept = {name.split("/")[2] for name in made.files if name.startswith("service/campaigns/")}
    assert kept == {"x", "replays", "tokens.lock", "x.part"}


def test_secrets_are_their_owners_alone_in_the_backup_and_after(places, tmp_path):
    (places.service / "tokens.json").chmod(0o644)
    there = places_in(tmp_path / "there")

    make_backup(places, tmp_path / "backup")
    restore_backup(tmp_path / "backup", there)

    assert mode(tmp_path / "backup") == 0o700
    assert mode(tmp_path / "backup" / "service" / "tokens.json") == 0o600
    assert (mode(there.service), mode(there.service / "tokens.json")) == (0o700, 0o600)


def test_a_commit_in_the_middle_is_not_in_the_backup(places, lakes, tmp_path, monkeypatch):
    before = Lake.open(places.lake)

    def commit_first(path):
        before.import_rows(lakes[1])
        return listed(path)

    listed = making_module.objects_now
    monkeypatch.setattr(making_module, "objects_now", commit_first)
    made = make_backup(places, tmp_path / "backup")
    restore_backup(tmp_path / "backup", places_in(tmp_path / "there"))

    restored = Lake.open(tmp_path / "there" / "lake")
    assert before.refreshed().state_id != before.state_id
    assert made.lake_state == restored.state_id == before.state_id
    assert restored.keys("label") == before.keys("label")


def test_a_backup_goes_on_while_somebody_holds_the_lock(places, tmp_path):
    with Lake.open(places.lake).committer():
        make_backup(places, tmp_path / "backup")

    assert not (tmp_path / "backup" / "lake" / "committer.lock").exists()


def test_objects_that_gc_deletes_meanwhile_end_it_in_one_line(places, tmp_path, monkeypatch):
    def delete_last(path):
        found = listed(path)
        (path / found[-1]).unlink()
        return found

    listed = making_module.objects_now
    monkeypatch.setattr(making_module, "objects_now", delete_last)

    with pytest.raises(LakeGoneError, match="gc ran; run the same command again"):
        make_backup(places, tmp_path / "backup")


def test_a_backup_that_was_stopped_is_none_and_goes_on(places, tmp_path, monkeypatch):
    calls = []

    def copy(source, target, **how):
        calls.append(source)
        if len(calls) == 12:
            raise KeyboardInterrupt
        return real(source, target, **how)

    real = making_module.copy_summed
    monkeypatch.setattr(making_module, "copy_summed", copy)
    with pytest.raises(KeyboardInterrupt):
        make_backup(places, tmp_path / "backup")
    with pytest.raises(InvalidInputError, match="must be finished to be used"):
        restore_backup(tmp_path / "backup", places_in(tmp_path / "there"))
    before = [one for one in calls if "repo" in one.parts][:-1]

    make_backup(places, tmp_path / "backup")

    assert before
    assert not set(before) & set(calls[12:])
    restore_backup(tmp_path / "backup", places_in(tmp_path / "there"))


def test_a_backup_that_is_there_is_brought_up_to_date_only_when_asked(places, lakes, tmp_path):
    first = make_backup(places, tmp_path / "backup")
    Lake.open(places.lake).import_rows(lakes[1])

    with pytest.raises(InvalidInputError, match="must go into a new folder"):
        make_backup(places, tmp_path / "backup")
    second = make_backup(places, tmp_path / "backup", is_forced=True)

    assert second.lake_state == Lake.open(places.lake).state_id != first.lake_state


def test_a_folder_that_holds_something_else_is_left_alone(places, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")

    with pytest.raises(InvalidInputError, match="must be a backup, but it holds no"):
        make_backup(places, tmp_path / "mine", is_forced=True)
    with pytest.raises(InvalidInputError, match="a lake must be a folder"):
        make_backup(Places(tmp_path / "none"), tmp_path / "new")

    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["thesis.tex"]
    assert not (tmp_path / "new").exists()


def test_nothing_is_replaced_unasked_and_nothing_is_deleted_when_asked(places, lakes, tmp_path):
    make_backup(places, tmp_path / "backup")
    there = places_in(tmp_path / "there")
    shutil.copytree(lakes[1], there.lake)
    other = Lake.open(there.lake).state_id

    with pytest.raises(InvalidInputError, match="lake is there; name other places"):
        restore_backup(tmp_path / "backup", there)
    with Lake.open(there.lake).committer(), pytest.raises(LakeConflictError, match="is held by"):
        restore_backup(tmp_path / "backup", there, is_forced=True)
    assert Lake.open(there.lake).state_id == other
    found = restore_backup(tmp_path / "backup", there, is_forced=True)

    assert Lake.open(there.lake).state_id == found.state
    assert [Lake.open(one).state_id for one in found.replaced] == [other]


@pytest.mark.parametrize("fault", ["flipped", "missing", "another-state", "a-path"])
def test_a_damaged_backup_restores_nothing(fault, places, tmp_path):
    backup, there = tmp_path / "backup", places_in(tmp_path / "there")
    make_backup(places, backup)
    about = json.loads((backup / "backup.json").read_text())
    largest = max((backup / "lake" / "repo" / "chunks").iterdir(), key=lambda f: f.stat().st_size)
    if fault == "flipped":
        content = bytearray(largest.read_bytes())
        content[len(content) // 2] ^= 1
        largest.write_bytes(content)
    elif fault == "missing":
        largest.unlink()
    elif fault == "another-state":
        about["lake_state"] = "OTHER"
    else:
        about["files"]["../../outside"] = [0, ""]
    (backup / "backup.json").write_text(json.dumps(about))

    with pytest.raises(InvalidInputError, match=r"take another backup|must name files") as caught:
        restore_backup(backup, there)

    assert "\n" not in caught.value.message
    assert list((tmp_path / "there").iterdir()) == []
