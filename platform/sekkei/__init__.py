"""Sekkei: a laboratory for atomic contacts that exists only on a computer cluster."""

__version__ = "0.1.0"
