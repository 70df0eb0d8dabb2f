"""Runs the programs of other codes, in this Python or in another one."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sekkei.bench.wire import LOSS_EV, Wire
from sekkei.shapes import Float

PYTHON_VARIABLE = "SEKKEI_BENCH_{}_PYTHON"
"""Environment variable with the Python that has a peer, where Sekkei's own cannot hold it."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another code that can do the same work."""

    name: str
    """Of the package and of the program ``peer_NAME.py``."""

    install: str
    """How to get it, in one line."""

    @property
    def python(self) -> str:
        """The Python that runs it."""
        return os.environ.get(PYTHON_VARIABLE.format(self.name.upper()), sys.executable)

    def missing(self) -> str | None:
        """Say in one line that it is not there and how to change that, or return None."""
        tried = subprocess.run(  # noqa: S603  (the user's own Python)
            [self.python, "-c", f"import {self.name}"], capture_output=True, check=False
        )
        if tried.returncode == 0:
            return None
        variable = PYTHON_VARIABLE.format(self.name.upper())
        return f"{self.name} is not installed: {self.install}; then {variable}=PATH/bin/python"

    def run(
        self, wire: Wire, energies: Float[np.ndarray, " energy"], n_repeat: int
    ) -> Mapping[str, Any]:
        """Return its version and, for each kind of work, seconds per energy and transmission."""
        return self.compute(
            hamiltonian=wire.hamiltonian,
            overlap=wire.overlap,
            n_period_orbital=wire.n_period_orbital,
            energies=energies,
            n_repeat=n_repeat,
            loss=LOSS_EV,
        )

    def compute(self, **job: Any) -> Mapping[str, Any]:
        """Give its program a job, as arrays, and return what it found."""
        program = Path(__file__).with_name(f"peer_{self.name}.py")
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "in.npz", Path(folder) / "out.json"
            np.savez(source, **job)
            subprocess.run(  # noqa: S603  (ours)
                [self.python, "-W", "ignore", str(program), str(source), str(target)],
                check=True,
                env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            )
            found: Mapping[str, Any] = json.loads(target.read_text("utf-8"))
            return found


PEERS = (
    Peer(
        "kwant",
        "it needs a Python of its own with NumPy 1: python -m venv PATH, then PATH/bin/pip install "
        "'setuptools<70' 'cython<3.1' wheel 'numpy<2' 'scipy<1.15', then PATH/bin/pip install "
        "--no-build-isolation tinyarray kwant",
    ),
    Peer("sisl", "python -m venv PATH, then PATH/bin/pip install sisl"),
)
