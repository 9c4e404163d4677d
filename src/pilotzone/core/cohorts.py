"""Cohorts: the periods in which units are first treated."""

from __future__ import annotations

__all__ = ["NEVER"]

NEVER = 2**63 - 1
"""The cohort of units that are never treated. It sorts behind all others, as if treated after the end of time."""
