"""Matrices of labelled junctions as files: what a lake keeps, the rest computed again."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np

from sekkei.errors import InvalidInputError, LabelError
from sekkei.lake import LabelRow, Lake, label_key, matrix_key
from sekkei.structure.junction import Junction
from sekkei.transport.device_labeler import DeviceLabeler, labelled_device
from sekkei.transport.device_matrices import DeviceMatrices
from sekkei.transport.labeler import Label, Outcome, Refusal


def choose_labelled(
    lake: Lake, recipe: str, filters: Sequence[str] = (), count: int = 100
) -> tuple[str, ...]:
    """Choose labelled snapshots of one recipe: a fair sample, and always the same.

    Parameters
    ----------
    lake
        The lake.
    recipe
        Of their labels.
    filters
        All must hold.
    count
        Most snapshots.

    Returns
    -------
    tuple
        Keys of snapshots, sorted.

    Raises
    ------
    InvalidInputError
        If no label that passes the filters is of that recipe, or a filter cannot be read.
    """
    table = lake.query("label", filters, ["snapshot", "recipe"])
    if table.empty and filters:
        raise InvalidInputError(
            f"a label must fit {' and '.join(map(repr, filters))}, but none does; widen the filters"
        )
    mine = table.loc[table["recipe"] == recipe, "snapshot"]
    if mine.empty:
        raise InvalidInputError(
            f"labels must be of recipe {recipe[:12]}, this version's own, but none of the "
            f"{len(table)} that match are; name the --labeler and --option they were made with, "
            "or check out their code version"
        )
    # Keys are hashes: the first so many of them are a fair sample, and always the same.
    return tuple(sorted(set(mine))[:count])


def make_matrices(
    labeler: DeviceLabeler, lake: Lake, keys: Sequence[str], folder: Path
) -> Iterator[tuple[str, Outcome]]:
    """Write labels with their matrices to ``KEY.npz``: from the lake, or by labelling again.

    Parameters
    ----------
    labeler
        Computes what the lake does not keep: one calculation gives label and matrices.
    lake
        The lake.
    keys
        Of snapshots.
    folder
        Made if it is not there.

    Yields
    ------
    tuple
        Each key, as it is done, with its label; with a refusal where there is no file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = kept_matrices(lake, keys, labeler.recipe)
    for key, junction in zip(keys, lake.junctions(list(keys)), strict=True):
        try:
            label, matrices = _read(lake, kept[key]) if key in kept else _made(labeler, junction)
        except LabelError as error:
            yield key, Refusal(type(error).__name__, error.message, labeler.recipe)
        else:
            _write(matrices_file(folder, key), matrix_arrays(label, matrices, junction))
            yield key, label


def kept_matrices(lake: Lake, keys: Sequence[str], recipe: str) -> dict[str, str]:
    """Return the key of the label of each snapshot whose matrices the lake keeps."""
    held = lake.keys("matrix")
    labels = {key: label_key(key, recipe) for key in keys}
    return {key: label for key, label in labels.items() if matrix_key(label) in held}


def _read(lake: Lake, label: str) -> tuple[Label, DeviceMatrices]:
    (row,), (kept,) = lake.rows(LabelRow, [label]), lake.matrices([label])
    return row.label, kept.matrices


def _made(labeler: DeviceLabeler, junction: Junction) -> tuple[Label, DeviceMatrices]:
    label, device = labelled_device(labeler, junction)
    return label, DeviceMatrices.from_device(device)


def matrices_file(folder: Path, key: str) -> Path:
    """Return the file of one snapshot."""
    return folder / f"{key}.npz"


def matrix_arrays(
    label: Label, matrices: DeviceMatrices, junction: Junction
) -> dict[str, np.ndarray]:
    """Return what is written of a junction, with the unit of each array in its name.

    Returns
    -------
    dict
        ``hamiltonian_ev`` and ``overlap`` of shape ``(orbital, orbital)``; between surfaces
        ``(k, orbital, orbital)`` for ``k_points_across`` of shape ``(k, 2)`` with their
        ``weights``. Orbitals stand on ``orbital_atom`` of ``device_numbers`` and
        ``device_positions_angstrom``: the junction in the labeler's own order, with its leads
        extended. ``numbers``, ``positions_angstrom`` and ``regions`` are those of the junction.
        ``energy_ev``, ``transmission``, ``conductance_g0`` and ``fermi_level_ev`` are the label's.
    """
    across: Mapping[str, object] = {}
    h, s = matrices.hamiltonian, matrices.overlap
    if matrices.lateral_period is None:
        h, s = h[0], s[0]
    else:
        across = {
            "k_points_across": matrices.k_points,
            "weights": matrices.weights,
            "lateral_period_angstrom": matrices.lateral_period,
        }
    named = {
        "hamiltonian_ev": h,
        "overlap": s,
        "orbital_atom": matrices.orbital_atoms,
        "device_numbers": matrices.numbers,
        "device_positions_angstrom": matrices.positions,
        "device_length_angstrom": matrices.length,
        "fermi_level_ev": label.fermi_level,
        "conductance_g0": label.conductance,
        "energy_ev": label.energies,
        "transmission": label.transmission,
        "recipe": label.recipe,
        "numbers": junction.numbers,
        "positions_angstrom": junction.positions,
        "regions": junction.regions,
        "electrode_period_angstrom": junction.electrode_period,
    }
    return {name: np.asarray(value) for name, value in (named | dict(across)).items()}


def _write(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    # A half-written file must never carry the final name.
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # taken for options
    os.replace(file.name, path)  # noqa: PTH105  # both are names, not paths
