"""Reading rule books: YAML, checked key by key, each error with its line."""

from __future__ import annotations

import datetime as dt
import os
from importlib import resources
from pathlib import Path
from typing import get_args

from pilotzone.core import (
    MOST_OF_A_STUDY,
    StudyError,
    UsageError,
    did_you_mean,
    listing,
    read_regular,
    shortened,
    shown,
)
from pilotzone.place.checking import check_book
from pilotzone.place.rules import ANY, OPERATIONS, Among, Citation, Effect, Rule, RuleBook
from pilotzone.place.yamltext import Lines, parse_yaml

__all__ = ["bundled_books", "load_rules", "parse_rules"]

_BOOK = ("title", "notice", "rules")
_RULE = ("id", "when", "operations", "allow", "deny", "unless", "effect", "from", "until", "cite", "note", "overrides")
_WHEN = ("collected_in", "data", "operator", "persons")
_CITE = ("law", "article", "in_force", "address")
_PERSONS = ("from", "below")
MOST_RULES = 1_000
"""Of a book: every rule is compared with every other. Of laws, a book holds those that decide where data may be."""


def bundled_books() -> tuple[str, ...]:
    """Return the names of the rule books that come with the package."""
    folder = resources.files("pilotzone.place") / "bundled"
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
        Checked: no unknown key, no rule that can never decide, none that another contradicts by oversight. No legal
        advice.

    Raises
    ------
    UsageError
        If there is no such book or file.
    StudyError
        If it is not a rule book, with the line.

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
        raise UsageError(
            f"there is no rule book {shown(str(which))}.{did_you_mean(str(which), bundled_books())}",
            allowed=f"{listing(bundled_books())}, or a path of a YAML file",
        )
    text = (resources.files("pilotzone.place") / "bundled" / f"{which}.yaml").read_text(encoding="utf-8")
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
        raise StudyError(f"rule book {name!r} is no mapping.", allowed=f"keys {', '.join(_BOOK)}")
    reader = _Reader(name)
    reader.keys(content, _BOOK, "the book", needed=("title", "notice", "rules"))
    entries = content["rules"]
    if not isinstance(entries, list) or not entries:
        raise reader.error(content.line, "rules are none", "a list of one or more rules")
    if len(entries) > MOST_RULES:
        raise reader.error(content.line, f"there are {len(entries):,} rules", f"up to {MOST_RULES:,} in a book")
    rules = tuple(reader.rule(entry, k) for k, entry in enumerate(entries, start=1))
    title, notice = (reader.text(content[key], content.line, key) for key in ("title", "notice"))
    book = RuleBook(name, title, notice, rules)
    check_book(book)
    return book


class _Reader:
    """Turns the mappings of a book into rules."""

    def __init__(self, name: str) -> None:
        self.name = name

    def error(self, line: int, what: str, allowed: str | None = None, hint: str = "") -> StudyError:
        return StudyError(f"rule book {self.name!r}, line {line}: {what}.{hint}", allowed=allowed)

    def keys(self, found: Lines, known: tuple[str, ...], where: str, *, needed: tuple[str, ...] = ()) -> None:
        for key in found:
            if key not in known:
                hint = did_you_mean(key, known) if isinstance(key, str) else ""
                raise self.error(found.line, f"{where} has {shown(key)}, which is no key here", ", ".join(known), hint)
        for key in needed:
            if key not in found:
                raise self.error(found.line, f"{where} has no {key}", f"all of {', '.join(needed)}")

    def rule(self, entry: object, number: int) -> Rule:
        if not isinstance(entry, Lines):
            raise self.error(0, f"rule {number} is no mapping", f"keys {', '.join(_RULE)}")
        line = entry.line
        named = f"rule {shortened(entry['id']) if isinstance(entry.get('id'), str) else number}"
        self.keys(entry, _RULE, named, needed=("id", "operations", "cite"))
        if "allow" not in entry and "deny" not in entry:
            raise self.error(line, f"{named} neither allows nor denies", "allow, deny, or both, by jurisdiction")
        when = self._mapping(entry.get("when"), line, f"when of {named}")
        self.keys(when, _WHEN, f"when of {named}")
        operations = self.names(entry["operations"], line, "operations")
        for name in operations:
            if name not in OPERATIONS:
                raise self.error(
                    line, f"{named} rules {shown(name)}", ", ".join(OPERATIONS), did_you_mean(name, OPERATIONS)
                )
        effect = entry.get("effect", "deny")
        if effect not in get_args(Effect):
            raise self.error(line, f"effect of {named} is {shown(effect)}", ", ".join(get_args(Effect)))
        citation = self._citation(entry["cite"], line, named)
        since = self.day(entry.get("from", citation.in_force), line, "from")
        until = self.day(entry.get("until", dt.date.max), line, "until")
        if until <= since:
            raise self.error(line, f"{named} holds from {since} until {until}", "a first day before the last")
        if since < citation.in_force:
            raise self.error(line, f"{named} holds from {since}, and its law is in force from {citation.in_force} on")
        return Rule(
            id=self.text(entry["id"], line, "id"),
            operations=frozenset(operations),  # type: ignore[arg-type]
            citation=citation,
            collected_in=self.among(when.get("collected_in"), line, "collected_in"),
            kinds=self.among(when.get("data"), line, "data"),
            operators=self.among(when.get("operator"), line, "operator"),
            persons=self._persons(when.get("persons"), line),
            allow=self.among(entry["allow"], line, "allow") if "allow" in entry else Among(),
            deny=self.among(entry["deny"], line, "deny") if "deny" in entry else Among(),
            unless=frozenset(self.names(entry.get("unless", []), line, "unless")),
            effect=effect,
            since=since,
            until=until,
            note=self.text(entry.get("note", " "), line, "note").strip(),
            overrides=frozenset(self.names(entry.get("overrides", []), line, "overrides")),
            line=line,
        )

    def _mapping(self, found: object, line: int, where: str) -> Lines:
        if found is None:
            empty = Lines()
            empty.line = line
            return empty
        if not isinstance(found, Lines):
            raise self.error(line, f"{where} is no mapping", "keys and values")
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
        whole = all((isinstance(end, int) and not isinstance(end, bool)) or end == float("inf") for end in (low, high))
        if not whole or not 0 <= low < high:
            raise self.error(
                line, f"persons are from {shown(low)} to below {shown(high)}", "whole numbers, the lower first"
            )
        return low, high

    def among(self, found: object, line: int, what: str) -> Among:
        """Return a set of names: any, a name, a list, or all others than a list."""
        if found is None or found == "any":
            return ANY
        if isinstance(found, Lines):
            self.keys(found, ("others_than",), what, needed=("others_than",))
            return Among(frozenset(self.names(found["others_than"], line, what)), others=True)
        return Among(frozenset(self.names(found, line, what)))

    def names(self, found: object, line: int, what: str) -> list[str]:
        items = found if isinstance(found, list) else [found]
        names = []
        for item in items:
            if item is False and what in {"allow", "deny", "collected_in", "others_than"}:
                # YAML takes NO for the truth value, and a lawyer means Norway.
                raise self.error(line, f"{what} holds NO without quotes, which YAML takes for false", "'NO'")
            if not isinstance(item, str) or not item.strip():
                raise self.error(line, f"{what} holds {shown(item)}", "names, or a list of names")
            names.append(item.strip())
        return names

    def text(self, found: object, line: int, what: str) -> str:
        if not isinstance(found, str) or not found:
            raise self.error(line, f"{what} is {shown(found)}", "text")
        return found

    def day(self, found: object, line: int, what: str) -> dt.date:
        if not isinstance(found, dt.date) or isinstance(found, dt.datetime):
            raise self.error(line, f"{what} is {shown(found)}", "a day, such as 2017-06-01, without quotes")
        return found
