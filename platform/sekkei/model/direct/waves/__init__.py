"""An effective Hamiltonian of few orbitals, trained through the Landauer formula."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
