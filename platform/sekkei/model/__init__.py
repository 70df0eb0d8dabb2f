"""Learned labelers: descriptors, networks, training, uncertainty."""
