"""CPU time and memory of a prediction, beside those of a label from first principles."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sekkei.bench.learning_data import SIZES, Contacts
from sekkei.bench.learning_plan import LearningPlan
from sekkei.bench.result import Row
from sekkei.model import Predictor

TABLE = "cost"

DFT = "DFT"
"""Name of first principles in the table."""

_PROGRAM = """
import json, sys, time
from pathlib import Path
import torch
from sekkei.lake import Lake
from sekkei.model import load_predictor
torch.set_num_threads(1)
asked = json.load(sys.stdin)
lake = Lake.open(asked["lake"])
junctions, together = (lake.junctions(asked[name]) for name in ("snapshots", "together"))
started = time.process_time()
model = load_predictor(Path(asked["model"]))
model.predict(junctions[:1])
spent = [time.process_time() - started]
for junction in junctions:
    started = time.process_time()
    model.predict([junction])
    spent.append(time.process_time() - started)
# Where one takes a second, many would take minutes.
if sum(spent[1:]) > 0.1 * len(junctions):
    together = junctions
started = time.process_time()
model.predict(together)
spent.append((time.process_time() - started) / len(together))
# Not ru_maxrss: a process inherits that of the one that started it.
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peaks = [int(line.split()[1]) / 1024.0 for line in lines if line.startswith("VmHWM:")]
print(json.dumps({"spent": spent, "peak_mib": peaks[0] if peaks else None}))
"""


def cost_rows(
    contacts: Contacts, lake: Path, models: Sequence[tuple[str, Predictor]], plan: LearningPlan
) -> Iterator[Row]:
    """Time predictions of each size in a process that does nothing else.

    ``first_cpu_s`` is to load a model and predict one junction, ``cpu_s`` one junction more, alone,
    ``batch_cpu_s`` one of many that are asked for together. ``peak_mib`` is the largest memory
    of that process, libraries included, where the system says it (Linux). The row of first
    principles has the mean of the labels.
    """
    for size in SIZES:
        rows = contacts.of_size(size, is_potassium=True)
        if not rows.size:
            continue
        chosen, many = (_spread(rows, n) for n in (plan.n_timed, plan.n_together))
        n_atom = float(contacts.n_atom[chosen].mean())
        start = {"table": TABLE, "test": size, "n_atom": n_atom, "n": int(chosen.size)}
        for name, predictor in models:
            yield {**start, "model": name, **_timed(predictor, lake, contacts, chosen, many)}
        label = float(contacts.cpu_seconds[chosen].mean())
        yield {**start, "model": DFT, "cpu_s": label}


def _spread(rows: np.ndarray, n: int) -> np.ndarray:
    chosen: np.ndarray = rows[np.linspace(0, rows.size - 1, min(n, rows.size)).astype(int)]
    return chosen


def _timed(
    predictor: Predictor, lake: Path, contacts: Contacts, rows: np.ndarray, many: np.ndarray
) -> Row:
    keys = contacts.dataset.snapshot_keys
    with tempfile.TemporaryDirectory() as folder:
        predictor.save(Path(folder))
        asked = {
            "lake": str(lake),
            "model": folder,
            "snapshots": [keys[i] for i in rows],
            "together": [keys[i] for i in many],
        }
        done = subprocess.run(  # noqa: S603  (ours)
            [sys.executable, "-c", _PROGRAM],
            input=json.dumps(asked),
            capture_output=True,
            check=True,
            text=True,
        )
    found = json.loads(done.stdout)
    first, *each, together = found["spent"]
    return {
        "first_cpu_s": first,
        "cpu_s": float(np.mean(each)),
        "batch_cpu_s": together,
        "peak_mib": found["peak_mib"],
    }
