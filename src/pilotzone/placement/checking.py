"""Whether rules go together: none that can never decide, and none that another contradicts by oversight.

A rule speaks of a box of cases: some values along each of seven axes, the names of the book and one other, the pieces
of time and of numbers of persons between its edges. Boxes are compared, not cases counted, so what is said here is
exact and does not grow with the number of cases. Whether boxes leave nothing of another uncovered is found by cutting
it along one box after the other; how often is bounded, and a book beyond the bound is refused.
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from pilotzone.core import StudyError, listing
from pilotzone.placement.rules import ANY, OPERATIONS, Among, Rule, RuleBook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Bytes = NDArray[np.uint8]

__all__ = ["check_book"]

_Edge = TypeVar("_Edge", float, dt.date)
Box = tuple[int, ...]
"""Values along each axis, as bits."""

_OTHER = "\0any other"
_MOST_RULES = 2_000
_MOST_STEPS = 2_500_000
_CUT = 5
"""Steps that a cut counts for, one look at a box being one."""


def check_book(book: RuleBook) -> None:
    """Raise if rules share an id, one can never decide, or two contradict each other without saying so.

    Raises
    ------
    StudyError
        With the lines of both rules; or if there are too many rules, or too entangled ones, to be checked.
    """
    if len(book.rules) > _MOST_RULES:
        raise StudyError(
            f"rule book {book.name!r} has {len(book.rules):,} rules.",
            allowed=f"up to {_MOST_RULES:,}",
            todo="split it into books by the jurisdiction where data are collected, each with its scope",
        )
    _check_ids(book)
    cases = _Cases(book)
    for k, rule in enumerate(book.rules):
        if not all(cases.says[k]):
            raise _error(
                book, rule, f"{rule.id} says nothing of any case that the book is about",
                "operations, data and jurisdictions that there are, within the book's scope",
            )  # fmt: skip
    _check_reach(book, cases)
    _check_contradictions(book, cases)


def _check_ids(book: RuleBook) -> None:
    position = {rule.id: k for k, rule in reversed(list(enumerate(book.rules)))}
    for k, rule in enumerate(book.rules):
        if position[rule.id] != k:
            raise _error(book, rule, f"two rules are called {rule.id!r}", "an id for each")
    for k, rule in enumerate(book.rules):
        for name in sorted(rule.overrides):
            if position.get(name, -1) <= k:
                later = [other.id for other in book.rules[k + 1 :]]
                raise _error(
                    book, rule, f"{rule.id} overrides {name!r}, which is no later rule", listing(later, most=20)
                )


def _check_reach(book: RuleBook, cases: _Cases) -> None:
    steps = 0
    for k, rule in enumerate(book.rules):
        earlier = [int(n) for n in np.flatnonzero(cases.meeting(k, 0, k))]
        box = cases.says[k]
        # The widest come first: one of them may cover all.
        earlier.sort(key=lambda n: (-cases.width[n], n))
        left, used = _uncovered(box, [cases.says[n] for n in earlier], _MOST_STEPS - steps)
        steps += used
        if steps >= _MOST_STEPS:
            raise _error(
                book, rule, f"the rules up to {rule.id} overlap in too many ways to tell whether each can decide",
                f"up to {_MOST_STEPS:,} steps",
                "split the book by the jurisdiction where data are collected, each with its scope",
            )  # fmt: skip
        if left is None:
            names = [book.rules[n].id for n in sorted(earlier)]
            raise _error(
                book, rule, f"{rule.id} can never decide: {listing(names)} say something of all its cases before it",
                "rules that decide something", "put it before them, or leave it out",
            )  # fmt: skip


def _uncovered(box: Box, others: list[Box], most: int) -> tuple[Box | None, int]:
    """Return a part of a box that no other box holds, ``None`` if there is none, and how many steps it took."""
    stack, steps = [(box, 0)], 0
    while stack:
        piece, k = stack.pop()
        while k < len(others) and not all(a & b for a, b in zip(piece, others[k], strict=True)):
            k += 1
            steps += 1
        if k == len(others):
            return piece, steps
        steps += _CUT
        if steps >= most:
            return piece, steps
        inside = piece
        for axis, (own, other) in enumerate(zip(piece, others[k], strict=True)):
            outside = own & ~other
            if outside:
                stack.append(((*inside[:axis], outside, *inside[axis + 1 :]), k + 1))
                inside = (*inside[:axis], own & other, *inside[axis + 1 :])
    return None, steps


def _check_contradictions(book: RuleBook, cases: _Cases) -> None:
    for k, first in enumerate(book.rules):
        for n in np.flatnonzero(cases.against(k)):
            later = book.rules[k + 1 + int(n)]
            if later.id not in first.overrides:
                raise _error(
                    book,
                    later,
                    f"{later.id} says otherwise than {first.id} (line {first.line}) of {cases.told(k, k + 1 + int(n))}",
                    "one answer for each case",
                    f"if {first.id} is meant to go before it, say overrides: [{later.id}] in {first.id}",
                )


def _error(book: RuleBook, rule: Rule, what: str, allowed: str, todo: str | None = None) -> StudyError:
    return StudyError(f"rule book {book.name!r}, line {rule.line}: {what}.", allowed=allowed, todo=todo)


class _Cases:
    """The boxes of a book's rules, within its scope, along seven axes; the last is where data would be."""

    def __init__(self, book: RuleBook) -> None:
        rules, scope = book.rules, book.scope
        self.days = sorted({dt.date.min} | {day for rule in rules for day in (rule.since, rule.until)})
        ends = {float(end) for rule in rules for end in rule.persons if np.isfinite(end)}
        self.persons = sorted({0.0} | ends)
        collected = _Axis([scope.collected_in, *(rule.collected_in for rule in rules)], None)
        kinds = _Axis([scope.kinds, *(rule.kinds for rule in rules)], book.kinds)
        operators = _Axis([scope.operators, *(rule.operators for rule in rules)], book.operators)
        places = _Axis([scope.places, *(part for rule in rules for part in (rule.allow, rule.deny))], None)
        self.names: tuple[Sequence[Any], ...] = (
            collected.names,
            kinds.names,
            operators.names,
            self.persons,
            self.days,
            OPERATIONS,
            places.names,
        )
        about = [
            (
                collected.bits(rule.collected_in) & collected.bits(scope.collected_in),
                kinds.bits(rule.kinds) & kinds.bits(scope.kinds),
                operators.bits(rule.operators) & operators.bits(scope.operators),
                _span(self.persons, rule.persons[0], rule.persons[1]),
                _span(self.days, rule.since, rule.until),
                sum(1 << k for k, name in enumerate(OPERATIONS) if name in rule.operations),
            )
            for rule in rules
        ]
        there = places.bits(scope.places)
        self.allow = [places.bits(rule.allow) & there for rule in rules]
        self.deny = [places.bits(rule.deny) & there for rule in rules]
        self.says = [(*box, a | d) for box, a, d in zip(about, self.allow, self.deny, strict=True)]
        self.width = [sum(math.log(max(bits.bit_count(), 1)) for bits in box) for box in self.says]
        self._about = [_packed([box[axis] for box in about]) for axis in range(len(about[0]))]
        self._allow, self._deny = _packed(self.allow), _packed(self.deny)

    def _same(self, k: int, start: int, stop: int) -> Bools:
        """Return which rules are about some data and operation that rule k is about."""
        found = np.ones(stop - start, dtype=bool)
        for bits in self._about:
            found &= (bits[start:stop] & bits[k]).any(axis=1)
        return found

    def meeting(self, k: int, start: int, stop: int) -> Bools:
        """Return which rules say something of a case of which rule k says something."""
        where = (self._allow[start:stop] | self._deny[start:stop]) & (self._allow[k] | self._deny[k])
        return np.asarray(self._same(k, start, stop) & where.any(axis=1))

    def against(self, k: int) -> Bools:
        """Return which of the rules after rule k say otherwise than it of some case."""
        allow, deny = self._allow[k + 1 :] & self._deny[k], self._deny[k + 1 :] & self._allow[k]
        return np.asarray(self._same(k, k + 1, len(self.allow)) & (allow.any(axis=1) | deny.any(axis=1)))

    def told(self, k: int, n: int) -> str:
        """Return the first case of which two rules say otherwise, in words."""
        shared = [a & b for a, b in zip(self.says[k], self.says[n], strict=True)]
        shared[-1] = (self.allow[k] & self.deny[n]) | (self.deny[k] & self.allow[n])
        first = [axis[(bits & -bits).bit_length() - 1] for axis, bits in zip(self.names, shared, strict=True)]
        collected, kind, operator, _, day, operation, place = ("any other" if v == _OTHER else v for v in first)
        when = f" on {day}" if day != dt.date.min else ""
        return f"{operation} of {kind} data of {operator} operators collected in {collected}, at {place}{when}"


class _Axis:
    """Names along an axis, and one that stands for all others unless a book lists all that there are."""

    def __init__(self, sets: list[Among], listed: Among | None) -> None:
        closed = listed is not None and listed != ANY
        names = listed.names if listed is not None and closed else frozenset().union(*(part.names for part in sets))
        self.names = [*sorted(names), *([] if closed else [_OTHER])]
        self._bit = {name: 1 << k for k, name in enumerate(self.names)}
        self._all = (1 << len(self.names)) - 1

    def bits(self, among: Among) -> int:
        some = 0
        for name in among.names:
            some |= self._bit.get(name, 0)
        return self._all & ~some if among.others else some


def _span(edges: Sequence[_Edge], low: _Edge, high: _Edge) -> int:
    """Return the bits of the pieces that begin at an edge from `low` to below `high`."""
    first, last = bisect_left(edges, low), bisect_left(edges, high)
    return (1 << last) - (1 << first)


def _packed(boxes: list[int]) -> Bytes:
    """Return bits as bytes, a row for each rule."""
    width = max(1, max(bits.bit_length() for bits in boxes) // 8 + 1)
    return np.frombuffer(b"".join(bits.to_bytes(width, "little") for bits in boxes), dtype=np.uint8).reshape(-1, width)
