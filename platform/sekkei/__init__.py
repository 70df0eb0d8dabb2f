"""Sekkei: a laboratory for atomic contacts that exists only on a computer cluster."""

import lazy_loader as lazy

from sekkei.forked import take_care_of_forks

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)

take_care_of_forks()
