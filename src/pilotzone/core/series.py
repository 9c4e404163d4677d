"""What is known about a series of figures besides the figures: unit, source, vintage, caveats."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Caveat", "SeriesInfo", "Source"]


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
    """

    name: str
    text: str
    limits_verdict: bool = False
    regions: tuple[str, ...] = ()
    brief: str = ""


@dataclass(frozen=True)
class SeriesInfo:
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
    """

    name: str
    label: str
    unit: str
    sources: tuple[Source, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    published_unit: str = ""
    precision: float = 0.0
    formula: str = ""
