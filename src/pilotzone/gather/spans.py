"""Periods in words: runs of them as spans."""

from __future__ import annotations

from collections.abc import Iterable

from pilotzone.core import span_text

__all__ = ["spans"]


def spans(periods: Iterable[int]) -> str:
    """Write ascending periods as spans.

    Examples
    --------
    >>> spans([2000, 2001, 2002, 2006])
    '2000-2002, 2006'
    """
    found: list[list[int]] = []
    for period in periods:
        if found and period == found[-1][1] + 1:
            found[-1][1] = period
        else:
            found.append([period, period])
    return ", ".join(span_text(first, last) for first, last in found)
