"""Write docs/reference/api.md from the docstrings of the public names: ``python tools/api_reference.py [--check]``."""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from pathlib import Path

import pilotzone as pz
from pilotzone.core import Result

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "api.md"
HEAD = """\
# Public names, from their docstrings

Written by `python tools/api_reference.py`; edit the docstrings instead. [The names for Python](python.md) has the
shorter list with examples.
"""
_SECTION = re.compile(r"^(?P<name>[A-Z][\w ]+)\n-{3,}$", re.MULTILINE)
_ENTRIES = {"Parameters", "Attributes", "Returns", "Raises", "Yields"}
_LITERAL, _CODE = re.compile(r"``([^`]+)``"), r"`\1`"


def target(name: str) -> object:
    """Return what a public name stands for; two are rooms that can be called like a function of theirs."""
    if name == "evaluate":
        from pilotzone.evaluation.many import evaluate

        return evaluate
    found: object = getattr(pz, name)
    return getattr(found, "judge", found) if name == "judge" else found


def signature(name: str, thing: object) -> str:
    """Return how a function or class is called, one parameter a line where it does not fit in one."""
    if not callable(thing):
        return name
    call = inspect.signature(thing)
    parts: list[str] = []
    for parameter in call.parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        parts.append(_parameter(parameter))
    back = "" if isinstance(thing, type) else f" -> {call.return_annotation}"
    line = f"{name}({', '.join(parts)}){back}"
    if len(line) <= 100:  # noqa: PLR2004 - columns
        return line
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + f"){back}"


def _parameter(parameter: inspect.Parameter) -> str:
    text = parameter.name
    if parameter.annotation is not parameter.empty:
        text += f": {parameter.annotation}"
    if parameter.default is not parameter.empty:
        text += f" = {parameter.default!r}"
    return text


def paragraphs(text: str) -> str:
    """Return running text: literals as code, examples fenced."""
    blocks = []
    for block in text.strip().split("\n\n"):
        if block.lstrip().startswith(">>>"):
            blocks.append(f"```pycon\n{textwrap.dedent(block)}\n```")
        else:
            blocks.append(_LITERAL.sub(_CODE, block))
    return "\n\n".join(blocks)


def entries(text: str) -> str:
    """Return a section's entries as a list: each name with what is said of it."""
    found: list[list[str]] = []
    for line in text.strip().splitlines():
        if line.strip() and not line.startswith(" "):
            found.append([])
        if line.strip():
            found[-1].append(line.strip())
    return "\n".join(
        f"- **{head.replace('``', '')}**" + (f": {_LITERAL.sub(_CODE, ' '.join(rest))}" if rest else "")
        for head, *rest in found
    )


def methods(thing: object) -> str:
    """Return a class's public methods and properties, its own and those of every result, each with its first line."""
    lines = []
    shared = vars(Result) if isinstance(thing, type) and issubclass(thing, Result) else {}
    for name, member in sorted({**shared, **vars(thing)}.items()):
        inner = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if name.startswith("_") or not (inspect.isfunction(inner) or isinstance(inner, property)):
            continue
        call = "" if isinstance(inner, property) else "()"
        lines.append(f"- `{name}{call}`: {_LITERAL.sub(_CODE, (inspect.getdoc(inner) or '').partition(chr(10))[0])}")
    return "\n".join(lines)


def described(name: str) -> str:
    """Return one name's part of the page."""
    thing = target(name)
    doc = inspect.getdoc(thing) or ""
    parts = _SECTION.split(doc)
    body = [f"## `pz.{name}`", f"```py\n{signature(name, thing)}\n```", paragraphs(parts[0])]
    for title, text in zip(parts[1::2], parts[2::2], strict=True):
        written = entries(text) if title in _ENTRIES else paragraphs(text)
        body += [f"**{title}**", written]
    listed = methods(thing) if inspect.isclass(thing) else ""
    body += ["**Methods and properties**", listed] if listed else []
    return "\n\n".join(part for part in body if part)


def page() -> str:
    """Return the whole page."""
    return HEAD + "\n" + "\n\n".join(described(name) for name in pz.__all__) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == page() else "docs/reference/api.md is not current")
    PAGE.write_text(page(), encoding="utf-8")
