"""The command line: one file per noun; every verb parses, calls the library, and prints."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
