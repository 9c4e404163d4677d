"""What made a run, beside what recomputes it: versions, kind of processor, engine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pilotzone.core import listing
from pilotzone.study.runs.audit import versions
from pilotzone.study.runs.differences import ABSENT, RELATIVE, Difference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pilotzone.study.runs.kind import Kind

__all__ = ["Makers"]

_MACHINE = ("platform", "processor")
_FORMS = {
    "platform": re.compile(r"[a-z0-9]{1,20} [\w-]{1,20}"),
    "processor": re.compile(r"[\w.-]{1,40}( [\w.-]{1,40}){0,40}"),
}
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+!_-]{0,60}")
_PAGES = ("pilotzone", "jinja2", "altair", "python")
"""What the text of a page depends on, besides its numbers."""


class Makers:
    """What made a run, and what recomputes it.

    Parameters
    ----------
    then
        Versions as the run's audit trail has them.
    kinds
        Kinds of the run and of what stands beside it: they say which libraries matter.
    """

    def __init__(self, then: Mapping[str, str], kinds: Sequence[Kind[Any, Any]]) -> None:
        self.then = dict(then)
        optional = dict.fromkeys(name for kind in kinds for name in kind.optional)
        self.now = versions(kinds, [name for name in optional if name in self.then])
        self.engines: tuple[str, str] | None = None

    def same(self, name: str) -> bool:
        """Whether a library is of the same version."""
        return self.then.get(name) == self.now.get(name)

    @property
    def same_pages(self) -> bool:
        """Whether all that pages are made by is of the same version."""
        return all(map(self.same, _PAGES))

    @property
    def differ(self) -> bool:
        """Whether anything is another, so that the last digits of numbers may be."""
        return self.then != self.now or self.engines is not None

    def read_by(self, then: str, now: str) -> None:
        """Take note of the engines that read the panel."""
        if then != now:
            self.engines = (then, now)

    def faults(self, file: str) -> list[Difference]:
        """Return entries that no run of this version writes."""
        found = []
        for name, text in self.then.items():
            form = _FORMS.get(name, _VERSION)
            if (self.same("pilotzone") and name not in self.now) or not form.fullmatch(text):
                found.append(Difference(file, f"versions.{name}", "word", text, self.now.get(name, ABSENT)))
        if self.same("pilotzone"):
            gone = [name for name in self.now if name not in self.then]
            found += [Difference(file, f"versions.{name}", "word", ABSENT, self.now[name]) for name in gone]
        return found

    def remarks(self) -> list[str]:
        """Return what is another, in words, and what that means."""
        told = []
        names = [name for name in dict.fromkeys((*self.now, *self.then)) if not self.same(name)]
        libraries = [self._told(name) for name in names if name not in _MACHINE]
        if libraries:
            told.append(f"Other versions: {listing(libraries)}.")
        machine = [self._told(name) for name in names if name in _MACHINE]
        if machine:
            told.append(f"Another kind of machine: {listing(machine)}.")
        if self.engines is not None:
            told.append("The panel was read by {} then, and by {} now.".format(*self.engines))
        if told:
            told.append(
                f"So numbers are compared to {RELATIVE:.0e} of their size and not by bytes; words are the same."
            )
        return told

    def _told(self, name: str) -> str:
        return f"{name} {self.then.get(name, 'none')} then, {self.now.get(name, 'none')} now"
