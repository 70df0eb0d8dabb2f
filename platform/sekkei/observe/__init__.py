"""What an experimenter sees: traces, histograms, peaks, figures.

Figures stand in `sekkei.observe.figures`, the report in `sekkei.observe.report`; both need more
than numbers, so they are not imported here.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
