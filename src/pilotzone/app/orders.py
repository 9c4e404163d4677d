"""What the lab and its workers say to one another; all of it can be pickled."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

__all__ = ["Event", "Order", "Told"]

Event = Literal["ready", "stage", "answer", "charts", "whole", "written", "verified", "failed", "stopped"]


@dataclass(frozen=True)
class Order:
    """Something that a worker is to do.

    Attributes
    ----------
    number
        Number of the order; all that is told of it carries this number.
    what
        ``look``: run a study and show it. ``write``: run a study file of the folder into a folder of its own.
        ``verify``: compute a run anew.
    name, text, kind
        Name, text and kind of the study to look at, and its file; an empty text stands for the bundled study of that
        name.
    folder
        Folder that relative paths start from, or the study file, or the run.
    out
        Where to write to.
    """

    number: int
    what: Literal["look", "write", "verify"]
    name: str = ""
    text: str = ""
    kind: str = ""
    folder: Path = field(default_factory=Path)
    out: Path = field(default_factory=Path)


@dataclass(frozen=True)
class Told:
    """What a worker says of an order.

    Attributes
    ----------
    number
        Number of the order.
    event
        What happened; ``failed``, ``stopped``, ``whole``, ``written`` and ``verified`` are the last of an order.
    data
        What goes to the page.
    """

    number: int
    event: Event
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def last(self) -> bool:
        """Whether nothing more comes of the order."""
        return self.event in {"failed", "stopped", "whole", "written", "verified"}
