"""A rule book compiled: for every class of data, host and operation whether it is allowed, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Table, UsageError, check_choice, did_you_mean, listing
from pilotzone.place.rules import OPERATIONS, DataClass, Host, Operation, Rule, RuleBook

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Residency", "compile_rules"]

_DENIED, _ALLOWED, _AUDITED, _PERMITTED = range(4)
_WORDS = ("denied", "allowed", "allowed, to be recorded", "allowed by permit")


@dataclass(frozen=True, eq=False)
class Residency:
    """What a rule book says of classes at hosts on a day.

    Attributes
    ----------
    book, day
        The book, and the day it is read on.
    classes, hosts
        What it is read for.
    state
        0 denied, 1 allowed, 2 allowed and to be recorded, 3 allowed by a permit; shape (classes, hosts, operations).
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
        """Return whether all of some operations are allowed, shape (classes, hosts)."""
        for name in operations:
            check_choice(name, Operation, "operation")
        at = [OPERATIONS.index(name) for name in operations]
        return np.asarray((self.state[:, :, at] != _DENIED).all(axis=2))

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
                raise UsageError(
                    f"there is no {what} {name!r}.{did_you_mean(name, known)}", allowed=listing(known, most=40)
                )
            found.append(known.index(name))
        return found[0], found[1]


def compile_rules(book: RuleBook, classes: Sequence[DataClass], hosts: Sequence[Host], day: dt.date) -> Residency:
    """Return what a rule book says of classes at hosts on a day.

    Parameters
    ----------
    book
        The book.
    classes, hosts
        What it is read for.
    day
        On which.

    Raises
    ------
    UsageError
        If two classes or two hosts share a name.

    Notes
    -----
    Default deny, the first rule that says something decides. Rules are gone through from the last to the first, each
    writing over all classes and hosts at once, so that the first has the last word.
    """
    for what, names in (("classes", [c.name for c in classes]), ("sites", [h.name for h in hosts])):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"two {what} are called {twice[0]!r}.", allowed="a name for each")
    shape = (len(classes), len(hosts), len(OPERATIONS))
    state = np.zeros(shape, dtype=np.int8)
    decided = np.full(shape, -1, dtype=np.int64)
    for number in range(len(book.rules) - 1, -1, -1):
        rule = book.rules[number]
        about = np.array([[rule.about(data, operation, day) for operation in OPERATIONS] for data in classes])
        permitted = np.array([bool(rule.unless & data.permits) for data in classes])
        allows = np.array([host.jurisdiction in rule.allow for host in hosts])
        denies = np.array([host.jurisdiction in rule.deny for host in hosts]) & ~allows
        _write(rule, about, permitted, allows, denies, state, decided, number)
    return Residency(book, day, tuple(classes), tuple(hosts), state, decided)


def _write(
    rule: Rule,
    about: NDArray[np.bool_],
    permitted: NDArray[np.bool_],
    allows: NDArray[np.bool_],
    denies: NDArray[np.bool_],
    state: NDArray[np.int8],
    decided: NDArray[np.int64],
    number: int,
) -> None:
    """Write what a rule says over what later ones have said."""
    denial = _AUDITED if rule.effect == "audit" else _DENIED
    said = np.where(allows[None, :], _ALLOWED, np.where(permitted[:, None], _PERMITTED, denial))
    spoken = about[:, None, :] & (allows | denies)[None, :, None]
    state[...] = np.where(spoken, said[:, :, None], state)
    decided[...] = np.where(spoken, number, decided)
