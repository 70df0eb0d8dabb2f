"""The HTTP service: thin over lake, models, campaigns and designs; who may do what; no logic."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
