"""From a junction to what it conducts: Landauer kernel, labeler port and its adapters."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
