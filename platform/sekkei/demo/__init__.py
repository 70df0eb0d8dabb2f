"""The whole loop, small, on one machine: break, label, keep, learn, look, design, prove."""
