"""What one pass over a panel gathers: units as estimators see them, and moments of their cohorts."""
