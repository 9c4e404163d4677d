"""A doubt about figures: what is found where, what follows, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from pilotzone.core import MethodError, listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

__all__ = [
    "AcceptableKind",
    "AcceptedFigures",
    "Doubt",
    "DoubtFollows",
    "DoubtKind",
    "accepting",
    "left_out_for",
    "refuse_doubts",
]

DoubtKind = Literal[
    "does not vary", "not measured", "carried forward", "interpolated", "jump", "same figures", "empty cell"
]
"""What is found: one figure for all periods, every unit as the period before, one unit so, equal growth, a factor of
1,000, a unit entered twice, and a missing figure that takes a donor away."""

AcceptableKind = Literal["not measured", "carried forward", "interpolated", "jump", "same figures"]
"""What may be accepted all the same: a missing figure stays missing, and one figure in all periods shows no effect."""

DoubtFollows = Literal["refused", "left out", "counted once", "accepted", "remarked"]
"""What follows from it."""

_MOST_TOLD = 3


@dataclass(frozen=True)
class AcceptedFigures:
    """Figures known to be right although they look as if they were not measured.

    Attributes
    ----------
    kind, series
        Kind and series of the doubt that they would raise.
    why
        How that is known.
    units
        Whose figures; empty means all.
    """

    kind: AcceptableKind
    series: str
    why: str
    units: tuple[str, ...] = ()

    def covers(self, found: Doubt) -> bool:
        """Whether a doubt is about these figures and no others."""
        whose = not self.units or (bool(found.units) and set(found.units) <= set(self.units))
        return whose and (found.kind, found.series) == (self.kind, self.series)


@dataclass(frozen=True)
class Doubt:
    """Figures that cannot be taken as measured.

    Attributes
    ----------
    kind, follows
        What is found, and what follows from it.
    series
        The series, or the outcome.
    units
        Units concerned; empty means all.
    first, last
        First and last period concerned.
    detail
        Factor of a jump, or what empty cells cost.
    design
        Name of the design that it concerns alone; empty for the main one.
    twins
        For units entered twice, the unit of the same figures that is kept, one for each.
    why
        Why the figures are accepted, where they are.
    """

    kind: DoubtKind
    follows: DoubtFollows
    series: str
    units: tuple[str, ...]
    first: int
    last: int
    detail: str = ""
    design: str = ""
    twins: tuple[str, ...] = ()
    why: str = ""

    def told(self, label: Callable[[str], str] = str, most: int = _MOST_TOLD) -> str:
        """Return it as a sentence.

        Parameters
        ----------
        label
            From a unit to the words for it.
        most
            Units named at most.

        Examples
        --------
        >>> print(Doubt("carried forward", "left out", "smoke", ("B",), 2013, 2019).told())
        smoke of B: the figure of 2013 stands until 2019; left out.
        """
        names = listing([label(unit) for unit in self.units], most=most)
        pairs = listing([f"{label(a)} and {label(b)}" for a, b in zip(self.twins, self.units, strict=False)], most=most)
        when = str(self.first) if self.first == self.last else f"{self.first} to {self.last}"
        words: dict[DoubtKind, str] = {
            "does not vary": f"{self.series} of {names} has one figure in all periods from {when}",
            "not measured": f"{self.series}, {when}: every unit has the figure of the period before",
            "carried forward": f"{self.series} of {names}: the figure of {self.first} stands until {self.last}",
            "interpolated": f"{self.series} of {names}, {when}: growth is equal throughout, as if interpolated",
            "jump": f"{self.series} of {names}, {when}: {self.detail}, as by a slip of units",
            "same figures": f"the same figures stand under two names: {pairs}",
            "empty cell": f"{self.series} of {names} is missing in {when}: {self.detail}",
        }
        head = f"{self.design}: " if self.design else ""
        silent = self.follows in {"refused", "accepted", "remarked"} or self.kind == "empty cell"
        tail = "" if silent else f"; {self.follows}"
        return f"{head}{words[self.kind]}{tail}."

    def record(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "kind": self.kind,
            "follows": self.follows,
            "series": self.series,
            "units": list(self.units),
            "first": self.first,
            "last": self.last,
            "detail": self.detail or None,
            "twins": list(self.twins),
            "design": self.design or None,
            "accepted_because": self.why or None,
        }


def accepting(found: Iterable[Doubt], accepted: Sequence[AcceptedFigures]) -> Iterator[Doubt]:
    """Yield doubts, those of figures that are accepted with the reason."""
    for item in found:
        reasons = [figures.why for figures in accepted if figures.covers(item)]
        yield replace(item, follows="accepted", why=reasons[0]) if reasons else item


def left_out_for(found: Iterable[Doubt]) -> dict[str, str]:
    """Return the units that what was found excludes as donors, each with the reason, but for empty cells."""
    reasons: dict[str, str] = {}
    for item in found:
        if item.kind == "carried forward" and item.follows == "left out":
            words = f"{item.series} of {item.first} carried forward to {item.last}"
            reasons |= {unit: words for unit in item.units if unit not in reasons}
        if item.kind == "same figures" and item.follows == "counted once":
            pairs = zip(item.units, item.twins, strict=True)
            reasons |= {unit: f"entered twice: the same figures as {twin}" for unit, twin in pairs}
    return reasons


_ALLOWED: Mapping[DoubtKind, str] = {
    "does not vary": "an outcome of the zone that differs between periods",
    "not measured": "figures that were measured, in the window and in the last period before it",
    "carried forward": "figures that were measured, in the window and in the last period before it",
    "interpolated": "a window with figures that were measured",
    "jump": "figures in one unit of measure",
    "same figures": "zones that differ from one another",
}
_TODO: Mapping[DoubtKind, str] = {
    "does not vary": "study another outcome, or give figures with more digits",
    "not measured": "end the window where the figures end, and leave cells empty that were not measured",
    "carried forward": "end the window where the figures end, and leave cells empty that were not measured",
    "interpolated": "bring the figures that were measured, or shorten the window",
    "jump": "correct the figures of these periods",
    "same figures": "name one of them",
}


def refuse_doubts(found: Iterable[Doubt], label: Callable[[str], str] = str, *, file: bool = False) -> None:
    """Refuse figures from which nothing can be said of the zone.

    Parameters
    ----------
    found
        All doubts; those that are refused count.
    label
        From a unit to the words for it.
    file
        Whether a study file can accept the figures, so that the error says how.

    Raises
    ------
    MethodError
        One, naming series, units and periods.
    """
    refused = [item for item in found if item.follows == "refused"]
    if not refused:
        return
    told = " ".join(item.told(label) for item in refused[:_MOST_TOLD])
    more = f" And {len(refused) - _MOST_TOLD} more." if len(refused) > _MOST_TOLD else ""
    kind, todo = refused[0].kind, _TODO[refused[0].kind]
    if file and kind in get_args(AcceptableKind):
        table = f'[[accepted_figures]] with series = "{refused[0].series}", kind = "{kind}" and why = "..."'
        todo += f"; or, if you know that they are right, accept them and say why: {table}"
    raise MethodError(f"the effect cannot be assessed. {told}{more}", allowed=_ALLOWED[kind], todo=todo)
