"""Electrodes as matrices: real-space blocks, bands, channels against energy."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
