"""Words that people write where a figure is missing."""

from __future__ import annotations

__all__ = ["MISSING_WORDS"]

MISSING_WORDS = frozenset(
    {"na", "n/a", "n.a.", "nan", "null", "none", "nil", "-", "--", "\u2013", "\u2014", ".", "..", "...", "\u2026"}
    | {"x", "?"}
)
"""In small letters. A cell that holds one is refused with what to do; none is taken for missing by guess."""
