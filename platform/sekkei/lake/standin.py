"""A stand-in of a lake whose references may be broken: the same objects, references of its own."""

import shutil
from pathlib import Path

import icechunk

from sekkei.lake.location import storage_of


def open_stand_in(path: Path, folder: Path) -> icechunk.Repository:
    """Open the objects of a lake by references that can be read.

    Parameters
    ----------
    path
        Folder of the lake; nothing is written there.
    folder
        An empty folder.

    Returns
    -------
    icechunk.Repository
        With the tags of the lake, and with its branch if that can be read. What it writes to
        references is in ``repo/refs`` of the folder.
    """
    icechunk.Repository.create(storage_of(folder))  # Icechunk opens none without a branch
    made, real = folder / "repo", path / "repo"
    for kind in real.iterdir():
        if kind.name == "refs" or not kind.is_dir():
            continue
        shutil.rmtree(made / kind.name, ignore_errors=True)
        (made / kind.name).symlink_to(kind.resolve(), target_is_directory=True)
    repository = icechunk.Repository.open(storage_of(folder))
    shutil.rmtree(made / "refs")
    for reference in (real / "refs").iterdir():
        shutil.copytree(reference, made / "refs" / reference.name, dirs_exist_ok=True)
    return repository
