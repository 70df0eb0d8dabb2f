"""Backup and restore: a lake, its models, and what a service keeps, as one checked folder."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
