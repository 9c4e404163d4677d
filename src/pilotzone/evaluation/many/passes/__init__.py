"""Effects by two passes over units or rows, where moments of cohorts are not enough."""
