"""Ranges of conductance by which errors are tabulated."""

import numpy as np

RANGES_G0 = ((0.0, 0.5), (0.5, 1.5), (1.5, 3.0), (3.0, np.inf))
"""Lower and upper ends, in G0."""
