"""Programmes whose instruments came into force at different dates: where, when, how far, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pilotzone.core import Brief, Glance, Result, Table, UsageError, check_choice

__all__ = ["Confidence", "Instrument", "Policy"]

Confidence = Literal["high", "medium", "low"]
"""How sure it is that an instrument exists as it is told here, its date included."""

_DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True)
class Instrument(Brief):
    """A law, or another act, by which a programme came into force in a region.

    Attributes
    ----------
    name
        Identifier, unique within the programme.
    region
        Code of the region.
    law
        The act, as it is cited.
    kinds
        What it grants, in the programme's words for that, such as ``sales-tax``.
    effective
        From when it is in force, as far as that is known: ``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD``; empty if unknown.
    confidence
        How sure that is.
    whole
        Whether it reaches the whole region and everybody whom the programme is meant for.
    capped
        Whether what it grants is limited in all.
    widens
        Whether it widens an earlier instrument of the region, and so is not the first step.
    enacted
        When it was adopted, written likewise.
    kind_text, reach_text, thresholds
        What it grants, whom and where it reaches, and from which size on, in the words of the source.
    source, source_kind, note
        Where this is from, of what kind that is, and what else is to be said.

    Raises
    ------
    UsageError
        If a date is not one, or the confidence is not one of the allowed values.
    """

    name: str
    region: str
    law: str
    kinds: tuple[str, ...]
    effective: str
    confidence: Confidence
    whole: bool = True
    capped: bool = False
    widens: bool = False
    enacted: str = ""
    kind_text: str = ""
    reach_text: str = ""
    thresholds: str = ""
    source: str = ""
    source_kind: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        check_choice(self.confidence, Confidence, f"the confidence of instrument {self.name!r}")
        for what, date in (("effective", self.effective), ("enacted", self.enacted)):
            if date and not _DATE.fullmatch(date):
                raise UsageError(
                    f"instrument {self.name!r}: {what} is {date!r}.",
                    allowed="a date such as 2012, 2012-06 or 2012-06-07, or nothing where it is unknown",
                )

    @property
    def year(self) -> int | None:
        """Year in which it came into force; ``None`` if unknown."""
        return int(self.effective[:4]) if self.effective else None

    @property
    def after_july(self) -> bool | None:
        """Whether it came into force after 1 July of its year; ``None`` where the date does not tell.

        Examples
        --------
        >>> [Instrument("a", "R", "", (), date, "high").after_july for date in ("2010-07-01", "2013-08", "2013-07")]
        [False, True, None]
        """
        found = _DATE.fullmatch(self.effective)
        if found is None or found[2] is None:
            return None
        month = int(found[2])
        if month != 7:  # noqa: PLR2004 - July
            return month > 7  # noqa: PLR2004 - July
        return None if found[3] is None else int(found[3]) > 1


@dataclass(frozen=True, eq=False)
class Policy(Result):
    """A programme that regions joined at different dates, by instruments of their own.

    Attributes
    ----------
    name, title
        Name and title of the programme.
    geography
        Name of the geography that its regions belong to.
    instruments
        All that are known; several of one region may be steps of one programme.
    without
        Regions in which no instrument was found, each with what is known about that.
    exempt
        Regions in which there is nothing to be exempt from: they are as if always treated, and never a comparison.
    labels
        Region to words for a reader.
    text
        What the programme is, how its instruments were coded, and what is not coded.
    collection, resource
        Where in the bundled evidence this stands; empty for a programme of your own.

    Raises
    ------
    UsageError
        If an instrument's name stands twice, or a region is said to have instruments and none, or to be exempt too.
    """

    name: str
    title: str
    geography: str
    instruments: tuple[Instrument, ...]
    without: Mapping[str, str] = field(default_factory=dict)
    exempt: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    collection: str = ""
    resource: str = ""

    def __post_init__(self) -> None:
        names = [item.name for item in self.instruments]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise UsageError(f"programme {self.name!r} has two instruments {twice!r}.", todo="rename one of them")
        having = {item.region for item in self.instruments}
        for region in sorted(
            (having & {*self.without}) | (having & {*self.exempt}) | ({*self.without} & {*self.exempt})
        ):
            raise UsageError(
                f"programme {self.name!r} says two things of region {region!r}.",
                allowed="one of the three: it has instruments, has none, or is exempt",
            )

    @property
    def regions(self) -> tuple[str, ...]:
        """All regions that the programme says something about, sorted."""
        return tuple(sorted({*(item.region for item in self.instruments), *self.without, *self.exempt}))

    @property
    def kinds(self) -> tuple[str, ...]:
        """What instruments grant, sorted."""
        return tuple(sorted({kind for item in self.instruments for kind in item.kinds}))

    def label(self, region: str) -> str:
        """Return the words for a region."""
        return self.labels.get(region, region)

    def to_table(self) -> Table:
        """Return one row per instrument, by region and date."""
        names = (
            "instrument", "region", "name", "law", "kinds", "enacted", "effective", "confidence", "reach", "capped",
            "widens", "thresholds", "source", "source_kind", "note",
        )  # fmt: skip
        rows = [
            (
                item.name, item.region, self.label(item.region), item.law, "; ".join(item.kinds), item.enacted,
                item.effective, item.confidence, reach_words(item), item.capped, item.widens, item.thresholds,
                item.source, item.source_kind, item.note,
            )
            for item in sorted(self.instruments, key=lambda item: (item.region, item.effective or "9999", item.name))
        ]  # fmt: skip
        return Table.from_rows(names, rows, title=f"Instruments of {self.title}")

    def glance(self) -> Glance:
        """Return how much there is, and the instruments."""
        having = {item.region for item in self.instruments}
        told = f"{len(self.instruments)} instruments in {len(having)} regions; {len(self.without)} without, "
        return Glance(self.title, (f"{told}{len(self.exempt)} always exempt.",), self.to_table())


def reach_words(item: Instrument) -> str:
    """Return how far an instrument reaches, in words."""
    return item.reach_text or ("whole region" if item.whole else "limited")
