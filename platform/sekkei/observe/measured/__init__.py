"""An experimenter's own traces: read, calibrated, and cut into pulls and pushes."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
