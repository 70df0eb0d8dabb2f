"""The direct family: from descriptors of atoms to a conductance by a network."""
