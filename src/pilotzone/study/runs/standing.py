"""What stands beside a study, and what that rests on in turn: all the studies of one run, each with the way to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.core import StudyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.study.runs.kind import Study

__all__ = ["DEEPEST", "Standing", "Way", "place_of", "standing"]

DEEPEST = 2
"""Levels below the first study: what stands beside it, and what that rests on."""


@dataclass(frozen=True)
class Standing:
    """A study of a run that is not its first one.

    Attributes
    ----------
    way
        Kinds from the first study down to it: ``("transfer", "panel")``.
    study
        The study.
    """

    way: tuple[str, ...]
    study: Study[Any]

    @property
    def name(self) -> str:
        """What it is called in the audit trail and among stages; kinds and parts of inputs hold no point."""
        return ".".join(self.way)

    @property
    def nested(self) -> bool:
        """Whether it stands beside a study that stands beside another one."""
        return len(self.way) > 1


def standing(study: Study[Any]) -> tuple[Standing, ...]:
    """Return all studies of a run but the first one, each after those that it rests on: the order in which they run."""
    return tuple(item for name, other in study.beside.items() for item in _with_sources((name,), other))


def _with_sources(way: tuple[str, ...], study: Study[Any]) -> Iterator[Standing]:
    for name, other in study.sources.items():
        yield from _with_sources((*way, name), other)
    yield Standing(way, study)


@dataclass(frozen=True)
class Way:
    """How a study was come to, from the first one down to itself.

    Attributes
    ----------
    names
        Names of the studies.
    kinds
        Kinds of all but the first.
    met
        Kind and place of each study: a file without links, or the name of a bundled study.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    met: tuple[tuple[str, str], ...]

    @property
    def told(self) -> str:
        """How errors say where the study is."""
        return place_of(self.names[0], self.kinds)

    def down(self, kind: str, name: str, place: str) -> Way:
        """Return the way to a study that this one names.

        Raises
        ------
        StudyError
            If it was met on the way.
        """
        found = Way((*self.names, name), (*self.kinds, kind), (*self.met, (kind, place)))
        if (kind, place) in self.met:
            by = self.names[-1]
            raise StudyError(
                f"{found.told}: {name!r} stands beside {by!r}, and {by!r} beside {name!r}.",
                allowed="studies that do not name one another in a circle",
                todo=f"take {by!r} out of [beside] of {name!r}, and run {by!r} by itself: its report shows both",
            )
        return found

    def too_deep(self, kind: str) -> StudyError:
        """Return that the study rests on one that is too far down."""
        first, own = self.names[0], self.names[-1]
        return StudyError(
            f"{place_of(first, (*self.kinds, kind))}: {own!r} rests on it, {DEEPEST + 1} levels below {first!r}.",
            allowed=f"{DEEPEST} levels: what stands beside a study, and what that rests on",
            todo=f"take {self.names[1]!r} out of [beside] of {first!r}, and run {self.names[1]!r} by itself",
        )


def place_of(name: str, way: tuple[str, ...]) -> str:
    """Return how errors say where a study stands.

    Parameters
    ----------
    name
        Name of the first study.
    way
        As in `Standing`.

    Examples
    --------
    >>> place_of("mine", ("transfer", "panel"))
    "study 'mine', beside.transfer, beside.panel"
    """
    return ", ".join([f"study {name!r}", *(f"beside.{kind}" for kind in way)])
