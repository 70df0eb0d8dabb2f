"""A service from afar: the lake, models, campaigns and designs of another machine, over HTTP."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
