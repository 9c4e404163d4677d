"""What is known about a series of figures besides the figures: unit, source, terms, vintage, caveats, breaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pilotzone.core.brief import Brief

__all__ = ["Break", "BreakKind", "Caveat", "IndexKind", "Licence", "Measured", "SeriesInfo", "Severity", "Source"]

BreakKind = Literal["definition", "vintage", "system", "census", "policy"]
"""What changed: what is counted, the edition of the figures, who counts and how, a count of heads, or a law."""

Severity = Literal["severe", "mild"]
"""Whether figures on both sides of a break may be compared with a remark, or not at all."""

IndexKind = Literal["previous-year-100", "previous-period-100", "fixed-base"]
"""What an index is 100 in: the year before, the period before (of any length), or one period for all figures."""

Measured = Literal["prices", "volume"]
"""What an index is an index of: prices, or a volume such as GDP at constant prices."""


@dataclass(frozen=True)
class Source:
    """Where figures come from.

    Attributes
    ----------
    title
        Citation as it is to be printed.
    url
        Address, or empty where none is known for certain.
    vintage
        When the figures were published or read, as text; empty if unknown.
    """

    title: str
    url: str = ""
    vintage: str = ""


@dataclass(frozen=True)
class Licence:
    """On what terms figures may be used.

    Attributes
    ----------
    name
        Short identifier, such as ``CC-BY-4.0``, unique within the evidence.
    title
        Words for a reader.
    text
        The terms in a sentence or two, or that none are stated.
    url
        Address of the terms, or empty where none is known.
    stated
        Whether whoever publishes the figures states terms at all.
    """

    name: str
    title: str
    text: str
    url: str = ""
    stated: bool = True


@dataclass(frozen=True)
class Break:
    """A date at which a series stops being comparable with its own past.

    Attributes
    ----------
    name
        Short identifier, unique within the evidence.
    kind
        What changed.
    severity
        ``severe`` where figures before and after must not be compared, ``mild`` where that is remarked.
    first, last
        Ordinals of the first and last period whose change from the period before is not comparable; mostly one period.
    text
        One or two sentences on what changed.
    brief
        The same in a few words.
    regions
        Regions concerned; empty means all of them.
    source
        Who says so.
    """

    name: str
    kind: BreakKind
    severity: Severity
    first: int
    last: int
    text: str
    brief: str = ""
    regions: tuple[str, ...] = ()
    source: Source | None = None

    def within(self, first: int, last: int) -> bool:
        """Whether figures from the period `first` to the period `last` stand on both sides of the break.

        Examples
        --------
        >>> sales = Break("sales", "definition", "severe", 2003, 2003, "The class 'other' was folded into the rest.")
        >>> sales.within(2003, 2010), sales.within(2002, 2010)
        (False, True)
        """
        return first < self.last and last >= self.first

    def touches(self, regions: Iterable[str]) -> bool:
        """Whether any of these regions is concerned."""
        return not self.regions or not set(self.regions).isdisjoint(regions)

    def is_treatment(self, unit: str, start: int) -> bool:
        """Whether it is the policy itself that a study of a unit which is treated from `start` on is about.

        Examples
        --------
        >>> zone = Break("zone", "policy", "mild", 2016, 2016, "A zone was approved.", regions=("CN-GZ",))
        >>> zone.is_treatment("CN-GZ", 2016), zone.is_treatment("CN-GZ", 2014), zone.is_treatment("CN-SC", 2016)
        (True, False, False)
        """
        return self.kind == "policy" and unit in self.regions and self.first == start

    def concerns(self, units: Iterable[str], dates: Iterable[tuple[str, int]] = ()) -> bool:
        """Whether any of these units is concerned, those apart of which it is the treatment, by their dates.

        Examples
        --------
        >>> zone = Break("zone", "policy", "mild", 2016, 2016, "A zone was approved.", regions=("CN-GZ", "CN-HA"))
        >>> treated = [("CN-GZ", 2016)]
        >>> zone.concerns(["CN-GZ", "CN-SC"], treated), zone.concerns(["CN-GZ", "CN-HA"], treated)
        (False, True)
        """
        studied = {unit for unit, start in dates if self.is_treatment(unit, start)}
        return self.touches(set(units) - studied)


@dataclass(frozen=True)
class Caveat:
    """Something wrong with, or missing from, a series.

    Attributes
    ----------
    name
        Short identifier, unique within the evidence.
    text
        One or two sentences for the reader of a verdict.
    limits_verdict
        Whether a verdict that rests on the series has to say so.
    regions
        Regions concerned; empty means all of them.
    brief
        The same in a few words, for a line of a terminal; empty where the text is all there is.
    nominal
        Whether it says that money is at current prices, and so falls away with `deflate`.
    remedy
        Figures that would take it away, as a noun phrase such as "CO2 after 2019"; empty where none are known of.
    """

    name: str
    text: str
    limits_verdict: bool = False
    regions: tuple[str, ...] = ()
    brief: str = ""
    nominal: bool = False
    remedy: str = ""


@dataclass(frozen=True)
class SeriesInfo(Brief):
    """Metadata of one series.

    Attributes
    ----------
    name
        Name with its unit, such as ``gdp_nominal_cny``.
    label
        Words for a reader, such as "GDP at current prices".
    unit
        Unit of the values, in the notation of `pilotzone.core.units`; ``"1"`` for a pure number.
    sources
        Where the figures come from; several for a derived series.
    caveats
        What is wrong with them.
    published_unit, precision
        Unit of the publication and size of its last digit in `unit`; empty and 0 where unknown.
    formula
        For a derived series, the expression that made it; else empty.
    licences
        On what terms the figures may be used; several for a derived series.
    breaks
        Where the series stops being comparable with its own past, in order of time.
    vintage
        Edition of the figures, as text; empty where unknown.
    free_level
        Whether only changes mean something: the level of a chained index is arbitrary, and differs between units by
        an arbitrary constant (of its logarithm).
    index
        For an index, what it is 100 in (`IndexKind`); else empty.
    measures
        For an index, what it is an index of (`Measured`); empty where that is not known.
    changes
        For a derived series, whether its values are changes on the period before, as the logarithm of an index of
        growth is, and no level.
    base
        For a chained index, or its logarithm, the period in which its level is 1; else empty.
    """

    name: str
    label: str
    unit: str
    sources: tuple[Source, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    published_unit: str = ""
    precision: float = 0.0
    formula: str = ""
    licences: tuple[Licence, ...] = ()
    breaks: tuple[Break, ...] = ()
    vintage: str = ""
    free_level: bool = False
    index: IndexKind | Literal[""] = ""
    measures: Measured | Literal[""] = ""
    changes: bool = False
    base: str = ""

    @property
    def is_growth(self) -> bool:
        """Whether values are changes on the period before, and no level."""
        return self.changes or self.index in {"previous-year-100", "previous-period-100"}
