"""The answer of a study as every first screen has it: what, how strong, why not more, what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotzone.report.lines import LineWriter

__all__ = ["Answer", "answer_lines"]


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
    writer.add("sentence", " ".join(answer.said))
    for head, texts in (
        ("How strong", (answer.strength,) if answer.strength else ()),
        ("Why not more", answer.why),
        ("What would change this answer", answer.changes),
    ):
        if texts:
            writer.add("sentence", f"{head}: {' '.join(texts)}")
