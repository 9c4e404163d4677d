"""Weights of synthetic controls: problems, solvers and estimators on arrays."""
