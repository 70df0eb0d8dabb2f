"""Figures that could go into a paper: plain records in, a matplotlib figure out.

Nothing here touches ``pyplot`` or leaves a setting behind.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
