"""Green functions: self-energies, transmission, eigenchannels, local density of states."""
