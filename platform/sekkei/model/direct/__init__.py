"""The direct surrogate: from descriptors of atoms to a conductance by a network."""
