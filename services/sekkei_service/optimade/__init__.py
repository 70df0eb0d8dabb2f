"""OPTIMADE: the structures of the lake as every materials database offers them."""
