"""What the lab and its workers say to one another; all of it can be pickled."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

__all__ = ["KEPT", "LAST", "Event", "Order", "Told", "What"]

Event = Literal["ready", "stage", "answer", "charts", "whole", "written", "verified", "atlas", "failed", "stopped"]
What = Literal["look", "write", "verify", "atlas"]

LAST = frozenset({"failed", "stopped", "whole", "written", "verified", "atlas"})
"""Events after which nothing more comes of an order."""
KEPT = frozenset({"whole", "atlas"})
"""Those of them whose order is answered again by what was said."""


@dataclass(frozen=True)
class Order:
    """Something that a worker is to do.

    Attributes
    ----------
    number
        Number of the order; all that is told of it carries this number.
    what
        ``look``: run a study and show it. ``write``: run a study file of the folder into a folder of its own.
        ``verify``: compute a run anew. ``atlas``: map a series of a study.
    name, text, kind
        Name, text and kind of the study to look at, and its file; an empty text stands for the bundled study of that
        name.
    folder
        Folder that relative paths start from, or the study file, or the run.
    out
        Where to write to.
    series
        Of the map; empty for the one to begin with.
    shapes
        File of shapes for the map, in place of the study's; ``None`` for those.
    key
        Hash of a study to be looked at and of all that it reads; empty where its result is not to be kept.
    """

    number: int
    what: What
    name: str = ""
    text: str = ""
    kind: str = ""
    folder: Path = field(default_factory=Path)
    out: Path = field(default_factory=Path)
    series: str = ""
    shapes: Path | None = None
    key: str = ""


@dataclass(frozen=True)
class Told:
    """What a worker says of an order.

    Attributes
    ----------
    number
        Number of the order.
    event
        What happened; those of `LAST` are the last of an order.
    data
        What goes to the page.
    key
        Hash of the study and of what was read for it, with the last part of a result; empty where it is not kept.
    """

    number: int
    event: Event
    data: dict[str, Any] = field(default_factory=dict)
    key: str = ""

    @property
    def last(self) -> bool:
        """Whether nothing more comes of the order."""
        return self.event in LAST
