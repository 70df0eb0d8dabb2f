"""Junctions, electrodes, alloys, interatomic potentials and break-junction dynamics."""
