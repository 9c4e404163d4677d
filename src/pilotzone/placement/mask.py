"""A rule book compiled: for every class of data, host and operation whether it is allowed, and why."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import (
    Glance,
    Result,
    Table,
    UsageError,
    check_choice,
    listing,
    unknown,
)
from pilotzone.placement.rules import OPERATIONS, Among, DataClass, Host, Operation, Rule, RuleBook

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Residency", "compile_rules"]

_DENIED, _ALLOWED, _AUDITED, _PERMITTED, _SILENT = range(5)
_WORDS = ("denied", "allowed", "allowed, to be recorded", "allowed by permit", "not asked")


@dataclass(frozen=True, eq=False)
class Residency(Result):
    """What a rule book says of classes at hosts on a day.

    Attributes
    ----------
    book, day
        The book, and the day it is read on.
    classes, hosts
        Classes of data, and hosts, that the rules are applied to.
    state
        0 denied, 1 allowed, 2 allowed and to be recorded, 3 allowed by a permit, 4 outside the book's scope; shape
        (classes, hosts, operations).
    rule
        Position of the rule that decides, -1 where none does, of the same shape.
    """

    book: RuleBook
    day: dt.date
    classes: tuple[DataClass, ...]
    hosts: tuple[Host, ...]
    state: NDArray[np.int8]
    rule: NDArray[np.int64]

    def allowed(self, operations: Sequence[Operation] = OPERATIONS) -> NDArray[np.bool_]:
        """Return whether all of some operations are allowed, shape (classes, hosts).

        What is outside the book's scope is not forbidden by it: `speaks` tells where it says anything.
        """
        for name in operations:
            check_choice(name, Operation, "operation")
        at = [OPERATIONS.index(name) for name in operations]
        return np.asarray((self.state[:, :, at] != _DENIED).all(axis=2))

    @property
    def speaks(self) -> NDArray[np.bool_]:
        """Whether the book is about a class at a host, shape (classes, hosts)."""
        return np.asarray(self.state[:, :, 0] != _SILENT)

    @property
    def in_force(self) -> bool:
        """Whether any rule of the book is in force on the day."""
        return any(rule.holds(self.day) for rule in self.book.rules)

    def reason(self, data: str, host: str, operation: Operation) -> str:
        """Return why an operation is allowed or denied, in a sentence.

        Raises
        ------
        UsageError
            If there is no such class, host or operation.
        """
        c, h = self._at(data, host)
        o = OPERATIONS.index(check_choice(operation, Operation, "operation"))
        state, number = int(self.state[c, h, o]), int(self.rule[c, h, o])
        if state == _SILENT:
            return f"outside the scope of {self.book.title}"
        if number < 0 and not self.in_force:
            return f"denied: no rule of {self.book.title} is in force on {self.day.isoformat()}"
        if number < 0:
            return f"denied: no rule of {self.book.title} in force on {self.day.isoformat()} allows it"
        rule = self.book.rules[number]
        told = f"{_WORDS[state]} by {rule.id}: {rule.citation}"
        if state == _DENIED and rule.unless:
            told += f"; {listing(sorted(rule.unless))} would open it"
        if state == _PERMITTED:
            held = sorted(rule.unless & self.classes[c].permits)
            told = f"allowed by permit ({listing(held)}) under {rule.id}: {rule.citation}"
        return told

    def explain(self, data: str, host: str) -> Table:
        """Return a row for each operation: what holds, and why."""
        c, h = self._at(data, host)
        rows = [
            (operation, _WORDS[int(self.state[c, h, o])], self.reason(data, host, operation))
            for o, operation in enumerate(OPERATIONS)
        ]
        title = f"{data} at {host} ({self.hosts[h].jurisdiction}) on {self.day.isoformat()}"
        return Table.from_rows(("operation", "state", "why"), rows, title=title)

    def to_table(self) -> Table:
        """Return a row for each class, host and operation."""
        rows = [
            (data.name, host.name, operation, _WORDS[int(self.state[c, h, o])], self._rule_name(c, h, o))
            for c, data in enumerate(self.classes)
            for h, host in enumerate(self.hosts)
            for o, operation in enumerate(OPERATIONS)
        ]
        title = f"{self.book.title}, {self.day.isoformat()}: no legal advice"
        return Table.from_rows(("class", "host", "operation", "state", "rule"), rows, title=title)

    def summary(self) -> Table:
        """Return one row per class: at how many hosts each operation is allowed."""
        allowed = (self.state != _DENIED).sum(axis=1)
        counts = {str(name): tuple(allowed[:, o].tolist()) for o, name in enumerate(OPERATIONS)}
        title = f"{self.book.title}, {self.day.isoformat()}: hosts at which operations are allowed"
        names, hosts = tuple(data.name for data in self.classes), (len(self.hosts),) * len(self.classes)
        return Table({"class": names, "hosts": hosts, **counts}, title=title)

    def glance(self) -> Glance:
        """Return the book's notice and the summary."""
        table = self.summary()
        return Glance(table.title, (self.book.notice,), table)

    def _rule_name(self, c: int, h: int, o: int) -> str:
        number = int(self.rule[c, h, o])
        return "" if number < 0 else self.book.rules[number].id

    def _at(self, data: str, host: str) -> tuple[int, int]:
        found = []
        for what, name, known in (
            ("class", data, [item.name for item in self.classes]),
            ("site", host, [item.name for item in self.hosts]),
        ):
            if name not in known:
                raise unknown(what, name, known, error=UsageError)
            found.append(known.index(name))
        return found[0], found[1]


def compile_rules(book: RuleBook, classes: Sequence[DataClass], hosts: Sequence[Host], day: dt.date) -> Residency:
    """Return which operations a rule book allows for classes of data at hosts on one day.

    Parameters
    ----------
    book
        Rule book to apply.
    classes, hosts
        Classes of data, and hosts, that the rules are applied to.
    day
        Day whose law applies.

    Raises
    ------
    UsageError
        If two classes or two hosts share a name, or a class uses a name that the book does not know.

    Notes
    -----
    Within its scope, a book denies everything that no rule allows; outside its scope it says nothing. The first rule
    that applies decides. The rules are applied from the last to the first, each to all classes and hosts at once, so
    the first rule overrides the others.
    """
    for what, names in (("classes", [c.name for c in classes]), ("sites", [h.name for h in hosts])):
        twice = sorted({name for name, times in Counter(names).items() if times > 1})
        if twice:
            raise UsageError(f"two {what} are called {twice[0]!r}.", allowed="a name for each")
    for data in classes:
        book.check(data, day)
    shape = (len(classes), len(hosts), len(OPERATIONS))
    state = np.zeros(shape, dtype=np.int8)
    decided = np.full(shape, -1, dtype=np.int64)
    sets = _Sets(classes, hosts)
    for number in range(len(book.rules) - 1, -1, -1):
        rule = book.rules[number]
        if rule.holds(day):
            _write(rule, sets, state, decided, number)
    scope = book.scope
    about = np.array([scope.about(data) for data in classes], dtype=bool)
    silent = ~(about[:, None] & sets.at(scope.places)[None, :])
    state[silent], decided[silent] = _SILENT, -1
    return Residency(book, day, tuple(classes), tuple(hosts), state, decided)


class _Sets:
    """Which classes and hosts are in the sets that rules name; each set is asked once."""

    def __init__(self, classes: Sequence[DataClass], hosts: Sequence[Host]) -> None:
        self.classes = classes
        self.hosts = hosts
        self._known: dict[tuple[str, Among], NDArray[np.bool_]] = {}

    def at(self, places: Among) -> NDArray[np.bool_]:
        """Return which hosts lie in some jurisdictions."""
        return self._of("host", places, [host.jurisdiction for host in self.hosts])

    def about(self, rule: Rule) -> NDArray[np.bool_]:
        """Return which classes a rule is about."""
        found = self._of("collected_in", rule.collected_in, [data.collected_in for data in self.classes])
        found = found & self._of("kind", rule.kinds, [data.kind for data in self.classes])
        found = found & self._of("operator", rule.operators, [data.operator for data in self.classes])
        return np.asarray(found & np.array([rule.counts(data) for data in self.classes], dtype=bool))

    def _of(self, what: str, names: Among, values: list[str]) -> NDArray[np.bool_]:
        if (what, names) not in self._known:
            self._known[what, names] = np.array([value in names for value in values], dtype=bool)
        return self._known[what, names]


def _write(rule: Rule, sets: _Sets, state: NDArray[np.int8], decided: NDArray[np.int64], number: int) -> None:
    """Write what a rule says over what later ones have said."""
    allows = sets.at(rule.allow)
    spoken = np.flatnonzero(allows | sets.at(rule.deny))
    about = np.flatnonzero(sets.about(rule))
    if not (len(spoken) and len(about)):
        return
    permitted = np.array([bool(rule.unless & sets.classes[c].permits) for c in about.tolist()])
    denial = _AUDITED if rule.effect == "audit" else _DENIED
    said = np.where(allows[spoken][None, :], _ALLOWED, np.where(permitted[:, None], _PERMITTED, denial))
    for o, operation in enumerate(OPERATIONS):
        if operation in rule.operations:
            state[about[:, None], spoken, o] = said
            decided[about[:, None], spoken, o] = number
