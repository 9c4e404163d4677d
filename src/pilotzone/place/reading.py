"""Reading rule books: YAML, checked key by key, each error with its line."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Hashable
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from pilotzone.core import StudyError, UsageError, did_you_mean, listing
from pilotzone.place.checking import check_book
from pilotzone.place.rules import ANY, OPERATIONS, Among, Citation, Effect, Rule, RuleBook

__all__ = ["bundled_books", "load_rules", "parse_rules"]

_BOOK = ("title", "notice", "rules")
_RULE = ("id", "when", "operations", "allow", "deny", "unless", "effect", "from", "until", "cite", "note", "overrides")
_WHEN = ("collected_in", "data", "operator", "persons")
_CITE = ("law", "article", "in_force", "address")
_PERSONS = ("from", "below")


class _Lines(dict[Hashable, Any]):
    """A mapping that knows the line it stands on."""

    line: int = 0


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
    if path.suffix in {".yaml", ".yml"} or path.exists():
        try:
            return parse_rules(path.read_text(encoding="utf-8"), path.stem)
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}.", todo="check the path") from error
        except UnicodeDecodeError as error:
            raise StudyError(f"{path.name} is not in UTF-8.", todo="save it as UTF-8") from error
    if str(which) not in bundled_books():
        raise UsageError(
            f"there is no rule book {str(which)!r}.{did_you_mean(str(which), bundled_books())}",
            allowed=f"{listing(bundled_books())}, or a path of a YAML file",
        )
    text = (resources.files("pilotzone.place") / "bundled" / f"{which}.yaml").read_text(encoding="utf-8")
    return parse_rules(text, str(which))


def parse_rules(text: str, name: str) -> RuleBook:
    """Return the rule book of a text; errors as in `load_rules`."""
    content = _yaml(text, name)
    if not isinstance(content, _Lines):
        raise StudyError(f"rule book {name!r} is no mapping.", allowed=f"keys {', '.join(_BOOK)}")
    reader = _Reader(name)
    reader.keys(content, _BOOK, "the book", needed=("title", "notice", "rules"))
    entries = content["rules"]
    if not isinstance(entries, list) or not entries:
        raise reader.error(content.line, "rules are none", "a list of one or more rules")
    rules = tuple(reader.rule(entry, k) for k, entry in enumerate(entries, start=1))
    title, notice = (reader.text(content[key], content.line, key) for key in ("title", "notice"))
    book = RuleBook(name, title, notice, rules)
    check_book(book)
    return book


def _yaml(text: str, name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    import yaml

    class Loader(yaml.SafeLoader):
        """Keeps lines, and refuses what stands twice."""

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> _Lines:
        found = _Lines()
        found.line = node.start_mark.line + 1
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if key in found:
                raise StudyError(f"rule book {name!r}, line {key_node.start_mark.line + 1}: {key!r} stands twice.")
            found[key] = loader.construct_object(value_node, deep=True)
        return found

    Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    try:
        return yaml.load(text, Loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise StudyError(f"rule book {name!r}{where}: no YAML, {problem}.") from error


class _Reader:
    """Turns the mappings of a book into rules."""

    def __init__(self, name: str) -> None:
        self.name = name

    def error(self, line: int, what: str, allowed: str | None = None, hint: str = "") -> StudyError:
        return StudyError(f"rule book {self.name!r}, line {line}: {what}.{hint}", allowed=allowed)

    def keys(self, found: _Lines, known: tuple[str, ...], where: str, *, needed: tuple[str, ...] = ()) -> None:
        for key in found:
            if key not in known:
                hint = did_you_mean(str(key), known)
                raise self.error(found.line, f"{where} has {key!r}, which is no key here", ", ".join(known), hint)
        for key in needed:
            if key not in found:
                raise self.error(found.line, f"{where} has no {key}", f"all of {', '.join(needed)}")

    def rule(self, entry: object, number: int) -> Rule:
        if not isinstance(entry, _Lines):
            raise self.error(0, f"rule {number} is no mapping", f"keys {', '.join(_RULE)}")
        line = entry.line
        named = f"rule {entry.get('id', number)}"
        self.keys(entry, _RULE, named, needed=("id", "operations", "cite"))
        if "allow" not in entry and "deny" not in entry:
            raise self.error(line, f"{named} neither allows nor denies", "allow, deny, or both, by jurisdiction")
        when = self._mapping(entry.get("when"), line, f"when of {named}")
        self.keys(when, _WHEN, f"when of {named}")
        operations = self.names(entry["operations"], line, "operations")
        for name in operations:
            if name not in OPERATIONS:
                raise self.error(line, f"{named} rules {name!r}", ", ".join(OPERATIONS), did_you_mean(name, OPERATIONS))
        effect = entry.get("effect", "deny")
        if effect not in get_args(Effect):
            raise self.error(line, f"effect of {named} is {effect!r}", ", ".join(get_args(Effect)))
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

    def _mapping(self, found: object, line: int, where: str) -> _Lines:
        if found is None:
            empty = _Lines()
            empty.line = line
            return empty
        if not isinstance(found, _Lines):
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
            raise self.error(line, f"persons are from {low} to below {high}", "whole numbers, the lower first")
        return low, high

    def among(self, found: object, line: int, what: str) -> Among:
        """Return a set of names: any, a name, a list, or all others than a list."""
        if found is None or found == "any":
            return ANY
        if isinstance(found, _Lines):
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
                raise self.error(line, f"{what} holds {item!r}", "names, or a list of names")
            names.append(item.strip())
        return names

    def text(self, found: object, line: int, what: str) -> str:
        if not isinstance(found, str) or not found:
            raise self.error(line, f"{what} is {found!r}", "text")
        return found

    def day(self, found: object, line: int, what: str) -> dt.date:
        if not isinstance(found, dt.date) or isinstance(found, dt.datetime):
            raise self.error(line, f"{what} is {found!r}", "a day, such as 2017-06-01, without quotes")
        return found
