"""The versioned store of experiments, snapshots, labels, refusals, predictions and proposals."""
