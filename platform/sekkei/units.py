"""Constants in the canonical units: angstrom, eV, K, fs, and conductance in G0.

Values are CODATA 2018 (doi:10.1103/RevModPhys.93.025010), exact in the SI of 2019.
"""

BOLTZMANN_EV_PER_K = 8.617333262e-5
"""Boltzmann constant in eV/K."""

G0_SIEMENS = 7.748091729e-5
"""Conductance quantum 2e²/h in siemens."""

BOHR_ANGSTROM = 0.529177210903
"""Bohr radius in angstrom."""

HARTREE_EV = 27.211386245988
"""One hartree in eV."""

EV_PER_CUBIC_ANGSTROM_GPA = 160.21766208
"""One eV/Å³ in gigapascal."""
