"""Synthetic control on predictors, and their importance."""
