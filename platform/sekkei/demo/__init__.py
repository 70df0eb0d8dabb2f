"""The whole loop, small, on one machine: break, predict, check, correct, design, prove."""

from sekkei.demo.run import run_demo
from sekkei.demo.scale import FULL, TINY, DemoScale

__all__ = ["FULL", "TINY", "DemoScale", "run_demo"]
