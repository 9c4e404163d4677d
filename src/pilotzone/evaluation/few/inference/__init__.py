"""What can be said of a gap: null effects, and residuals rearranged over time."""
