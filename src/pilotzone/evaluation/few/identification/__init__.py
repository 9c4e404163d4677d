"""Diagnostics of a comparison: checks and their thresholds."""
