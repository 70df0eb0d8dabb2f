"""The file that says where a design stands: it begins there once, and goes on from there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from sekkei.design.specification import DesignSpec
from sekkei.design.state import DesignState
from sekkei.errors import InvalidInputError, LakeConflictError
from sekkei.identity import content_hash
from sekkei.lake.sync import sync_file, sync_folder


def state_path(spec: DesignSpec, lake: Path, name: str) -> Path:
    """Return the file beside a lake that says where a design stands.

    It is named by what it is about, the specification and the lake, so that two designs of one
    name never share a file.

    Parameters
    ----------
    spec
        What is asked for.
    lake
        Folder of the lake.
    name
        Of the design, for people.
    """
    folder = lake.resolve()
    key = content_hash("design state", spec.key, folder.name)
    return folder.parent / f"{name}-{key[:8]}.design.json"


def read_state(file: Path, spec: DesignSpec, *, is_resumed: bool) -> DesignState:
    """Return where a design stands.

    Raises
    ------
    InvalidInputError
        If it is to begin and has begun, or to go on and has not; if it is another design, or if
        the file is broken.
    """
    if not is_resumed:
        if file.exists():
            raise InvalidInputError(
                f"a design begins once, but {file} says that it has; go on by --resume, or remove "
                "the file to begin anew"
            )
        return DesignState(spec=spec)
    if not file.is_file():
        raise InvalidInputError(
            f"a design must have begun to go on, but {file} is not a file; take back what was "
            "changed in the specification, or begin without --resume"
        )
    found = _unbroken(file)
    if found.spec != spec:
        raise InvalidInputError(
            f"a design must go on as it began, but {file} holds another specification; take "
            "the change back, or begin without --resume"
        )
    return found


def write_state(file: Path, state: DesignState) -> None:
    """Write where a design stands; a kill or a power cut leaves the old file or the new one."""
    draft = file.with_suffix(".part")
    draft.write_text(state.to_json(), "utf-8")
    sync_file(draft)
    draft.replace(file)
    sync_folder(file.parent)


@contextmanager
def one_writer(file: Path) -> Iterator[None]:
    """Keep everybody else from changing a design; the lock ends with the process that has it.

    Raises
    ------
    LakeConflictError
        If somebody else is changing it, as a run does until it ends.
    """
    if not file.parent.is_dir():
        raise InvalidInputError(
            f"a design is kept in a folder, but {file.parent} is none; make it first"
        )
    lock = FileLock(f"{file}.lock", thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise LakeConflictError(
            f"a design is changed by one command at a time, but another one is at {file}; wait "
            "until it ends, or stop it"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _unbroken(file: Path) -> DesignState:
    try:
        return DesignState.from_file(file)
    except (InvalidInputError, UnicodeDecodeError) as error:
        reason = error.message if isinstance(error, InvalidInputError) else "it is not UTF-8 text"
        raise InvalidInputError(
            f"a design must go on from a whole file, but {file} is broken: {reason}; remove it "
            "and go on with --resume from what the lake keeps, or put a copy of it back"
        ) from error
