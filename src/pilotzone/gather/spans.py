"""Periods in words: runs of them as spans."""

from __future__ import annotations

from collections.abc import Iterable

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
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)
