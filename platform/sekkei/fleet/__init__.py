"""Pools of workers: in this process, on this machine, on a cluster. Knows no lake and no model."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
