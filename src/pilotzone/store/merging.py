"""Merging states of parts into one, in pairs of like size."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["merged"]

State = TypeVar("State")


def merged(parts: Iterable[State], merge: Callable[[State, State], State]) -> State | None:
    """Return the state of all parts together, or ``None`` where there is no part.

    Rounding grows with the logarithm of the number of parts instead of the number, and no more states than that
    logarithm are held at a time.

    Parameters
    ----------
    parts
        States of parts that have nothing in common.
    merge
        Makes one state of two: associative up to rounding.

    Examples
    --------
    >>> merged(["a", "b", "c"], lambda one, other: f"({one}{other})")
    '((ab)c)'
    """
    waiting: list[tuple[int, State]] = []
    for part in parts:
        level, whole = 0, part
        while waiting and waiting[-1][0] == level:
            whole = merge(waiting.pop()[1], whole)
            level += 1
        waiting.append((level, whole))
    if not waiting:
        return None
    _, whole = waiting.pop()
    while waiting:
        whole = merge(waiting.pop()[1], whole)
    return whole
