"""Where a test stops rejecting, found by trying: for tests whose p at one null effect says nothing of the next.

Exact inversion needs statistics that are linear in the null effect. Where weights depend on it, or where there are too
many assignments to look at every jump of p, these searches take its place; each says how fine it is.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pilotzone.core import evenly_spaced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["changes_between", "changes_by_index", "outermost_kept"]

_IN_A_ROW = 8
"""So many steps outwards have to be rejected before it is taken that all further ones are."""

_STEPS = 60
"""After so many steps a side is taken to have no end."""

_HALVINGS = 10
"""A change is located to a step over 2^10."""


def outermost_kept(kept: Callable[[float], bool], start: float, step: float) -> float | None:
    """Return the point beyond which nothing is kept, in the direction of `step`; ``None`` if there seems to be none.

    Parameters
    ----------
    kept
        Whether the test keeps a null effect.
    start
        Where to begin.
    step
        First outwards until eight in a row are rejected, then, if none was kept, inwards until one is.

    Examples
    --------
    >>> outermost_kept(lambda effect: effect < 1.0, 0.0, 0.25) == 1.0
    True
    >>> outermost_kept(lambda effect: True, 0.0, 0.25) is None
    True
    """
    inner: float | None = None
    rejected = 0
    for k in range(_STEPS):
        here = start + k * step
        if kept(here):
            inner, rejected = here, 0
        else:
            rejected += 1
        if rejected == _IN_A_ROW:
            break
    else:
        return None
    if inner is None:
        inner = next((start - k * step for k in range(1, _STEPS) if kept(start - k * step)), None)
    return start if inner is None else _halved(kept, inner, inner + step)


def _halved(kept: Callable[[float], bool], inner: float, outer: float) -> float:
    """Return the rejected end of where the answer changes."""
    for _ in range(_HALVINGS):
        middle = (inner + outer) / 2
        if kept(middle):
            inner = middle
        else:
            outer = middle
    return outer


def changes_between(kept: Callable[[float], bool], nodes: Sequence[float]) -> tuple[list[float], list[bool]]:
    """Return where the answer changes between neighbouring nodes, and the answers before, between and after.

    A change is placed on its rejected side. What begins and ends between two nodes is not seen.

    Examples
    --------
    >>> points, answers = changes_between(lambda effect: abs(effect) < 1, [-2.0, 0.0, 2.0])
    >>> [round(point, 2) for point in points], answers
    ([-1.0, 1.0], [False, True, False])
    """
    answers = [kept(node) for node in nodes]
    points, cells = [], [answers[0]]
    for (left, before), (right, after) in pairwise(zip(nodes, answers, strict=True)):
        if before != after:
            points.append(_halved(kept, left, right) if before else _halved(kept, right, left))
            cells.append(after)
    return points, cells


def changes_by_index(kept: Callable[[int], bool], count: int, nodes: int) -> list[int]:
    """Return the indices k at which the answer for k differs from that for k - 1, seen from evenly spaced nodes.

    Examples
    --------
    >>> changes_by_index(lambda k: 30 <= k < 71, 100, 5)
    [30, 71]
    """
    spaced = evenly_spaced(count, nodes)
    answers = {k: kept(k) for k in spaced}
    found = []
    for left, right in pairwise(spaced):
        if answers[left] == answers[right]:
            continue
        low, high = left, right
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if kept(middle) == answers[left] else (low, middle)
        found.append(high)
    return found
