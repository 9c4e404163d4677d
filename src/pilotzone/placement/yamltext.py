"""Reading YAML that anybody may have written, each value with its line.

An alias repeats what it stands for without a copy, so that a file of a few lines can mean more than any memory holds;
lists may nest deeper than Python calls, or hold themselves. YAML takes ``NO`` for false, ``010`` for eight and ``1:30``
for ninety. All of that is refused before anything is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from pilotzone.core import StudyError, first_line, shortened, shown

if TYPE_CHECKING:
    from yaml import Loader, MappingNode, Node, SafeLoader

__all__ = ["Lines", "parse_yaml"]

_DEEPEST = 20
"""Levels of lists and mappings; a rule book has six."""
_LONGEST = 40
"""Signs of a number or a day; long numbers to the base of 60 take the square of their length."""
_MOST_VALUES = 100_000
"""Values of a file, each counted as often as aliases repeat it."""
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:_[0-9]{3})+)")
_REAL = re.compile(r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]{1,2})?|\.(?:inf|Inf|INF)")


class Lines(dict[Hashable, Any]):
    """A mapping that knows the line it stands on."""

    line: int = 0


def parse_yaml(text: str, what: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what a YAML file holds: mappings as `Lines`, and plain data.

    Parameters
    ----------
    text
        Text of the file.
    what
        Whose it is, as errors begin: ``"rule book 'my-book'"``.

    Raises
    ------
    StudyError
        If it is not YAML, a key stands twice or is not a single value, or it nests or repeats without measure.
    """
    import yaml

    try:
        loader = _loader()(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _Measure().take(node)
        return loader.construct_document(node)
    except _RefusedError as refusal:
        raise StudyError(f"{what}, line {refusal.line}: {refusal}.", allowed=refusal.allowed) from refusal.__cause__
    except yaml.YAMLError as error:
        raise StudyError(f"{what}{_where(error, text)}: it is not valid YAML, {_problem(error)}.") from error


_KINDS = {
    "tag:yaml.org,2002:timestamp": "a day",
    "tag:yaml.org,2002:int": "a number that anything here can count with",
    "tag:yaml.org,2002:float": "a number that anything here can count with",
}


class _RefusedError(Exception):
    """What is wrong with a value, and on which line."""

    def __init__(self, line: int, what: str, allowed: str | None = None) -> None:
        super().__init__(what)
        self.line = line
        self.allowed = allowed


def _loader() -> type[Loader]:
    """Return a safe loader that keeps lines and refuses what stands twice."""
    import yaml

    class Reader(yaml.SafeLoader):
        depth = values = 0

        def compose_node(self, parent: Node | None, index: Any) -> Node | None:  # noqa: ANN401 - PyYAML's signature
            self.depth += 1
            self.values += 1
            if self.values > _MOST_VALUES:
                raise _many(self.here())
            if self.depth > _DEEPEST:
                raise _RefusedError(self.here(), f"it nests more than {_DEEPEST} deep")
            node: Node | None = super().compose_node(parent, index)
            self.depth -= 1
            return node

        def here(self) -> int:
            return int(self.peek_event().start_mark.line) + 1  # type: ignore[no-untyped-call]

        def construct_object(self, node: Node, deep: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - as above
            if node.tag in _KINDS and len(node.value) > _LONGEST:
                raise _RefusedError(_line(node), f"{shown(node.value)} is not {_KINDS[node.tag]}")
            _as_meant(node)
            try:
                found = super().construct_object(node, deep)
                return found.encode().decode() if isinstance(found, str) else found
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
                # What looks like a day or a number and is none, has a tag that it does not go with, or escapes that are
                # half a sign each, which is not a text.
                value = shown(node.value) if isinstance(node.value, str) else "a list or a mapping"
                problem = f"{value} is not {_KINDS.get(node.tag, 'what its tag says')}"
                a_day = node.tag == "tag:yaml.org,2002:timestamp"
                allowed = "days of the calendar, such as 2017-06-01; " if a_day else ""
                raise _RefusedError(_line(node), problem, f"{allowed}text in quotes, where text is meant") from error

    Reader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
    return Reader  # type: ignore[return-value] # the parts of a loader that are used here are those of both


def _as_meant(node: Node) -> None:
    """Raise where YAML makes something else of a value than what a reader sees."""
    kind, written = node.tag.removeprefix("tag:yaml.org,2002:"), node.value
    if kind == "bool" and isinstance(written, str) and written.lower() not in {"true", "false"}:
        # A lawyer who writes NO means Norway.
        taken = "true" if written.lower() in {"yes", "on"} else "false"
        raise _RefusedError(
            _line(node),
            f"{shortened(written)} without quotes, which YAML takes for {taken}",
            f"{shown(written)} in quotes",
        )
    if (kind == "int" and not _WHOLE.fullmatch(written)) or (kind == "float" and not _REAL.fullmatch(written)):
        raise _RefusedError(
            _line(node), f"{shortened(written)} is not a number to the base of ten",
            "decimal digits without a zero before them, such as 1000000; text in quotes, where text is meant",
        )  # fmt: skip
    if kind == "merge":
        raise _RefusedError(_line(node), "'<<' is not read here", "each key written out")


def _mapping(loader: SafeLoader, node: MappingNode) -> Lines:
    found = Lines()
    found.line = _line(node)
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise _RefusedError(_line(key_node), "a key is a list or a mapping", "keys of one word")
        if key in found:
            raise _RefusedError(_line(key_node), f"{shown(key)} stands twice")
        found[key] = loader.construct_object(value_node, deep=True)
    return found


class _Measure:
    """Counts values as often as they are meant, without following an alias twice."""

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}

    def take(self, node: Node) -> int:
        """Return how many values a node means, itself included."""
        known = self.sizes.get(id(node))
        if known is not None:
            if known == 0:
                raise _RefusedError(_line(node), "it holds itself", "values that end")
            return known
        self.sizes[id(node)] = 0
        parts = [] if isinstance(node.value, str) else list(node.value)
        inner = [item for part in parts for item in (part if isinstance(part, tuple) else (part,))]
        size = 1 + sum(map(self.take, inner))
        if size > _MOST_VALUES:
            raise _many(_line(node))
        self.sizes[id(node)] = size
        return size


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _many(line: int) -> _RefusedError:
    return _RefusedError(line, f"it means more than {_MOST_VALUES:,} values", "fewer values, and fewer aliases")


def _where(error: Exception, text: str) -> str:
    mark, position = getattr(error, "problem_mark", None), getattr(error, "position", None)
    if mark is not None:
        return f", line {mark.line + 1}"
    return f", line {1 + text.count(chr(10), 0, position)}" if isinstance(position, int) else ""


def _problem(error: Exception) -> str:
    return shortened(first_line(getattr(error, "problem", None) or getattr(error, "reason", None) or error), most=200)
