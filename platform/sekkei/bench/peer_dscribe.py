"""The same descriptors by DScribe 2, in a program of its own; it may live in another Python.

``python peer_dscribe.py IN.npz OUT.json``. DScribe makes one spectrum at a time: of the atoms as
such, and of the atoms weighted by their element. Where all atoms are of one element, the second
follows from the first, as in Sekkei.
"""

import json
import sys
import time
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np


def main(source: str, target: str) -> None:
    """Describe, and write version, CPU seconds per junction and the first junction's numbers."""
    with np.load(source) as given:
        job = dict(given)
    engines = [engine(job, np.ones_like(job["weights"])), engine(job, job["weights"])]
    scale = dict(zip(job["species"].tolist(), job["weights"].tolist(), strict=True))
    ends = np.cumsum(job["n_atom"])[:-1]
    atoms = [
        import_module("ase").Atoms(numbers, positions)
        for numbers, positions in zip(
            np.split(job["numbers"], ends), np.split(job["positions"], ends), strict=True
        )
    ]
    # Once before the clock starts, as Sekkei does.
    warm = [describe(engines, one, scale) for one in atoms]
    started = time.process_time()
    for one in atoms:
        describe(engines, one, scale)
    found = {
        "version": version("dscribe"),
        "seconds": (time.process_time() - started) / len(atoms),
        "first": warm[0].tolist(),
    }
    Path(target).write_text(json.dumps(found), "utf-8")


def describe(engines: list[Any], atoms: Any, scale: dict[int, float]) -> np.ndarray:
    """Describe every atom by both spectra."""
    centers = list(range(len(atoms)))
    spectra = [engines[0].create(atoms, centers=centers)]
    found = np.unique(atoms.numbers).tolist()
    if len(found) == 1:
        spectra.append(spectra[0] * np.float32(scale[found[0]] ** 2))
    else:
        spectra.append(engines[1].create(atoms, centers=centers))
    return np.concatenate(spectra, axis=1)


def engine(job: dict[str, np.ndarray], weights: np.ndarray) -> Any:
    """Make an engine for one weighting."""
    symbols = [import_module("ase.data").chemical_symbols[number] for number in job["species"]]
    cutoff = float(job["cutoff_angstrom"])
    return import_module("dscribe.descriptors").SOAP(
        species=symbols,
        r_cut=cutoff,
        n_max=int(job["n_radial"]),
        l_max=int(job["max_angular"]),
        sigma=float(job["broadening_angstrom"]),
        weighting={"function": "poly", "r0": cutoff, "c": 1.0, "m": 1.0},
        compression={
            "mode": "mu2",
            "species_weighting": dict(zip(symbols, weights.tolist(), strict=True)),
        },
        dtype="float32",
    )


if __name__ == "__main__":
    main(*sys.argv[1:3])
