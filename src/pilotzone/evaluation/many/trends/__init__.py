"""Trends that were not parallel: what was before, and intervals that allow for it."""
