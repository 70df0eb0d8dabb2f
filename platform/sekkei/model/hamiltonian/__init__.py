"""Learned Hamiltonians: structure to H by what is exact and what was learned, H to T(E)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
