"""Junctions described per second, beside DScribe, and what importing the surrogate costs."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from sekkei.bench.peer import Peer
from sekkei.bench.result import BenchResult, Row, describe_machine
from sekkei.lake import Lake
from sekkei.model.direct.descriptor import DescriptorOptions, describe_atoms
from sekkei.structure.element import element, known_elements
from sekkei.structure.junction import Junction, parse_element
from sekkei.threads import few_threads

DATA = Path(__file__).resolve().parents[3] / "data" / "contacts"
"""The data set of a checkout."""

SIZES = (("about 80 atoms", 90), ("about 140 atoms", 200), ("about 280 atoms", 400))
"""Names of the sizes, and the most atoms of each."""

DSCRIBE = Peer("dscribe", "python -m venv PATH, then PATH/bin/pip install dscribe ase")

IMPORT = "from sekkei.model import DirectModel"

_PROGRAM = (
    f"import resource; {IMPORT}; used = resource.getrusage(resource.RUSAGE_SELF); "
    "print(used.ru_utime + used.ru_stime)"
)


@dataclass(frozen=True, slots=True)
class _Turns:
    """Milliseconds per junction, one number for each turn."""

    work: str
    n_atom: float
    code: str
    values: Sequence[float]
    off_by: float | None = None


def measure(*, is_quick: bool, say: Callable[[str], None]) -> BenchResult:
    """Describe every atom of shipped contacts; see `sekkei.bench.registry.Measure`.

    Both codes take turns, so that other work on the machine slows both. ``times_sekkei`` is the
    median over the turns of the quotient of a turn; ``least`` and ``most`` are its ends.
    """
    n_junction, n_turn = (10, 3) if is_quick else (60, 7)
    missing = DSCRIBE.missing()
    rows: list[Row] = []
    with few_threads(1):
        for work, junctions in _shipped(n_junction):
            say(f"{work}: {len(junctions)} contacts")
            rows += _rows(_beside(work, junctions, n_turn, with_dscribe=missing is None))
    say("import")
    spent = [1e3 * _import_seconds() for _ in range(n_turn)]
    rows += _rows([_Turns(IMPORT, 0.0, "sekkei", spent)])
    return BenchResult(
        name="descriptor",
        rows=rows,
        notes=[] if missing is None else [missing],
        machine=describe_machine(("sekkei", "numpy", "scipy", "sphericart", "dscribe")),
    )


def _shipped(n_junction: int) -> Sequence[tuple[str, Sequence[Junction]]]:
    lake = Lake.open(DATA)
    snapshots = lake.table("snapshot").set_index("key")
    pure = lake.table("experiment").set_index("key")["fraction_K"] == 1.0
    is_pure = snapshots["experiment"].map(pure).to_numpy(bool)
    n_atom, keys = snapshots["n_atom"].to_numpy(), snapshots.index.to_numpy()
    found = []
    least = 0
    for name, most in SIZES:
        for kind, chosen in (("potassium", is_pure), ("alloys", ~is_pure)):
            at = np.flatnonzero(chosen & (n_atom > least) & (n_atom <= most))
            at = at[np.linspace(0, at.size - 1, min(n_junction, at.size)).astype(int)]
            if at.size:
                found.append((f"{kind}, {name}", lake.junctions(keys[at].tolist())))
        least = most
    return found


def _beside(
    work: str, junctions: Sequence[Junction], n_turn: int, *, with_dscribe: bool
) -> list[_Turns]:
    options = DescriptorOptions()
    job = _job(junctions, options)
    ours: list[float] = []
    theirs: list[float] = []
    found: np.ndarray | None = None
    mine = _describe(junctions, options)
    for _ in range(n_turn):
        started = time.process_time()
        _describe(junctions, options)
        ours.append(1e3 * (time.process_time() - started) / len(junctions))
        if with_dscribe:
            answer = DSCRIBE.compute(**job)
            theirs.append(1e3 * answer["seconds"])
            found = np.array(answer["first"])
    n_atom = float(np.mean([junction.n_atom for junction in junctions]))
    turns = [_Turns(work, n_atom, "sekkei", ours)]
    if found is not None:
        off_by = float(np.abs(mine[0][:, :-2] - found).max() / np.abs(found).max())
        turns.append(_Turns(work, n_atom, "dscribe", theirs, off_by))
    return turns


def _describe(junctions: Sequence[Junction], options: DescriptorOptions) -> list[np.ndarray]:
    return [describe_atoms(one, np.arange(one.n_atom), options) for one in junctions]


def _job(junctions: Sequence[Junction], options: DescriptorOptions) -> dict[str, np.ndarray]:
    symbols = known_elements()
    potassium = element("K").fermi_wavevector
    return {
        "species": np.array([parse_element(symbol) for symbol in symbols]),
        "weights": np.array([element(s).fermi_wavevector / potassium for s in symbols]),
        "numbers": np.concatenate([one.numbers for one in junctions]),
        "positions": np.concatenate([one.positions for one in junctions]),
        "n_atom": np.array([one.n_atom for one in junctions]),
        **{name: np.array(value) for name, value in options.model_dump().items()},
    }


def _rows(turns: Sequence[_Turns]) -> list[Row]:
    first = np.array(turns[0].values)
    rows: list[Row] = []
    for turn in turns:
        quotients = np.array(turn.values) / first
        rows.append(
            {
                "work": turn.work,
                "n_atom": turn.n_atom,
                "code": turn.code,
                "cpu_ms": median(turn.values),
                "per_s": 1e3 / median(turn.values),
                "times_sekkei": float(np.median(quotients)),
                "least": float(quotients.min()),
                "most": float(quotients.max()),
                "off_by": turn.off_by,
            }
        )
    return rows


def _import_seconds() -> float:
    done = subprocess.run(  # noqa: S603  (ours)
        [sys.executable, "-c", _PROGRAM], capture_output=True, check=True, text=True
    )
    return float(done.stdout)
