"""A store's own reason is told in words, innermost, and never as a line of its source."""

import errno
import fcntl

import icechunk
import pytest

from sekkei.lake import LakeWriteError
from sekkei.lake.storage_errors import naming_storage_errors, reason_of

# As Icechunk 1.1.21 said it of a clock that was a day ahead, and of one that was a day behind.
AHEAD = """\
  x session error: snapshot timestamp is invalid, please verify if the machine clock has drifted: \
local clock: `2026-11-30 04:49:50.135943 UTC`, object store clock: `2026-11-29 04:49:50.133313957
  | UTC`
  |\x20
  | context:
  |    0: icechunk::session::_commit
  |            with create the lake rewrite_manifests=false
  |              at icechunk/src/session.rs:1043
  |    1: icechunk::session::commit
  |            with create the lake
  |              at icechunk/src/session.rs:971
  |\x20
"""
BEHIND = """\
  x session error: invalid snapshot timestamp ordering. parent: `2026-11-29 04:47:48.475022 UTC`, \
child: `2026-11-28 04:50:02.766327 UTC`
  |\x20
  | context:
  |\x20
  |\x20
"""
DEEP = """\
  x object store error Generic LocalFileSystem error: Unable to copy data to file: {0}
  |\x20
  | context:
  |    0: icechunk::storage::object_store::write_chunk
  |              at icechunk/src/storage/object_store.rs:500
  |\x20
  |-> object store error Generic LocalFileSystem error: Unable to copy data to file: {0}
  `-> {0}
"""
REASONS = {
    "ahead": (AHEAD, "the machine clock is off by 1 day, 0:00:00"),
    "behind": (BEHIND, "the machine clock is off by 23:57:46"),
    "large": (
        DEEP.format("File too large (os error 27)"),
        "the file size limit is reached (ulimit -f)",
    ),
    "full": (
        DEEP.format("No space left on device (os error 28)"),
        "no space is left on the device",
    ),
    "quota": (DEEP.format("Disk quota exceeded (os error 122)"), "the disk quota is used up"),
    "open": (
        DEEP.format("Too many open files (os error 24)"),
        "too many files are open (ulimit -n)",
    ),
    "another": (DEEP.format("something else"), "something else"),
    "one line": ("ref not found `main`", "ref not found `main`"),
    "nothing": ("", "IcechunkError"),
}


@pytest.mark.parametrize("name", REASONS)
def test_the_innermost_reason_is_said_in_words(name):
    text, reason = REASONS[name]

    assert reason_of(icechunk.IcechunkError(text)) == reason


@pytest.mark.parametrize(("text", "advice"), [(AHEAD, "set the clock"), (DEEP, "make room")])
def test_what_helps_fits_the_reason(tmp_path, text, advice):
    with (
        pytest.raises(LakeWriteError, match=f"nothing of it is in the lake: {advice}, ") as caught,
        naming_storage_errors(tmp_path),
    ):
        raise icechunk.IcechunkError(text)

    assert ".rs" not in caught.value.message


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_named_and_still_read(filled, monkeypatch, code):
    def refuse(*_):
        raise OSError(code, "not here")

    monkeypatch.setattr(fcntl, "flock", refuse)

    with (
        pytest.raises(LakeWriteError, match=r"must be on a file system with flock.*local disk"),
        filled.committer(),
    ):
        pass
    assert filled.verify() == []


def test_a_lock_file_that_may_not_be_made_is_one_line(filled):
    (filled.path / "committer.lock").unlink(missing_ok=True)
    (filled.path / "committer.lock").mkdir()

    with pytest.raises(LakeWriteError, match=r"its store refused: .*directory"), filled.committer():
        pass
