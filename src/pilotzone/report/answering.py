"""The answer of a study as every first screen has it: what, how strong, why not more, what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.report.formatting import and_list
from pilotzone.report.lines import LineWriter
from pilotzone.report.section import limits_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pilotzone.report.lines import Line
    from pilotzone.report.section import Limit

__all__ = ["Answer", "answer_lines", "answer_screen", "answer_texts", "assumption_names", "limits_screen"]

_NAMED = 5
"""Assumptions that a sentence names; of more it gives the number."""


@dataclass(frozen=True)
class Answer:
    """The answer of a study, in sentences: the same on the terminal and at the head of the report.

    Attributes
    ----------
    label
        The answer in a few words, in lower case apart from names.
    said
        What can be said.
    strength
        How strong that is; empty where nothing measures it.
    why
        Why not more can be said; empty where nothing stands against it.
    changes
        What would change the answer.
    """

    label: str
    said: tuple[str, ...]
    strength: str = ""
    why: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


def answer_lines(writer: LineWriter, title: str, answer: Answer) -> None:
    """Write an answer at the head of a screen.

    Parameters
    ----------
    writer
        It is written to.
    title
        Title of the study.
    answer
        The answer.
    """
    writer.add("label", f"{title}: {answer.label.upper()}")
    for text in answer_texts(answer):
        writer.add("sentence", text)


def answer_screen(title: str, answer: Answer, width: int) -> list[Line]:
    """Return an answer as the head of a screen of so many columns; fewer than 40 are treated as 40."""
    writer = LineWriter(width)
    answer_lines(writer, title, answer)
    return list(writer.lines)


def limits_screen(limits: Iterable[Limit], width: int) -> list[Line]:
    """Return what data cannot answer as the foot of a screen, as `answer_screen` does; empty where nothing is left."""
    writer = LineWriter(width)
    if text := limits_line(limits):
        writer.add("limit", text)
    return list(writer.lines)


def answer_texts(answer: Answer) -> list[str]:
    """Return an answer as paragraphs, its label apart: what can be said, then each part that it has, with its head."""
    parts = (
        ("How strong", (answer.strength,) if answer.strength else ()),
        ("Why not more", answer.why),
        ("What would change this answer", answer.changes),
    )
    return [" ".join(answer.said), *(f"{head}: {' '.join(texts)}" for head, texts in parts if texts)]


def assumption_names(names: Iterable[str]) -> str:
    """Return assumptions by their names in words, each once; of more than five the first four and how many are left.

    Examples
    --------
    >>> assumption_names(["round trip at no distance", "PUE", "PUE"])
    'round trip at no distance and PUE'
    >>> assumption_names("abcdef")
    'a, b, c, d and 2 more'
    """
    words = list(dict.fromkeys(names))
    if len(words) > _NAMED:
        words = [*words[: _NAMED - 1], f"{len(words) - _NAMED + 1} more"]
    return and_list(words)
