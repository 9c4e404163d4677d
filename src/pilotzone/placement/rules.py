"""Residency law as data: rules, what they are about, and what they say. No legal advice.

A rule is about data that were collected somewhere, of some kinds, by some kinds of operator, on so many persons; it
rules operations one by one, allows or denies them by jurisdiction, between two dates, with a citation. The first rule
that says something of a case decides it; what no rule allows is denied. A book is silent outside its scope, so that
several books go together, and it knows the names it tells apart: a name it does not know is an error.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, get_args

from pilotzone.core import (
    Brief,
    Glance,
    Result,
    Table,
    UsageError,
    listing,
    unknown,
)
from pilotzone.placement.jurisdictions import check_jurisdiction

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
    "Scope",
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

    def shared(self, other: Among) -> bool:
        """Return whether some name may be in both."""
        if self.others and other.others:
            return True
        if self.others or other.others:
            some, all_but = (other, self) if self.others else (self, other)
            return bool(some.names - all_but.names)
        return bool(self.names & other.names)


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
        Address of its text; may be empty.
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
        Jurisdiction where the data were collected, as an ISO 3166-1 code.
    kind
        Kind of data in the terms of the rule book, such as ``personal``, ``important`` or ``public``.
    operator
        Kind of operator, such as ``critical_infrastructure`` or ``other``.
    persons
        Number of persons that the data are about. ``None``: not stated; this is an error if a rule depends on the
        number.
    permits
        Permits that the operator holds, such as ``security_assessment``.

    Raises
    ------
    UsageError
        If `collected_in` is not a country.
    """

    name: str
    collected_in: str
    kind: str
    operator: str = "other"
    persons: int | None = None
    permits: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        check_jurisdiction(self.collected_in, f"collected_in of class {self.name!r}")


@dataclass(frozen=True)
class Host:
    """A place that could hold data, with its jurisdiction as an ISO 3166-1 code.

    Raises
    ------
    UsageError
        If the jurisdiction is not a country.
    """

    name: str
    jurisdiction: str

    def __post_init__(self) -> None:
        check_jurisdiction(self.jurisdiction, f"jurisdiction of site {self.name!r}")


@dataclass(frozen=True)
class Scope:
    """What a book is about: outside of it the book neither allows nor denies.

    Attributes
    ----------
    collected_in, kinds, operators
        What data.
    places
        Jurisdictions of the sites that it speaks of.
    """

    collected_in: Among = ANY
    kinds: Among = ANY
    operators: Among = ANY
    places: Among = ANY

    def about(self, data: DataClass) -> bool:
        """Return whether the book speaks of some data, at the places that it speaks of."""
        return data.collected_in in self.collected_in and data.kind in self.kinds and data.operator in self.operators


@dataclass(frozen=True)
class Rule(Brief):
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
        Effect of a denial.
    since, until
        First day, and the first day on which it does not hold any more.
    citation
        Where it stands.
    note
        What a reader has to know.
    overrides
        Later rules that say otherwise of the same case, named so that it is not an oversight.
    line
        Line of the file, for errors.

    Raises
    ------
    UsageError
        If it allows and denies the same jurisdiction, or says `unless` or `effect` of a denial that is not there.
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

    def __post_init__(self) -> None:
        none = self.deny == Among()
        if self.unless and none:
            raise UsageError(
                f"{self.id} has unless ({listing(sorted(self.unless))}) and denies nothing.",
                allowed="unless beside deny",
                todo="say in deny where it needs these permits",
            )
        if self.effect == "audit" and none:
            raise UsageError(f"{self.id} has effect and denies nothing.", allowed="effect beside deny")
        if self.allow.shared(self.deny):
            both = sorted(self.allow.names & self.deny.names) if not self.allow.others and not self.deny.others else []
            told = listing(both) if both else f"allow ({self.allow}) and deny ({self.deny}) share some"
            raise UsageError(
                f"{self.id} allows and denies the same place: {told}.",
                allowed="each jurisdiction in allow or in deny",
                todo="where it denies all others, write deny: {others_than: [...]}",
            )

    def names_data(self, data: DataClass) -> bool:
        """Return whether it is about some data, however many persons these are about."""
        return data.collected_in in self.collected_in and data.kind in self.kinds and data.operator in self.operators

    def holds(self, day: dt.date) -> bool:
        """Return whether it is in force on a day."""
        return self.since <= day < self.until

    def about(self, data: DataClass, operation: Operation, day: dt.date) -> bool:
        """Return whether it rules this operation on these data on a day."""
        return operation in self.operations and self.holds(day) and self.names_data(data) and self.counts(data)

    def counts(self, data: DataClass) -> bool:
        """Return whether data are about as many persons as it asks; data that are about none where not said."""
        return self.persons[0] <= (data.persons or 0) < self.persons[1]


@dataclass(frozen=True)
class RuleBook(Result):
    """Rules in their order.

    Attributes
    ----------
    name, title
        Name and title of the book.
    notice
        That it is not legal advice, and what it leaves out.
    rules
        The first that says something of a case decides it.
    scope
        What it is about.
    kinds, operators, permits
        The names that it knows, where it lists them; ``None`` where those that its rules use are all.
    """

    name: str
    title: str
    notice: str
    rules: tuple[Rule, ...] = field(default=())
    scope: Scope = field(default_factory=Scope)
    kinds: Among | None = None
    operators: Among | None = None
    permits: Among | None = None

    def to_table(self) -> Table:
        """Return one row per rule, in their order: the first that says something of a case decides it."""
        rows = [
            (
                rule.id,
                rule.effect,
                ", ".join(name for name in OPERATIONS if name in rule.operations),
                str(rule.citation),
            )
            for rule in self.rules
        ]
        return Table.from_rows(("rule", "effect", "operations", "citation"), rows, title=self.title)

    def glance(self) -> Glance:
        """Return the book's notice and its rules."""
        return Glance(f"{self.title}, {len(self.rules)} rules", (self.notice,), self.to_table())

    def rule(self, name: str) -> Rule:
        """Return a rule by its id.

        Raises
        ------
        UsageError
            If there is no such rule.
        """
        known = {rule.id: rule for rule in self.rules}
        if name not in known:
            raise unknown("rule", name, known, of=f"rule book {self.name!r}", error=UsageError)
        return known[name]

    def without(self, name: str) -> RuleBook:
        """Return the book without a rule; errors as in `rule`."""
        gone = self.rule(name)
        return replace(self, rules=tuple(rule for rule in self.rules if rule is not gone))

    @cached_property
    def known_kinds(self) -> Among:
        """Kinds of data that a class may be of; any where no rule tells kinds apart."""
        return _known(self.kinds, [self.scope.kinds, *(rule.kinds for rule in self.rules)])

    @cached_property
    def known_operators(self) -> Among:
        """Kinds of operator that a class may have, ``other`` always among them."""
        found = _known(self.operators, [self.scope.operators, *(rule.operators for rule in self.rules)])
        return found if found.others else Among(found.names | {"other"})

    @cached_property
    def known_permits(self) -> frozenset[str]:
        """Permits that open something in it, or that it lists."""
        listed = self.permits.names if self.permits is not None else frozenset()
        return listed.union(*(rule.unless for rule in self.rules))

    def check(self, data: DataClass, day: dt.date) -> None:
        """Raise if a class holds a name that the book does not know, or leaves out a number that it asks for.

        Raises
        ------
        UsageError
            With what may have been meant.
        """
        if data.collected_in not in self.scope.collected_in:
            return
        for what, name, known in (
            ("kind", data.kind, self.known_kinds),
            ("operator", data.operator, self.known_operators),
        ):
            if name not in known:
                raise unknown(
                    what,
                    name,
                    sorted(known.names),
                    told=f"{what} of class {data.name!r} is {name!r}, which rule book {self.name!r} does not know",
                    error=UsageError,
                    todo=f"write it as the book does; or, in a book of your own, list it under {what}s",
                )
        if data.persons is None and self.scope.about(data):
            self._check_count(data, day)

    def _check_count(self, data: DataClass, day: dt.date) -> None:
        for rule in self.rules:
            if rule.persons != (0, float("inf")) and rule.names_data(data) and rule.holds(day):
                raise UsageError(
                    f"class {data.name!r} does not say how many persons it is about, and rule {rule.id} of rule book "
                    f"{self.name!r} asks.",
                    allowed="persons, a whole number from 0",
                    todo="give persons",
                )


def _known(listed: Among | None, used: list[Among]) -> Among:
    """Return the names that may be used: those that are listed, else those that tell cases apart."""
    if listed is not None:
        return listed
    names = frozenset().union(*(part.names for part in used))
    return Among(names) if names else ANY
