"""The lease that makes a lake on S3 have one committer at a time.

There is no lock in a bucket. Icechunk moves a branch by a conditional put, so that of two who move
it from one state only one succeeds. A branch of its own, which starts at the empty repository,
holds who may commit and until when; the lease of a killed holder ends after `SECONDS`.

The lease is for people: it names the other one before work is lost. That nothing is lost or doubled
rests on the main branch itself: a committer remembers the state that it left, and refuses to go on
from any other.
"""

import os
import platform
import time
from typing import Any

import icechunk
import zarr

from sekkei.errors import LakeConflictError

SECONDS = 60.0
"""How long a lease lasts without being renewed; every commit renews it."""

_BRANCH = "committer"
_ATTRIBUTE = "held"


class Lease:
    """The right to commit, until it is given back, or lost by not being renewed."""

    def __init__(self, name: str, repository: icechunk.Repository) -> None:
        self._name = name
        self._repository = repository
        self._state = ""
        self._until = 0.0

    def acquire(self) -> None:
        """Take the lease; never waits.

        Raises
        ------
        LakeConflictError
            If somebody else holds it.
        """
        if _BRANCH not in self._repository.list_branches():
            self._make_branch()
        session, root = self._open()
        held = _holder(root)
        if held and held["until"] > time.time():
            raise self._conflict(held)
        self._write(session, root)

    def renew(self) -> None:
        """Prolong the lease if a third of it is over.

        Raises
        ------
        LakeConflictError
            If somebody else took it, because it had run out.
        """
        if self._until - time.time() > 2.0 * SECONDS / 3.0:
            return
        session, root = self._open()
        if session.snapshot_id != self._state:
            raise self._conflict(_holder(root))
        self._write(session, root)

    def release(self) -> None:
        """Give the lease back, if it is still ours."""
        session, root = self._open()
        if session.snapshot_id == self._state:
            root.attrs[_ATTRIBUTE] = {"was": self._state}
            session.commit("give the lease back")

    def _make_branch(self) -> None:
        first = list(self._repository.ancestry(branch="main"))[-1]
        try:
            self._repository.create_branch(_BRANCH, first.id)
        except icechunk.IcechunkError:
            if _BRANCH not in self._repository.list_branches():
                raise  # not because somebody was quicker

    def _open(self) -> tuple[icechunk.Session, zarr.Group]:
        session = self._repository.writable_session(_BRANCH)
        return session, zarr.open_group(session.store, mode="a")

    def _write(self, session: icechunk.Session, root: zarr.Group) -> None:
        until = time.time() + SECONDS
        root.attrs[_ATTRIBUTE] = {"pid": os.getpid(), "host": platform.node(), "until": until}
        try:
            self._state = str(session.commit("hold the lease"))
        except icechunk.ConflictError as error:
            raise self._conflict(_holder(self._open()[1])) from error
        self._until = until

    def _conflict(self, holder: dict[str, Any]) -> LakeConflictError:
        return LakeConflictError(
            f"a lake has one committer at a time, but {self._name} is held by process "
            f"{holder.get('pid', 'unknown')} on {holder.get('host', 'an unknown host')}; wait for "
            f"it, or stop it and wait {SECONDS:.0f} s",
            **holder,
        )


def _holder(root: zarr.Group) -> dict[str, Any]:
    found: Any = root.attrs.get(_ATTRIBUTE, {})
    return dict(found) if "until" in found else {}
