"""Sekkei: a laboratory for atomic contacts that exists only on a computer cluster."""

from sekkei.forked import take_care_of_forks

__version__ = "0.1.0"

take_care_of_forks()
