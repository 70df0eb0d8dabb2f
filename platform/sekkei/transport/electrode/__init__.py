"""Electrodes as matrices: real-space blocks, bands, channels against energy."""
