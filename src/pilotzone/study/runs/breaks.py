"""Breaks in the series that a study compares over time: severe ones are refused by name, mild ones remarked.

A comparison over time takes figures of the fit and of the window as measured alike. Where a severe break lies between
them they are not, and what looks like an effect may be the break. So a study that spans one ends before anything is
estimated, unless its file accepts the break and says why. Units that are there for comparison alone are left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from pilotzone.core import Panel, StudyError, UsageError, in_frequency, listing, unknown
from pilotzone.report import and_list, break_periods, plain

if TYPE_CHECKING:
    from pilotzone.core import Break, Frequency, SeriesInfo
    from pilotzone.study.runs.fields import AcceptedSpec, BreakSpec

__all__ = [
    "Follows",
    "Spanned",
    "Use",
    "check_dates",
    "check_known",
    "check_names",
    "dated_break",
    "declared",
    "left_out",
    "reason",
    "refuse",
    "spanned",
    "taking_part",
]

Follows = Literal["refused", "accepted", "units left out", "remarked", "nothing"]
"""What follows from a break: nothing, where a study accepts one that it does not span."""

_MOST_TOLD = 6
_FEWEST_FITTED = 5
"""Fitted periods without which the check of the fit on held-out periods cannot be made."""


@dataclass(frozen=True)
class Use:
    """Figures of one series that a study compares over time.

    Attributes
    ----------
    what
        What they are, as the study file names it: ``outcome 'log_so2'``.
    info
        The series, with its breaks.
    first, last
        First and last period compared.
    about
        Units that the comparison is about, such as the zone.
    beside
        Units that are there for comparison alone and can be left out, such as donors.
    start
        First treated period; ``None`` where there are several.
    design
        Name of the design that compares so; empty for the main one.
    dates
        Units that the study is about, each with its first treated period: a policy that begins there then is what is
        studied, and no break there.
    fitted
        Periods before the start with figures of the units that it is about, where there is one start.
    """

    what: str
    info: SeriesInfo
    first: int
    last: int
    about: tuple[str, ...]
    beside: tuple[str, ...] = ()
    start: int | None = None
    design: str = ""
    dates: tuple[tuple[str, int], ...] = ()
    fitted: tuple[int, ...] = ()

    def breaks(self) -> list[Break]:
        """Return the breaks that these figures stand on both sides of."""
        units = {*self.about, *self.beside}
        return [
            item for item in self.info.breaks if item.within(self.first, self.last) and item.concerns(units, self.dates)
        ]

    def hit(self, found: Break) -> set[str]:
        """Return which units that can be left out a break concerns, and of no other."""
        return set() if found.concerns(self.about, self.dates) else set(found.regions).intersection(self.beside)


@dataclass(frozen=True)
class Spanned:
    """A break that a study compares across, and what follows.

    Attributes
    ----------
    found
        The break.
    follows
        What follows from it.
    series
        Series of the data that have it.
    uses
        What is compared across it.
    units
        Units that are left out for it.
    why
        Why it is accepted; empty where it is not.
    concerned
        Units of the study that it concerns; empty where it concerns all.
    """

    found: Break
    follows: Follows
    series: tuple[str, ...]
    uses: tuple[Use, ...] = field(repr=False)
    units: tuple[str, ...] = ()
    why: str = ""
    concerned: tuple[str, ...] = ()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What is compared across it, each once."""
        return tuple(dict.fromkeys(use.what for use in self.uses))

    def record(self) -> dict[str, object]:
        """Return it as plain data."""
        item = self.found
        return {
            "name": item.name,
            "kind": item.kind,
            "severity": item.severity,
            "first": item.first,
            "last": item.last,
            "regions": list(item.regions),
            "text": item.text,
            "source": None if item.source is None else item.source.title,
            "series": list(self.series),
            "outcomes": list(self.outcomes),
            "follows": self.follows,
            "left_out": list(self.units),
            "concerned": list(self.concerned),
            "accepted_because": self.why or None,
        }


def dated_break(spec: BreakSpec, frequency: Frequency) -> Break:
    """Return a break of a study file as one of data whose periods count something.

    Raises
    ------
    StudyError
        If its periods are of another kind.
    """
    found = spec.found()
    try:
        first, last = (in_frequency(item, frequency, f"breaks, {found.name!r}") for item in (found.first, found.last))
    except UsageError as error:
        raise StudyError(error.what, allowed=error.allowed, todo=error.todo) from None
    return replace(found, first=first, last=last)


def declared(panel: Panel, own: Sequence[BreakSpec], known: Iterable[str] = ()) -> Panel:
    """Return a panel whose series have the breaks that a study file declares, besides those they came with.

    Parameters
    ----------
    panel
        The data, nothing derived yet.
    own
        ``[[breaks]]`` of the study file.
    known
        Names of breaks that are taken.

    Raises
    ------
    StudyError
        If a series or a region is not in the data, a period is of another kind or outside the data, or a name is there
        twice.
    """
    check_names(own, {*known, *(item.name for info in panel.series.values() for item in info.breaks)})
    series = dict(panel.series)
    for spec in own:
        check_known(spec, "series", spec.series, series)
        check_known(spec, "regions", spec.regions, panel.units)
        found = dated_break(spec, panel.frequency)
        check_dates(found, [period for name in spec.series for period in _seen(panel, name)])
        for name in spec.series:
            breaks = sorted((*series[name].breaks, found), key=lambda item: (item.first, item.last, item.name))
            series[name] = replace(series[name], breaks=tuple(breaks))
    return replace(panel, series=series) if own else panel


def check_names(own: Sequence[BreakSpec], taken: Iterable[str]) -> None:
    """Refuse a name that two breaks have."""
    seen = set(taken)
    for spec in own:
        if spec.name in seen:
            raise StudyError(f"breaks: there are two called {spec.name!r}.", todo="give yours another name")
        seen.add(spec.name)


def check_known(spec: BreakSpec, key: str, named: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a series, or a region, that the data do not have."""
    names = list(known)
    for name in named:
        if name not in names:
            kind = "a series" if key == "series" else "a unit"
            told = f"breaks: {key} of {spec.name!r} names {name!r}, which is not {kind} of the data"
            raise unknown("series" if key == "series" else "unit", name, names, told=told, error=StudyError)


def check_dates(found: Break, periods: Sequence[int]) -> None:
    """Refuse a break that lies outside the figures of its series: it would be ignored in silence.

    Parameters
    ----------
    found
        The break.
    periods
        In which its series have figures.
    """
    first, last = min(periods, default=found.first), max(periods, default=found.last)
    if found.last < first or found.first > last:
        when = str(found.first) if found.first == found.last else f"{found.first} to {found.last}"
        raise StudyError(
            f"breaks: {found.name!r} is dated {when}, but its series have figures from {first} to {last}.",
            allowed=f"a break from {first} to {last}",
            todo="correct its date, or take the break out: a break outside the figures has no effect",
        )


def _seen(panel: Panel, name: str) -> list[int]:
    """Return the periods in which a series has a figure."""
    known = (panel.values[name] == panel.values[name]).any(axis=0)
    return [period for period, there in zip(panel.periods, known.tolist(), strict=True) if there]


def spanned(
    uses: Sequence[Use],
    series: Mapping[str, SeriesInfo],
    accepted: Sequence[AcceptedSpec] = (),
    known: Iterable[Break] = (),
) -> tuple[Spanned, ...]:
    """Return every break that a study compares across, once, in order of time, and what follows from it.

    Parameters
    ----------
    uses
        What is compared, over which periods.
    series
        All series, derived ones too.
    accepted
        ``[[accepted]]`` of the study file.
    known
        Further breaks that may be named there without an error, such as those of the whole evidence.

    Raises
    ------
    StudyError
        If a break that is accepted is not known, or accepted twice.
    """
    reasons = _reasons(accepted)
    by_name = {item.name: item for item in (*known, *(b for info in series.values() for b in info.breaks))}
    for name in reasons:
        if name not in by_name:
            told = f"accepted names {name!r}, which is not a break of the data"
            raise unknown("break", name, sorted(by_name), told=told, error=StudyError)
    found: dict[str, list[Use]] = {}
    for use in uses:
        for item in use.breaks():
            found.setdefault(item.name, []).append(use)
    here = [_followed(by_name[name], series, mine, reasons) for name, mine in found.items()]
    idle = [Spanned(by_name[name], "nothing", (), (), why=why) for name, why in reasons.items() if name not in found]
    return tuple(sorted((*here, *idle), key=lambda item: (int(item.found.first), item.found.name)))


def _reasons(accepted: Sequence[AcceptedSpec]) -> dict[str, str]:
    names = [item.break_ for item in accepted]
    for name in names:
        if names.count(name) > 1:
            raise StudyError(f"accepted: {name!r} stands there twice.", todo="take one out")
    return {item.break_: item.why for item in accepted}


def _followed(
    found: Break, series: Mapping[str, SeriesInfo], uses: Sequence[Use], reasons: Mapping[str, str]
) -> Spanned:
    names = dict.fromkeys(part for use in uses for part in _parts(use.info.name, series))
    parts = tuple(name for name in names if found in series[name].breaks)
    there = {unit for use in uses for unit in (*use.about, *use.beside)}
    here = tuple(unit for unit in found.regions if unit in there)
    if found.severity == "mild":
        return Spanned(found, "remarked", parts, tuple(uses), why=reasons.get(found.name, ""), concerned=here)
    if found.name in reasons:
        return Spanned(found, "accepted", parts, tuple(uses), why=reasons[found.name], concerned=here)
    about = [use for use in uses if not use.hit(found)]
    if about:
        return Spanned(found, "refused", parts, tuple(about), concerned=here)
    units = tuple(sorted({unit for use in uses for unit in use.hit(found)}))
    return Spanned(found, "units left out", parts, tuple(uses), units, concerned=here)


def taking_part(found: Iterable[Spanned], units: Collection[str]) -> tuple[Spanned, ...]:
    """Return the breaks without those that concern none of these units, each with the units among them.

    Parameters
    ----------
    found
        Breaks that a study compares across, found before it was known which units have the figures to take part.
    units
        Those that did take part.
    """
    kept = []
    for item in found:
        here = tuple(unit for unit in item.concerned if unit in units)
        # For a severe break of units alone they are left out: what follows is told, and they take no part by that.
        if item.follows in {"units left out", "nothing"} or not item.concerned:
            kept.append(item)
        elif here:
            kept.append(replace(item, concerned=here))
    return tuple(kept)


def _parts(name: str, series: Mapping[str, SeriesInfo]) -> list[str]:
    """Return the series of the data that a series is made from; itself, if it is one of them."""
    formula = series[name].formula if name in series else ""
    if not formula:
        return [name] if name in series else []
    inside = [item for item in series if item != name and re.search(rf"(?<!\w){re.escape(item)}(?!\w)", formula)]
    return [part for item in inside for part in _parts(item, series)]


def left_out(uses: Iterable[Use], accepted: Sequence[AcceptedSpec]) -> dict[str, str]:
    """Return the units that are left out for severe breaks which concern them alone, each with the break as reason."""
    reasons = {item.break_ for item in accepted}
    found: dict[str, str] = {}
    for use in uses:
        for item in use.breaks():
            if item.severity == "severe" and item.name not in reasons:
                for unit in sorted(use.hit(item)):
                    found.setdefault(unit, reason(item))
    return found


def reason(found: Break) -> str:
    """Return a break as the reason why a unit is left out."""
    words = (found.brief or found.text).rstrip(".")
    return plain(f"severe break in {break_periods(found)}: {words} ({found.name})")


def refuse(found: Iterable[Spanned]) -> None:
    """Refuse a study that compares across severe breaks.

    Raises
    ------
    StudyError
        One, naming each break with outcome, series and periods, and what to do.
    """
    refused = [item for item in found if item.follows == "refused"]
    if not refused:
        return
    if len(refused) == 1:
        raise StudyError(f"{_told(refused[0])}.", todo=_ways(refused))
    told = "; ".join(f"({k}) {_told(item)}" for k, item in enumerate(refused[:_MOST_TOLD], 1))
    more = f"; and {len(refused) - _MOST_TOLD} more" if len(refused) > _MOST_TOLD else ""
    raise StudyError(
        f"figures are compared across {len(refused)} severe breaks: {told}{more}.", todo=_ways(refused[:_MOST_TOLD])
    )


def _told(item: Spanned) -> str:
    found, uses = item.found, item.uses
    first, last = min(use.first for use in uses), max(use.last for use in uses)
    designs = [use.design for use in uses]
    where = "" if "" in designs else f" ({listing(list(dict.fromkeys(designs)))})"
    regions = f", in {listing(list(found.regions))}" if found.regions else ""
    words = (found.brief or found.text).rstrip(".")
    verb = "compares" if len(item.outcomes) == 1 else "compare"
    return plain(
        f"{and_list(list(item.outcomes))}{where} {verb} {first} to {last} across the severe break {found.name!r} in "
        f"{break_periods(found)} ({words}; series {listing(list(item.series))}{regions})"
    )


def _ways(refused: Sequence[Spanned]) -> str:
    """Return what can be done: start after the breaks or end before them, as far as dates allow it, or accept them."""
    ways = []
    after = max(item.found.last for item in refused)
    before = min(item.found.first for item in refused)
    starts = [use.start for item in refused for use in item.uses]
    uses = [use for item in refused for use in item.uses]
    if not any(starts):
        ways += _periods(uses, before, after)
    elif all(start is not None and after < start for start in starts) and all(_enough(use, after) for use in uses):
        ways.append(f"start the fit in {after} or later (pre_from)")
    elif all(start is not None and before > start for start in starts):
        ways.append(f"end every window before {before}")
    if not ways:
        ways.append("study another outcome")
    tables = [f'[[accepted]] with break = "{item.found.name}" and why = "..."' for item in refused]
    ways.append(f"accept {'it' if len(tables) == 1 else 'them'} and say why: {', '.join(tables)}")
    return "; or ".join(ways)


def _enough(use: Use, after: int) -> bool:
    """Whether as many fitted periods are left from a period on as the checks need, or none are known."""
    return not use.fitted or sum(period >= after for period in use.fitted) >= _FEWEST_FITTED


def _periods(uses: Sequence[Use], before: int, after: int) -> list[str]:
    """Return which periods a panel may be of instead, where somebody is treated within them."""
    first, last = min(use.first for use in uses), max(use.last for use in uses)
    starts = [start for use in uses for _, start in use.dates]
    late = after < last and (not starts or any(after < start <= last for start in starts))
    early = first < before - 1 and (not starts or any(first < start < before for start in starts))
    if late and early:
        return [f"take periods from {after} on, or those before {before} alone"]
    if late:
        return [f"take periods from {after} on"]
    return [f"take periods before {before} alone"] if early else []
