"""Parts of pages that kinds of study hand to one another: what data cannot answer, and whole sections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pilotzone.report.figure import Figure

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["Limit", "Section", "limits_line"]


@dataclass(frozen=True)
class Limit:
    """Something these data cannot answer, and where that is known from.

    Attributes
    ----------
    text
        One or two sentences.
    origin
        ``evidence`` for a caveat of a series, ``study`` for a line of the study file.
    source
        Series, citation or file it comes from; may be empty.
    brief
        The same in a few words; empty where there are none.
    remedy
        Figures that would take it away, as a noun phrase; empty where none are known of.
    """

    text: str
    origin: str
    source: str = ""
    brief: str = ""
    remedy: str = ""


def limits_line(limits: Iterable[Limit]) -> str:
    """Return what these data cannot answer, in a few words each; empty where nothing is left to say.

    What some figures would take away stands where it is said which figures.
    """
    told = [limit.brief or limit.text.rstrip(".") for limit in limits if not limit.remedy]
    return f"What these data cannot answer: {'; '.join(told)}." if told else ""


@dataclass(frozen=True, eq=False)
class Section:
    """What stands of one study in the report of another.

    Attributes
    ----------
    id
        Identifier of the section; ids of everything in it begin with it.
    heading
        What it is about.
    body
        Its HTML, heading included, as a template made it: text from data in it is escaped.
    figures
        Charts that the body shows.
    shapes
        Shapes that their maps need, by code.
    links
        Anchor and words of each entry for the page's contents.
    """

    id: str
    heading: str
    body: Markup
    figures: Sequence[Figure] = ()
    shapes: Mapping[str, Any] = field(default_factory=dict)
    links: Sequence[tuple[str, str]] = ()
