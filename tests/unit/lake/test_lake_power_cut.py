"""A power cut at any moment leaves a lake that can be read, with all that was committed."""

import os
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import icechunk
import numpy as np
import pytest
import zarr

from sekkei.errors import SekkeiError
from sekkei.lake import Lake, restore_lake


class Disk:
    """A folder on a disk that keeps for sure only what was synced; anything else by chance.

    It stands between the code and `os.fsync`. What is not synced may be lost in every combination:
    names that were given, renamed or deleted in a folder, and what files hold, wholly or half.
    """

    def __init__(self, folder, images, rng, chance):
        self._folder, self._images, self._rng, self._chance = folder, images, rng, chance
        self._contents, self._names, self._alive = {}, {}, []
        self._lock = threading.Lock()
        self.promised, self.cuts = {}, []
        for path in (folder, *folder.rglob("*")):
            self._sync_path(path)

    def fsync(self, descriptor):
        with self._lock:
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            chance = 1.0 if "refs" in path.parts else self._chance
            self.cut(chance)
            self._sync(descriptor)
            self.cut(chance)

    def cut(self, chance=1.0):
        """Perhaps cut the power, and keep what is then on the disk and what was promised."""
        if self._rng.random() < chance:
            image = self._images / str(len(self.cuts))
            keep = self._rng.choice([0.0, 0.5, 1.0], 2)
            self._restore(self._folder, self._folder.stat().st_ino, image, keep)
            self.cuts.append((image, dict(self.promised)))

    def _sync_path(self, path):
        descriptor = os.open(path, os.O_RDONLY)
        self._sync(descriptor)
        os.close(descriptor)

    def _sync(self, descriptor):
        about = os.fstat(descriptor)
        self._alive.append(os.dup(descriptor))  # a number that is in use is given to no other file
        if stat.S_ISDIR(about.st_mode):
            self._names[about.st_ino] = _entries(descriptor)
        else:
            self._contents[about.st_ino] = os.pread(descriptor, about.st_size, 0)

    def _restore(self, path, number, image, keep):
        image.mkdir(parents=True)
        was = self._names.get(number, {})
        now = _entries(path) if path is not None and path.is_dir() else was
        for name in sorted(was.keys() | now.keys()):
            is_new = self._rng.random() < keep[0]
            found = (now if is_new else was).get(name)
            if found is None:
                continue
            live = path / name if path is not None and now.get(name) == found else None
            if found[1]:
                self._restore(live, found[0], image / name, keep)
            else:
                (image / name).write_bytes(self._content(live, found[0], keep[1]))

    def _content(self, live, number, keep):
        if number in self._contents:
            return self._contents[number]
        written = live.read_bytes() if live is not None else b""
        if self._rng.random() < keep:
            return written
        return written[: int(self._rng.choice([0, len(written) // 2]))]

    def close(self):
        for descriptor in self._alive:
            os.close(descriptor)


def _entries(folder):
    with os.scandir(folder) as found:
        return {entry.name: (entry.inode(), entry.is_dir()) for entry in found}


def use(disk, lake, batches, n_commit):
    """Commit, tag, collect garbage, commit again; then make another lake."""
    with lake.committer() as committer:
        for seed in range(1, n_commit):
            committer.commit(batches(seed), f"batch {seed}")
            disk.promised["rows"] = lake.refreshed().keys("snapshot")
        committer.tag("kept", lake.refreshed().state_id)
        disk.promised["tag"] = "kept"
        committer.gc(datetime.now(UTC))
        disk.cut()
        committer.commit(batches(n_commit), "after gc")
        disk.promised["rows"] = lake.refreshed().keys("snapshot")
    Lake.create(lake.path.parent / "deep" / "in" / "it")
    disk.promised["other"] = "deep/in/it"
    disk.cut()


def check(image, promised, batches):
    """Read all of a lake, find what was promised, and go on with it."""
    lake = Lake.open(image / "lake")
    assert lake.verify() == []
    assert lake.keys("snapshot") >= promised["rows"]
    for state, _, message in lake.history():
        assert message == "Repository initialized" or lake.at(state).state_id == state
    if "tag" in promised:
        assert lake.at("kept").verify() == []
    if "other" in promised:
        assert Lake.open(image / promised["other"]).verify() == []
    with lake.committer() as committer:
        committer.commit(batches(99), "go on")
        committer.tag("again", lake.refreshed().state_id)
        committer.gc(datetime.now(UTC))
    assert Lake.open(lake.path).verify() == []


@pytest.fixture
def cuts_of(filled, batches, tmp_path, monkeypatch):
    """Use a lake with cuts meanwhile: images of the disk, and what they must hold."""

    def cut(rng, n_commit, chance):
        (tmp_path / "disk").mkdir()
        lake = Lake.open(filled.path.rename(tmp_path / "disk" / "lake"))
        disk = Disk(tmp_path / "disk", tmp_path / "images", rng, chance)
        disk.promised["rows"] = lake.keys("snapshot")
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", disk.fsync)
            use(disk, lake, batches, n_commit)
        disk.close()
        return disk.cuts

    return cut


def test_a_few_power_cuts_lose_nothing(cuts_of, batches):
    rng = np.random.default_rng(13)
    cuts = cuts_of(rng, n_commit=2, chance=0.01)

    chosen = rng.choice(len(cuts), 4, replace=False).tolist()

    for image, promised in (cuts[i_cut] for i_cut in [*chosen, -1]):
        check(image, promised, batches)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(2))
def test_two_dozen_power_cuts_lose_nothing(seed, cuts_of, batches):
    rng = np.random.default_rng(seed)
    cuts = cuts_of(rng, n_commit=4, chance=0.03)

    for i_cut in rng.choice(len(cuts), 12, replace=False).tolist():
        image, promised = cuts[i_cut]
        check(image, promised, batches)


def test_a_power_cut_while_a_lake_is_restored_leaves_one_state_or_the_other(
    filled, batches, tmp_path, monkeypatch
):
    (tmp_path / "disk").mkdir()
    lake = Lake.open(filled.path.rename(tmp_path / "disk" / "lake"))
    with lake.committer() as committer:
        newest = committer.commit(batches(1), "more")
    disk = Disk(tmp_path / "disk", tmp_path / "images", np.random.default_rng(5), 0.0)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", disk.fsync)
        done = restore_lake(lake.path, lake.state_id, is_dry_run=False)
    disk.cut()
    disk.close()

    after = [Lake.open(image / "lake") for image, _ in disk.cuts]
    assert len(after) > 4
    assert {found.state_id for found in after} == {newest, lake.state_id}
    assert after[-1].state_id == lake.state_id
    assert after[-1].tags() == {done.kept_as: newest}
    assert all(found.verify() == [] for found in after[-3:])


def test_the_model_of_a_disk_notices_a_commit_that_is_not_synced(filled, tmp_path):
    disk = Disk(filled.path.parent, tmp_path.parent / "images", np.random.default_rng(1), 0.0)
    storage = icechunk.local_filesystem_storage(str(filled.path / "repo"))
    session = icechunk.Repository.open(storage).writable_session("main")
    zarr.open_group(session.store, mode="r+").attrs["note"] = "not synced"
    session.commit("as Icechunk does it")

    for _ in range(8):
        disk.cut()
    disk.close()

    assert 0 < sum(is_broken(image / filled.path.name) for image, _ in disk.cuts) < 8


def is_broken(path: Path) -> bool:
    """Whether a lake cannot be opened and read."""
    try:
        return bool(Lake.open(path).verify())
    except (SekkeiError, icechunk.IcechunkError):
        return True
