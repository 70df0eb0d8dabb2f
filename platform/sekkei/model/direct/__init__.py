"""The direct family: from descriptors of atoms to a conductance by a network."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
