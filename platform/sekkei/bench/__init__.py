"""Side-by-side measurements, as ratios: what `sekkei bench` runs.

A benchmark is a module with a function ``measure``, and one line in `BENCHES`.
"""

from sekkei.bench.registry import BENCHES, Bench, Measure, load_measure
from sekkei.bench.result import BenchResult, write_result

__all__ = ["BENCHES", "Bench", "BenchResult", "Measure", "load_measure", "write_result"]
