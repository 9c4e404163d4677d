"""What made a run, beside what recomputes it: versions, form of the folder, kind of processor, engine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError, listing, shown
from pilotzone.study.runs.audit import FORMAT, version, versions
from pilotzone.study.runs.differences import ABSENT, RELATIVE, Difference
from pilotzone.study.runs.standing import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pilotzone.study.runs.kind import Kind
    from pilotzone.study.runs.reading import Known
    from pilotzone.study.runs.trail import RunFolder

__all__ = ["Makers", "made_otherwise", "named_beside", "named_kind"]

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


def named_kind(run: RunFolder, kinds: Known) -> Kind[Any, Any]:
    """Return the kind of study that the audit trail of a run names.

    Raises
    ------
    DataError
        If no kind has that name.
    """
    name = run.audit.get("kind")
    if not isinstance(name, str) or name not in kinds:
        raise DataError(
            f"audit.json of {run.shown!r} is of the kind {shown(name)}, which is not known.",
            allowed="the file as 'pilotzone run' wrote it",
        )
    return kinds[name]


def made_otherwise(run: RunFolder, kinds: Known) -> tuple[str, str] | None:
    """Return who made a run whose files or numbers are others than this version's, in words.

    Parameters
    ----------
    run
        Folder of the run.
    kinds
        All kinds of study.

    Returns
    -------
    tuple of str, or None
        What made it and in what it differs, and how a sentence calls that maker again; ``None`` where the run has the
        form and the numbers of this version.

    Notes
    -----
    Before a version is published its form and its numbers may change, and records keep the name of the version: a run
    of the same version is told to come from another state of it.
    """
    differs = _form_differs(run.audit) or _numbers_differ(run.audit, kinds)
    if differs is None:
        return None
    then, now, what = differs
    maker = run.strings("versions").get("pilotzone", "another version")
    if maker != version():
        return f"pilotzone {shown(maker)[1:-1]}, {what}", "that version"
    known = isinstance(then, int) and not isinstance(then, bool)
    state = "another state" if not known else "an earlier state" if then < now else "a later state"
    return f"{state} of the installed version, pilotzone {maker}, {what}", "that state"


def _form_differs(audit: Mapping[str, Any]) -> tuple[Any, int, str] | None:
    then = audit.get("format")
    return None if then == FORMAT else (then, FORMAT, "which writes runs in another form")


def _numbers_differ(audit: Mapping[str, Any], kinds: Known) -> tuple[Any, int, str] | None:
    """Return the number of the first kind whose numbers meant something else, the number now, and that in words."""
    name = audit.get("kind")
    told = [(name, audit.get("statistics"))] if isinstance(name, str) else []
    told += [(key, part.get("statistics")) for key, part in named_beside(audit)]
    for key, then in told:
        if key in kinds and then != kinds[key].statistics:
            return then, kinds[key].statistics, f"in which numbers of {kinds[key].word} meant something else"
    return None


def named_beside(audit: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what an audit trail, which anybody may have written, says of studies beside and below them, with the kind.

    Those that are deeper down than a run writes them are left out.
    """
    parts: list[Mapping[str, Any]] = [audit]
    for _ in range(DEEPEST):
        named = [part["beside"] for part in parts if isinstance(part.get("beside"), dict)]
        found = [(name, part) for every in named for name, part in every.items() if isinstance(part, dict)]
        yield from found
        parts = [part for _, part in found]
