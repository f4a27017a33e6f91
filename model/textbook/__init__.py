"""Textbook cases run by the production kernels under presets: Bass, SI, thresholds, stage chains, learning."""
