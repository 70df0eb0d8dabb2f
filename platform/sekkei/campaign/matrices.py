"""Matrices of labelled junctions, computed again: a lake holds none."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import torch

from sekkei.errors import InvalidInputError, LabelError
from sekkei.lake import Lake
from sekkei.transport.device_labeler import DeviceLabeler, labelled_device
from sekkei.transport.labeler import Label, Outcome, Refusal
from sekkei.transport.open_device import OpenDevice


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
    """Label snapshots again, and write each label with its matrices to ``KEY.npz``.

    Parameters
    ----------
    labeler
        Computes them: one calculation gives label and matrices.
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
    for key, junction in zip(keys, lake.junctions(list(keys)), strict=True):
        try:
            label, device = labelled_device(labeler, junction)
        except LabelError as error:
            yield key, Refusal(type(error).__name__, error.message, labeler.recipe)
        else:
            _write(matrices_file(folder, key), matrix_arrays(label, device))
            yield key, label


def matrices_file(folder: Path, key: str) -> Path:
    """Return the file of one snapshot."""
    return folder / f"{key}.npz"


def matrix_arrays(label: Label, device: OpenDevice) -> dict[str, np.ndarray]:
    """Return what is kept of a device, with the unit of each array in its name.

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
    junction = device.leads.junction
    across: Mapping[str, object] = {}
    h = torch.stack([part.hamiltonian for part in device.parts])
    s = torch.stack([part.overlap for part in device.parts])
    if junction.lateral_period is None:
        h, s = h[0], s[0]
    else:
        across = {
            "k_points_across": [part.k_point for part in device.parts],
            "weights": [part.weight for part in device.parts],
            "lateral_period_angstrom": junction.lateral_period,
        }
    named = {
        "hamiltonian_ev": h.numpy(),
        "overlap": s.numpy(),
        "orbital_atom": device.orbital_atoms,
        "device_numbers": device.numbers,
        "device_positions_angstrom": device.positions,
        "device_length_angstrom": device.supercell.length,
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
