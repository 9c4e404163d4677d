"""Residency law as data: rules, what they are about, and what they say. No legal advice.

A rule is about data that were collected somewhere, of some kinds, by some kinds of operator, on so many persons; it
rules operations one by one, allows or denies them by jurisdiction, between two dates, with a citation. The first rule
that says something of a case decides it; what no rule allows is denied.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal, get_args

from pilotzone.core import UsageError, did_you_mean, listing

__all__ = [
    "OPERATIONS",
    "Among",
    "Citation",
    "DataClass",
    "Effect",
    "Host",
    "Operation",
    "Rule",
    "RuleBook",
]

Operation = Literal["store", "replicate", "process", "access", "transfer"]
"""What is done with data somewhere: the first copy kept, another one, computing, reading from there, handing over."""

OPERATIONS: tuple[Operation, ...] = get_args(Operation)

Effect = Literal["deny", "audit"]
"""What a denial does: forbid, or allow and ask for a record."""


@dataclass(frozen=True)
class Among:
    """A set of names: some, or all others than some.

    Attributes
    ----------
    names
        The names.
    others
        Whether it is all others than these.
    """

    names: frozenset[str] = frozenset()
    others: bool = False

    def __contains__(self, name: str) -> bool:
        return (name in self.names) != self.others

    def __str__(self) -> str:
        if not self.others:
            return listing(sorted(self.names)) or "none"
        return f"others than {listing(sorted(self.names))}" if self.names else "any"


ANY = Among(others=True)


@dataclass(frozen=True)
class Citation:
    """Where a rule stands.

    Attributes
    ----------
    law, article
        Name of the law, and the article or chapter.
    in_force
        From when the law is in force.
    address
        Of its text; may be empty.
    """

    law: str
    article: str
    in_force: dt.date
    address: str = ""

    def __str__(self) -> str:
        return f"{self.law}, {self.article} (in force {self.in_force.isoformat()})"


@dataclass(frozen=True)
class DataClass:
    """A class of data that an operator holds.

    Attributes
    ----------
    name
        Its name.
    collected_in
        Jurisdiction where it was collected, as an ISO 3166-1 code.
    kind
        Such as personal, important or public.
    operator
        Kind of operator, such as critical_infrastructure or other.
    persons
        How many persons it is about; zero where it is about none.
    permits
        What the operator holds, such as security_assessment.
    """

    name: str
    collected_in: str
    kind: str
    operator: str = "other"
    persons: int = 0
    permits: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Host:
    """A place that could hold data: its name and the jurisdiction that it lies in."""

    name: str
    jurisdiction: str


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes
    ----------
    id
        Its name in the book.
    operations
        What it rules.
    collected_in, kinds, operators
        What data it is about.
    persons
        Least number of persons, and the number from which on it is not about them any more.
    allow, deny
        Jurisdictions; one that is in neither is left to later rules.
    unless
        Permits, any one of which opens what is denied.
    effect
        Of a denial.
    since, until
        First day, and the first day on which it does not hold any more.
    citation
        Where it stands.
    note
        What a reader has to know.
    overrides
        Later rules that say otherwise of the same case, named so that it is no oversight.
    line
        Of the file, for errors.
    """

    id: str
    operations: frozenset[Operation]
    citation: Citation
    collected_in: Among = ANY
    kinds: Among = ANY
    operators: Among = ANY
    persons: tuple[int, float] = (0, float("inf"))
    allow: Among = Among()
    deny: Among = Among()
    unless: frozenset[str] = frozenset()
    effect: Effect = "deny"
    since: dt.date = dt.date.min
    until: dt.date = dt.date.max
    note: str = ""
    overrides: frozenset[str] = frozenset()
    line: int = 0

    def about(self, data: DataClass, operation: Operation, day: dt.date) -> bool:
        """Whether it rules this operation on these data on a day."""
        return (
            operation in self.operations
            and data.collected_in in self.collected_in
            and data.kind in self.kinds
            and data.operator in self.operators
            and self.persons[0] <= data.persons < self.persons[1]
            and self.since <= day < self.until
        )


@dataclass(frozen=True)
class RuleBook:
    """Rules in their order.

    Attributes
    ----------
    name, title
        Of the book.
    notice
        That it is no legal advice, and what it leaves out.
    rules
        The first that says something of a case decides it.
    """

    name: str
    title: str
    notice: str
    rules: tuple[Rule, ...] = field(default=())

    def rule(self, name: str) -> Rule:
        """Return a rule by its id.

        Raises
        ------
        UsageError
            If there is no such rule.
        """
        known = {rule.id: rule for rule in self.rules}
        if name not in known:
            raise UsageError(
                f"rule book {self.name!r} has no rule {name!r}.{did_you_mean(name, known)}",
                allowed=listing(list(known), most=20),
            )
        return known[name]

    def without(self, name: str) -> RuleBook:
        """Return the book without a rule; errors as in `rule`."""
        gone = self.rule(name)
        return RuleBook(self.name, self.title, self.notice, tuple(rule for rule in self.rules if rule is not gone))
