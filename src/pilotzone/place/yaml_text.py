"""YAML as rule books need it: what the text says, with its lines, and nothing that YAML makes of it unasked.

YAML takes ``NO`` for false, ``010`` for eight, ``1:30`` for ninety and `<<` for an order, and a few lines of aliases
for gigabytes. All of these are refused with their line; what is left are mappings, lists, text, whole numbers in
decimal, true, false and days.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pilotzone.core import StudyError, shown

if TYPE_CHECKING:
    import yaml

__all__ = ["Lines", "read_yaml"]

_DEEPEST = 20
_MOST_NODES = 500_000
_MOST_DIGITS = 15
_TAG = "tag:yaml.org,2002:"
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:_[0-9]{3})+)")
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]{1,2})?")
_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_ENDLESS = {".inf", ".Inf", ".INF"}


class Lines(dict[str, Any]):
    """A mapping that knows the line it stands on."""

    line: int = 0


def read_yaml(text: str, name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what a text in YAML holds: `Lines`, lists, text, numbers, truth values, days and ``None``.

    Parameters
    ----------
    text
        The text.
    name
        What errors begin with: ``rule book 'china'``.

    Raises
    ------
    StudyError
        If it is not YAML, or holds what is not read here, with the line.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        node = yaml.compose(text, loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
        raise StudyError(f"{name}{where}: not YAML, {problem}.") from error
    except RecursionError as error:
        raise StudyError(f"{name} is nested too deep.", allowed=f"{_DEEPEST} levels") from error
    return None if node is None else _Walk(name).value(node, 0)


class _Walk:
    """Turns YAML's nodes into values, and counts them: an alias stands for all that it repeats."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.nodes = 0

    def error(self, node: yaml.Node, what: str, allowed: str | None = None) -> StudyError:
        return StudyError(f"{self.name}, line {node.start_mark.line + 1}: {what}.", allowed=allowed)

    def value(self, node: yaml.Node, depth: int) -> Any:  # noqa: ANN401 - as above
        import yaml

        self.nodes += 1
        if self.nodes > _MOST_NODES:
            raise self.error(
                node, "there is more in it than is read, aliases (*name) written out", f"{_MOST_NODES:,} values"
            )
        if depth > _DEEPEST:
            raise self.error(node, "it is nested too deep", f"{_DEEPEST} levels")
        kind = node.tag.removeprefix(_TAG)
        if isinstance(node, yaml.MappingNode) and kind == "map":
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode) and kind == "seq":
            return [self.value(item, depth + 1) for item in node.value]
        if isinstance(node, yaml.ScalarNode) and kind in _SCALARS:
            return _SCALARS[kind](self, node)
        raise self.error(node, f"{shown(node.tag.replace(_TAG, '!!'))} is not read here", "values without a tag")

    def _mapping(self, node: yaml.MappingNode, depth: int) -> Lines:
        import yaml

        found = Lines()
        found.line = node.start_mark.line + 1
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                what = "list" if isinstance(key_node, yaml.SequenceNode) else "mapping"
                raise self.error(key_node, f"a {what} stands where a key belongs", "keys that are words")
            if key_node.tag == f"{_TAG}merge":
                raise self.error(key_node, "'<<' is not read here", "each key written out")
            key = self.value(key_node, depth + 1)
            if not isinstance(key, str):
                raise self.error(
                    key_node, f"the key {shown(key_node.value)} is not a word", "keys that are words, or text in quotes"
                )
            if key in found:
                raise self.error(key_node, f"{shown(key)} stands twice")
            found[key] = self.value(value_node, depth + 1)
        return found

    def text(self, node: yaml.ScalarNode) -> str:
        return str(node.value)

    def nothing(self, node: yaml.ScalarNode) -> None:  # noqa: ARG002 - one signature for all kinds
        return None

    def truth(self, node: yaml.ScalarNode) -> bool:
        word = str(node.value)
        if word.lower() in {"true", "false"}:
            return word.lower() == "true"
        # A lawyer who writes NO means Norway.
        taken = "true" if word.lower() in {"yes", "on", "y"} else "false"
        raise self.error(node, f"{word} without quotes, which YAML takes for {taken}", f"{word!r} in quotes")

    def whole(self, node: yaml.ScalarNode) -> int:
        written = str(node.value)
        if len(written) > 2 * _MOST_DIGITS:
            raise self.error(node, f"{shown(written)} is too long for a number", f"up to {_MOST_DIGITS} digits")
        if not _WHOLE.fullmatch(written):
            raise self.error(
                node, f"{written} is read by YAML in another base than ten",
                "decimal digits without a zero before them, such as 1000000; or text in quotes",
            )  # fmt: skip
        number = int(written.replace("_", ""))
        if len(str(abs(number))) > _MOST_DIGITS:
            raise self.error(node, f"{shown(written)} is too long for a number", f"up to {_MOST_DIGITS} digits")
        return number

    def real(self, node: yaml.ScalarNode) -> float:
        written = str(node.value)
        if written in _ENDLESS:
            return float("inf")
        if len(written) > 2 * _MOST_DIGITS or not _FLOAT.fullmatch(written):
            raise self.error(node, f"{shown(written)} is not a plain number", "decimal digits, or text in quotes")
        return float(written)

    def day(self, node: yaml.ScalarNode) -> dt.date | str:
        written = str(node.value)
        parts = _DAY.fullmatch(written)
        if parts is None:
            return written  # a moment: what needs a day says so
        try:
            return dt.date(*(int(part) for part in parts.groups()))
        except ValueError as error:
            raise self.error(
                node, f"{written} is not a day of the calendar", "a day such as 2017-06-01, without quotes"
            ) from error


_SCALARS: dict[str, Callable[[_Walk, Any], Any]] = {
    "str": _Walk.text,
    "null": _Walk.nothing,
    "bool": _Walk.truth,
    "int": _Walk.whole,
    "float": _Walk.real,
    "timestamp": _Walk.day,
}
