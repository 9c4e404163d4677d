"""Tables of shares of income before they are understood: which columns hold shares, and what each population has.

A row is a population, such as a region in a year, with a column for each of equal parts of its people; or a row is one
part of a population.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum
from typing import TYPE_CHECKING

from pilotzone.core import DataError
from pilotzone.gather.incomes import words_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Population", "SharesRead", "read_shares", "share_columns"]

_SUM = 1e-6
"""How far from 1 a sum may be: as the statistics of shares admit."""
_NEAR = 0.02
"""How far, as a part of it, a sum may be from 1 or 100 in columns that are guessed to hold shares."""
_PARTS = re.compile(
    r"(?:^|[^a-z])(?:q|d|p|quintile|quartile|decile|fifth|tenth|part|share|group)[ _.-]?0*\d{1,3}(?!\d)|份|组",
    re.IGNORECASE,
)
_SHARE = re.compile(r"share|份额|比重|占比", re.IGNORECASE)


@dataclass(frozen=True)
class Population:
    """The shares of one population.

    Attributes
    ----------
    region, period
        Whose they are; empty without a column that says so.
    place
        Where its first row is in the file.
    shares
        Share of income of each part, the poorest first.
    people
        Share of people in each part; empty where parts are equal.
    """

    region: str
    period: str
    place: str
    shares: tuple[float, ...]
    people: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """Return what it is called in a sentence."""
        return " in ".join(filter(None, (self.region, self.period))) or "the population"


@dataclass(frozen=True)
class SharesRead:
    """A table of shares as it is understood.

    Attributes
    ----------
    parts
        Columns of shares, the poorest part first; one where each row is a part.
    populations
        In the order of the file.
    """

    parts: tuple[str, ...]
    populations: tuple[Population, ...]


def share_columns(columns: Mapping[int, tuple[str, Sequence[str]]]) -> list[int]:
    """Return which columns of numbers, by position, probably hold shares of income.

    Parameters
    ----------
    columns
        Name and cells of each.

    Examples
    --------
    >>> share_columns({1: ("q1", ["0.3"]), 2: ("q2", ["0.7"]), 3: ("zone", ["1"])})
    [1, 2]
    """
    wide = [k for k, (name, _) in columns.items() if _PARTS.search(name)]
    rows = [row for row in zip(*(columns[k][1] for k in wide), strict=True) if all(map(_number, row))]
    if len(wide) > 1 and rows:
        whole = fsum(float(cell) for cell in rows[0])
        if any(abs(whole / one - 1) < _NEAR for one in (1, 100)):
            return wide
    said = [(k, words_of(name)) for k, (name, _) in columns.items() if _SHARE.search(name)]
    amounts = any(words_of(name) == "income" and not _SHARE.search(name) for name, _ in columns.values())
    long = [k for k, words in said if words in {"", "income"}]
    return [] if amounts else long[:1]


def _number(cell: str) -> bool:
    try:
        return float(cell) >= 0
    except ValueError:
        return False


def read_shares(
    shares: Mapping[str, Sequence[str]],
    places: Sequence[str],
    *,
    region: Sequence[str] | None = None,
    period: Sequence[str] | None = None,
    people: Sequence[str] | None = None,
) -> SharesRead:
    """Return the populations of a table, or say which of them has no shares of income.

    Parameters
    ----------
    shares
        Columns of shares by name, with the cells of each. Several are parts, and are put in order from the poorest;
        with one, each row is a part.
    places
        Where each row is in the file.
    region, period
        Whose shares a row holds.
    people
        Share of people in the part of each row; with one column of shares.

    Raises
    ------
    DataError
        If shares do not sum to 1, are not in order, or are of other parts in some periods.
    """
    whose = [
        (own.strip(), when.strip())
        for own, when in zip(region or [""] * len(places), period or [""] * len(places), strict=True)
    ]
    if len(shares) > 1:
        figures = {name: [float(cell) for cell in cells] for name, cells in shares.items()}
        parts = tuple(sorted(figures, key=lambda name: fsum(figures[name])))
        rows = zip(*(figures[name] for name in parts), strict=True)
        found = [Population(*own, place, row) for own, place, row in zip(whose, places, rows, strict=True)]
    else:
        parts = tuple(shares)
        found = _gathered(next(iter(shares.values())), places, whose, people)
    _check(found, parts)
    return SharesRead(parts, tuple(found))


def _gathered(
    shares: Sequence[str], places: Sequence[str], whose: Sequence[tuple[str, str]], people: Sequence[str] | None
) -> list[Population]:
    """Return rows of parts by the population that they are of."""
    rows: dict[tuple[str, str], list[int]] = {}
    for k, own in enumerate(whose):
        rows.setdefault(own, []).append(k)
    return [
        Population(
            *own,
            places[at[0]],
            tuple(float(shares[k]) for k in at),
            () if people is None else tuple(float(people[k]) for k in at),
        )
        for own, at in rows.items()
    ]


def _check(found: Sequence[Population], parts: Sequence[str]) -> None:
    """Refuse the first population of the most general fault, saying how many have it."""
    sums = "look for a part that is missing or twice there; divide percentages by 100, and rounded figures by their sum"
    faults: tuple[tuple[Callable[[Population], str], str, str], ...] = (
        (_of_one, "two parts or more", "say which region and period a row is of, or choose all columns of shares"),
        (_not_whole, "shares from 0 that sum to 1, of one population", sums),
        (_not_all, "shares of people that sum to 1, of one population", sums),
        (
            lambda one: _out_of_order(one, parts),
            "parts in order: each has a higher mean income than the one before",
            "sort rows of a population by its parts, or look for figures that stand in another column",
        ),
    )
    for fault, allowed, todo in faults:
        wrong = [(one, text) for one in found if (text := fault(one))]
        if wrong:
            first, text = wrong[0]
            more = f"; {len(wrong):,} of {len(found):,} populations have this fault" if len(wrong) > 1 else ""
            raise DataError(f"{first.place}: {text}{more}.", allowed=allowed, todo=todo)
    _check_same(found)


def _of_one(one: Population) -> str:
    return f"{one.name} has one part" if len(one.shares) == 1 else ""


def _not_whole(one: Population) -> str:
    whole = fsum(one.shares)
    return "" if abs(whole - 1) <= _SUM else f"the {len(one.shares)} shares of {one.name} sum to {whole:.6g}, not to 1"


def _not_all(one: Population) -> str:
    whole = fsum(one.people)
    wrong = bool(one.people) and abs(whole - 1) > _SUM
    return f"the people in {len(one.people)} parts of {one.name} sum to {whole:.6g}, not to 1" if wrong else ""


def _out_of_order(one: Population, parts: Sequence[str]) -> str:
    people = one.people or (1 / len(one.shares),) * len(one.shares)
    means = [share / size for share, size in zip(one.shares, people, strict=True)]
    at = next((k for k, (low, high) in enumerate(pairwise(means)) if high < low - _SUM), None)
    if at is None:
        return ""
    names = [repr(name) for name in parts] if len(parts) > 1 else [f"part {k + 1}" for k in range(len(means))]
    return f"of {one.name}, {names[at + 1]} has a lower mean income than {names[at]}"


def _check_same(found: Sequence[Population]) -> None:
    """Refuse a region with other parts in some period: inequality between other parts is another index."""
    first: dict[str, Population] = {}
    for one in found:
        before = first.setdefault(one.region, one)
        if len(one.shares) != len(before.shares):
            raise DataError(
                f"{one.place}: {one.name} has {len(one.shares)} parts, and {before.name} has {len(before.shares)}.",
                allowed="the same parts of a region in every period, such as fifths",
                todo="join parts until they are the same ones, such as tenths to fifths",
            )
