"""Reading rule books: YAML, checked key by key, each error with its line."""

from __future__ import annotations

import datetime as dt
import os
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard, get_args

from pilotzone.core import MOST_OF_A_STUDY, StudyError, UsageError, listing, read_regular, shortened, shown, unknown
from pilotzone.placement.checking import check_book
from pilotzone.placement.jurisdictions import ALLOWED, jurisdiction_fault
from pilotzone.placement.rules import ANY, OPERATIONS, Among, Citation, Effect, Operation, Rule, RuleBook, Scope
from pilotzone.placement.yamltext import Lines, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["bundled_books", "load_rules", "parse_rules"]

_BOOK = ("title", "notice", "scope", "kinds", "operators", "permits", "rules")
_NEEDED = ("title", "notice", "rules")
_SCOPE = ("collected_in", "data", "operator", "places")
_RULE = ("id", "when", "operations", "allow", "deny", "unless", "effect", "from", "until", "cite", "note", "overrides")
_WHEN = ("collected_in", "data", "operator", "persons")
_CITE = ("law", "article", "in_force", "address")
_PERSONS = ("from", "below")


_MOST_PERSONS = 10**12
_PLACES = frozenset({"collected_in", "allow", "deny", "places"})
"""Keys that hold jurisdictions."""


def bundled_books() -> tuple[str, ...]:
    """Return the names of the rule books that come with the package."""
    folder = resources.files("pilotzone.placement") / "bundled"
    return tuple(sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml")))


def load_rules(which: str | os.PathLike[str]) -> RuleBook:
    """Read a rule book.

    Parameters
    ----------
    which
        ``"china"``, ``"gdpr"``, or the path of a YAML file.

    Returns
    -------
    RuleBook
        The checked rule book: all keys are known, every rule can apply, and rules do not contradict one another by
        oversight. It is not legal advice.

    Raises
    ------
    UsageError
        If there is no such book or file.
    StudyError
        If the file is not a valid rule book; the message names the line.

    Examples
    --------
    >>> book = load_rules("china")
    >>> str(book.rule("csl-37-store").citation)
    'Cybersecurity Law of the PRC, art. 37 (in force 2017-06-01)'
    """
    path = Path(which)
    if path.suffix in {".yaml", ".yml"} or os.path.lexists(path):
        content = read_regular(path, "rule book", most=MOST_OF_A_STUDY, fault=StudyError)
        name = os.fsencode(path.stem).decode(errors="replace")
        return parse_rules(_decoded(content, name), name)
    if str(which) not in bundled_books():
        raise unknown(
            "rule book",
            str(which),
            bundled_books(),
            allowed=f"{listing(bundled_books())}, or a path of a YAML file",
            error=UsageError,
        )
    text = (resources.files("pilotzone.placement") / "bundled" / f"{which}.yaml").read_text(encoding="utf-8")
    return parse_rules(text, str(which))


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        raise StudyError(f"rule book {name!r}, line {line}: it is not UTF-8 text.", todo="save it as UTF-8") from error


def parse_rules(text: str, name: str) -> RuleBook:
    """Return the rule book of a text; errors as in `load_rules`."""
    content = parse_yaml(text, f"rule book {name!r}")
    if not isinstance(content, Lines):
        raise StudyError(f"rule book {name!r} is not a mapping.", allowed=f"keys {', '.join(_BOOK)}")
    book = _Reader(name).book(content)
    check_book(book)
    return book


class _Reader:
    """Turns the mappings of a book into rules."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.listed: dict[str, Among | None] = {}

    def error(self, line: int, what: str, allowed: str | None = None, *, todo: str | None = None) -> StudyError:
        return StudyError(f"{self.where(line)}: {what}.", allowed=allowed, todo=todo)

    def unknown(self, line: int, name: object, known: Sequence[str], what: str) -> StudyError:
        return unknown("name", name, known, told=f"{self.where(line)}: {what}", error=StudyError)

    def where(self, line: int) -> str:
        return f"rule book {self.name!r}, line {line}"

    def book(self, content: Lines) -> RuleBook:
        self.keys(content, _BOOK, "the book", needed=_NEEDED)
        entries = content["rules"]
        if not isinstance(entries, list) or not entries:
            raise self.error(content.line, "rules are missing", "a list of one or more rules")
        self.listed = {
            key: self._list(content.get(key), content.line, key) for key in ("kinds", "operators", "permits")
        }
        return RuleBook(
            self.name,
            title=self.text(content["title"], content.line, "title"),
            notice=self.text(content["notice"], content.line, "notice"),
            scope=self._scope(content.get("scope"), content.line),
            rules=tuple(self.rule(entry, k) for k, entry in enumerate(entries, start=1)),
            **self.listed,
        )

    def _list(self, found: object, line: int, what: str) -> Among | None:
        """Return the names that a book knows, where it lists them."""
        if found is None:
            return None
        return ANY if found == "any" and what != "permits" else Among(frozenset(self.names(found, line, what)))

    def _scope(self, found: object, line: int) -> Scope:
        scope = self._mapping(found, line, "scope")
        self.keys(scope, _SCOPE, "scope")
        return Scope(
            self.among(scope.get("collected_in"), scope.line, "collected_in"),
            self._known(self.among(scope.get("data"), scope.line, "data"), scope.line, "kinds"),
            self._known(self.among(scope.get("operator"), scope.line, "operator"), scope.line, "operators"),
            self.among(scope.get("places"), scope.line, "places"),
        )

    def _known(self, used: Among, line: int, what: str) -> Among:
        """Return some names, all of them among those that the book lists."""
        listed = self.listed[what]
        for name in sorted(used.names):
            if listed is not None and name not in listed:
                raise self.unknown(
                    line, name, sorted(listed.names), f"{shown(name)} is not among the {what} that the book lists"
                )
        return used

    def keys(self, found: Lines, known: tuple[str, ...], where: str, *, needed: tuple[str, ...] = ()) -> None:
        for key in found:
            if key not in known:
                raise self.unknown(
                    found.line, key, known, f"{where} has {shown(key)}, which is not a key that is known here"
                )
        for key in needed:
            if key not in found:
                raise self.error(found.line, f"{where} has no {key}", f"all of {', '.join(needed)}")

    def rule(self, entry: object, number: int) -> Rule:
        if not isinstance(entry, Lines):
            raise self.error(0, f"rule {number} is not a mapping", f"keys {', '.join(_RULE)}")
        line = entry.line
        named = f"rule {shortened(entry['id']) if isinstance(entry.get('id'), str) else number}"
        self.keys(entry, _RULE, named, needed=("id", "operations", "cite"))
        if "allow" not in entry and "deny" not in entry:
            raise self.error(line, f"{named} neither allows nor denies", "allow, deny, or both, by jurisdiction")
        when = self._mapping(entry.get("when"), line, f"when of {named}")
        self.keys(when, _WHEN, f"when of {named}")
        effect = entry.get("effect", "deny")
        if effect not in get_args(Effect):
            raise self.error(line, f"effect of {named} is {shown(effect)}", ", ".join(get_args(Effect)))
        if "effect" in entry and "deny" not in entry:
            raise self.error(line, f"{named} has effect and denies nothing", "effect beside deny")
        citation = self._citation(entry["cite"], line, named)
        since, until = self._span(entry, line, named, citation)
        permits = Among(frozenset(self.names(entry["unless"], line, "unless"))) if "unless" in entry else Among()
        try:
            return Rule(
                id=self.text(entry["id"], line, "id"),
                operations=self._operations(entry["operations"], line, named),
                citation=citation,
                collected_in=self.among(when.get("collected_in"), line, "collected_in"),
                kinds=self._known(self.among(when.get("data"), line, "data"), line, "kinds"),
                operators=self._known(self.among(when.get("operator"), line, "operator"), line, "operators"),
                persons=self._persons(when.get("persons"), line),
                allow=self.among(entry["allow"], line, "allow") if "allow" in entry else Among(),
                deny=self.among(entry["deny"], line, "deny") if "deny" in entry else Among(),
                unless=self._known(permits, line, "permits").names,
                effect=effect,
                since=since,
                until=until,
                note=self.text(entry.get("note", " "), line, "note").strip(),
                overrides=frozenset(self.names(entry["overrides"], line, "overrides"))
                if "overrides" in entry
                else frozenset(),
                line=line,
            )
        except StudyError:
            raise
        except UsageError as error:
            raise self.error(line, error.what.rstrip("."), error.allowed, todo=error.todo) from error

    def _operations(self, found: object, line: int, named: str) -> frozenset[Operation]:
        names = self.names(found, line, "operations")
        for name in names:
            if name not in OPERATIONS:
                raise self.unknown(line, name, OPERATIONS, f"{named} rules {shown(name)}")
        return frozenset(name for name in OPERATIONS if name in names)

    def _span(self, entry: Lines, line: int, named: str, citation: Citation) -> tuple[dt.date, dt.date]:
        since = self.day(entry.get("from", citation.in_force), line, "from")
        until = self.day(entry.get("until", dt.date.max), line, "until")
        if until <= since:
            raise self.error(line, f"{named} holds from {since} until {until}", "a first day before the last")
        if since < citation.in_force:
            raise self.error(line, f"{named} holds from {since}, and its law is in force from {citation.in_force} on")
        return since, until

    def _mapping(self, found: object, line: int, where: str) -> Lines:
        if found is None:
            empty = Lines()
            empty.line = line
            return empty
        if not isinstance(found, Lines):
            raise self.error(line, f"{where} is not a mapping", "keys and values")
        return found

    def _citation(self, found: object, line: int, named: str) -> Citation:
        cite = self._mapping(found, line, f"cite of {named}")
        self.keys(cite, _CITE, f"cite of {named}", needed=("law", "article", "in_force"))
        law, article = (self.text(cite[key], cite.line, key) for key in ("law", "article"))
        address = self.text(cite.get("address", " "), cite.line, "address").strip()
        return Citation(law, article, self.day(cite["in_force"], cite.line, "in_force"), address)

    def _persons(self, found: object, line: int) -> tuple[int, float]:
        ends = self._mapping(found, line, "persons")
        self.keys(ends, _PERSONS, "persons")
        low, high = ends.get("from", 0), ends.get("below", float("inf"))
        if not (_is_count(low) and (_is_count(high) or high == float("inf")) and low < high):
            raise self.error(
                line, f"persons are from {shown(low)} to below {shown(high)}",
                f"whole numbers from 0 to {_MOST_PERSONS:,}, the lower first",
            )  # fmt: skip
        return low, high

    def among(self, found: object, line: int, what: str) -> Among:
        """Return a set of names: any, a name, a list, or all others than a list."""
        if found is None or found == "any":
            return ANY
        others = isinstance(found, Lines)
        if isinstance(found, Lines):
            self.keys(found, ("others_than",), what, needed=("others_than",))
            found = found["others_than"]
        names = self.names(found, line, what)
        if what in _PLACES:
            for name in names:
                fault = jurisdiction_fault(name)
                if fault is not None:
                    raise StudyError(f"rule book {self.name!r}, line {line}: {what}: {fault}", allowed=ALLOWED)
        return Among(frozenset(names), others=others)

    def names(self, found: object, line: int, what: str) -> list[str]:
        items = found if isinstance(found, list) else [found]
        names = []
        for item in items:
            if not isinstance(item, str) or not item.strip():
                raise self.error(line, f"{what} holds {shown(item)}", "names, or a list of names")
            if item.strip() in names:
                raise self.error(line, f"{what} holds {shown(item)} twice", "each name once")
            names.append(item.strip())
        if not names:
            raise self.error(line, f"{what} is an empty list", "names, or a list of names")
        return names

    def text(self, found: object, line: int, what: str) -> str:
        if not isinstance(found, str) or not found:
            raise self.error(line, f"{what} is {shown(found)}", "text, in quotes where YAML would take it for a number")
        return found

    def day(self, found: object, line: int, what: str) -> dt.date:
        # An hour makes it a datetime, which is a date to Python and cannot be compared with one.
        if not isinstance(found, dt.date) or isinstance(found, dt.datetime):
            given = found.isoformat(" ") if isinstance(found, dt.datetime) else shown(found)
            raise self.error(line, f"{what} is {given}", "a day, such as 2017-06-01, without quotes")
        return found


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_PERSONS
