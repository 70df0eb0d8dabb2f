"""Campaigns: what a specification lists minus what a lake holds, by a pool that is handed over."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
