"""The direct family: from the surroundings of atoms to a conductance, without first principles."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
