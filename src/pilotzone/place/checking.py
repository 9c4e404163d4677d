"""Whether rules go together: none that can never decide, and none that another contradicts by oversight.

All cases that a book can tell apart are finite: its names and one other, the edges of its dates and numbers. They are
gone through all at once, so what is said here is exact.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import StudyError, listing
from pilotzone.place.rules import OPERATIONS, Among, Rule, RuleBook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]

__all__ = ["check_book"]

_OTHER = "\0any other"
_MOST = 30_000_000


def check_book(book: RuleBook) -> None:
    """Raise if rules share an id, one can never decide, or two contradict each other without saying so.

    Raises
    ------
    StudyError
        With the lines of both rules.
    """
    ids = [rule.id for rule in book.rules]
    for k, rule in enumerate(book.rules):
        if rule.id in ids[:k]:
            raise _error(book, rule, f"two rules are called {rule.id!r}", "an id for each")
        for name in rule.overrides - set(ids[k + 1 :]):
            raise _error(
                book, rule, f"{rule.id} overrides {name!r}, which is no later rule", listing(ids[k + 1 :], most=20)
            )
    cases = _Cases(book)
    spoken = np.zeros(cases.shape, dtype=bool)
    for k, rule in enumerate(book.rules):
        says = cases.of(rule, rule.allow) | cases.of(rule, rule.deny)
        if not says.any():
            raise _error(
                book, rule, f"{rule.id} says nothing of any case", "operations, data and jurisdictions that there are"
            )
        if not (says & ~spoken).any():
            earlier = [other.id for other in book.rules[:k] if (cases.says(other) & says).any()]
            raise _error(
                book, rule, f"{rule.id} can never decide: {listing(earlier)} say something of all its cases before it",
                "rules that decide something", "put it before them, or leave it out",
            )  # fmt: skip
        spoken |= says
    _check_contradictions(book, cases)


def _check_contradictions(book: RuleBook, cases: _Cases) -> None:
    for k, first in enumerate(book.rules):
        allowed = cases.of(first, first.allow)
        denied = cases.of(first, first.deny) & ~allowed
        for later in book.rules[k + 1 :]:
            if later.id in first.overrides:
                continue
            otherwise = cases.of(later, later.allow)
            against = (allowed & cases.of(later, later.deny) & ~otherwise) | (denied & otherwise)
            if against.any():
                raise _error(
                    book,
                    later,
                    f"{later.id} says otherwise than {first.id} (line {first.line}) of {cases.told(against)}",
                    "one answer for each case",
                    f"if {first.id} is meant to go before it, say overrides: [{later.id}] in {first.id}",
                )


def _error(book: RuleBook, rule: Rule, what: str, allowed: str, todo: str | None = None) -> StudyError:
    return StudyError(f"rule book {book.name!r}, line {rule.line}: {what}.", allowed=allowed, todo=todo)


class _Cases:
    """All cases that a book can tell apart, along seven axes."""

    def __init__(self, book: RuleBook) -> None:
        rules = book.rules
        self.collected = _names([rule.collected_in for rule in rules])
        self.kinds = _names([rule.kinds for rule in rules])
        self.operators = _names([rule.operators for rule in rules])
        self.places = _names([part for rule in rules for part in (rule.allow, rule.deny)])
        self.persons = sorted({float(end) for rule in rules for end in rule.persons if np.isfinite(end)} | {0.0})
        self.days = sorted({rule.since for rule in rules} | {rule.until for rule in rules} | {dt.date.min})
        axes = (self.collected, self.kinds, self.operators, self.persons, self.days, OPERATIONS, self.places)
        self.shape = tuple(len(axis) for axis in axes)
        self.axes: tuple[Sequence[object], ...] = axes
        if np.prod(self.shape, dtype=float) > _MOST:
            raise StudyError(
                f"rule book {book.name!r} tells {np.prod(self.shape, dtype=float):.0e} cases apart.",
                allowed=f"{_MOST:.0e}",
                todo="split it into books by the jurisdiction where data are collected",
            )

    def of(self, rule: Rule, where: Among) -> Bools:
        """Return the cases that a rule is about at some jurisdictions."""
        members = [
            [name in rule.collected_in for name in self.collected],
            [name in rule.kinds for name in self.kinds],
            [name in rule.operators for name in self.operators],
            [rule.persons[0] <= count < rule.persons[1] for count in self.persons],
            [rule.since <= day < rule.until for day in self.days],
            [operation in rule.operations for operation in OPERATIONS],
            [name in where for name in self.places],
        ]
        found = np.ones(self.shape, dtype=bool)
        for axis, member in enumerate(members):
            found &= np.array(member).reshape([-1 if k == axis else 1 for k in range(len(members))])
        return found

    def says(self, rule: Rule) -> Bools:
        """Return the cases of which a rule says something."""
        return self.of(rule, rule.allow) | self.of(rule, rule.deny)

    def told(self, cases: Bools) -> str:
        """Return the first of some cases in words."""
        at = np.argwhere(cases)[0].tolist()
        values = [axis[k] for axis, k in zip(self.axes, at, strict=True)]
        collected, kind, operator, _, day, operation, place = ("any other" if v == _OTHER else v for v in values)
        when = f" on {day}" if day != dt.date.min else ""
        return f"{operation} of {kind} data of {operator} operators collected in {collected}, at {place}{when}"


def _names(sets: list[Among]) -> list[str]:
    return [*sorted({name for part in sets for name in part.names}), _OTHER]
