"""What an experimenter sees: traces, histograms, peaks, figures."""
