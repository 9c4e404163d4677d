"""The rule by which instruments of a programme count as treatment: fixed in a study before effects are known."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Literal

from pilotzone.core import Brief, UsageError, check_choice
from pilotzone.gather.policy import Confidence, Instrument, reach_words

__all__ = ["InForceAfterJuly", "OtherInstruments", "Reach", "TreatmentRule", "YearOnly", "check_whole", "sure_enough"]

Reach = Literal["whole", "any"]
InForceAfterJuly = Literal["next year", "same year"]
YearOnly = Literal["same year", "next year", "leave out"]
OtherInstruments = Literal["leave out", "ignore"]

_SURE: tuple[Confidence, ...] = ("low", "medium", "high")


@dataclass(frozen=True)
class TreatmentRule(Brief):
    """Which instruments count as treatment, and from which year on.

    Attributes
    ----------
    kinds
        What an instrument has to grant, one of these; empty: anything.
    reach
        ``whole``: only instruments that reach the whole region. ``any``: limited ones as well.
    confidence
        The least that is admitted: ``high``, ``medium`` (or high), ``low`` (any).
    capped
        Whether instruments count whose grant is limited in all.
    widening
        Whether a step that widens an earlier instrument counts.
    earliest, latest
        First and last year from which an instrument may count; ``None``: any.
    in_force_after_july
        Whether what comes into force after 1 July counts from the ``next year`` or from the ``same year``.
    year_only
        What holds where the date does not tell on which side of 1 July it is: it counts from the ``same year``, from
        the ``next year``, or not at all (``leave out``). Without a meaning if `in_force_after_july` is ``same year``.
    unknown_date
        What becomes of a region that has a further instrument of unknown date: ``leave out``, or ``ignore`` it.
    earlier
        What becomes of a region in which an instrument that does not count came first: ``leave out``, or ``ignore``
        that one.

    Raises
    ------
    UsageError
        If an option is not one of the allowed values, or the years are in the wrong order.
    """

    kinds: tuple[str, ...] = ()
    reach: Reach = "whole"
    confidence: Confidence = "medium"
    capped: bool = False
    widening: bool = False
    earliest: int | None = None
    latest: int | None = None
    in_force_after_july: InForceAfterJuly = "next year"
    year_only: YearOnly = "same year"
    unknown_date: OtherInstruments = "leave out"
    earlier: OtherInstruments = "leave out"

    def __post_init__(self) -> None:
        for name, choices in (
            ("reach", Reach),
            ("confidence", Confidence),
            ("in_force_after_july", InForceAfterJuly),
            ("year_only", YearOnly),
            ("unknown_date", OtherInstruments),
            ("earlier", OtherInstruments),
        ):
            check_choice(getattr(self, name), choices, name)
        kinds: object = self.kinds
        if isinstance(kinds, str):
            raise UsageError(f"kinds is the text {kinds!r}.", allowed="a list of names", todo=f"write [{kinds!r}]")
        for name in ("earliest", "latest"):
            if getattr(self, name) is not None:
                check_whole(getattr(self, name), name)
        if self.earliest is not None and self.latest is not None and self.earliest > self.latest:
            raise UsageError(f"earliest is {self.earliest}, after latest, which is {self.latest}.")

    def cohort(self, instrument: Instrument) -> int | None:
        """Return the year from which an instrument counts; ``None`` where its date does not tell it.

        Examples
        --------
        >>> law = Instrument("a", "R", "An act", ("sales-tax",), "2013-09-01", "high")
        >>> TreatmentRule().cohort(law), TreatmentRule(in_force_after_july="same year").cohort(law)
        (2014, 2013)
        """
        year = instrument.year
        if year is None or self.in_force_after_july == "same year":
            return year
        late = instrument.after_july
        if late is None:
            return None if self.year_only == "leave out" else year + (self.year_only == "next year")
        return year + late

    def faults(self, instrument: Instrument) -> list[str]:
        """Return why an instrument does not count, in words; none if it does."""
        date, cohort, item = instrument.effective, self.cohort(instrument), instrument
        undated = "of unknown date" if not date else f"only the year is known, {item.year}"
        wrong = [
            (cohort is None, undated if len(date) <= len("2016") else f"only the month is known, {date}"),
            (bool(self.kinds) and not {*self.kinds} & {*item.kinds}, f"of another kind: {', '.join(item.kinds)}"),
            (self.reach == "whole" and not item.whole, f"limited: {reach_words(item)}"),
            (not sure_enough(item, self.confidence), f"{item.confidence} confidence"),
            (item.capped and not self.capped, "capped"),
            (item.widens and not self.widening, "a step that widens an earlier one"),
        ]
        if cohort is not None:
            wrong += [
                (self.earliest is not None and cohort < self.earliest, f"from {cohort}, before {self.earliest}"),
                (self.latest is not None and cohort > self.latest, f"from {cohort}, after {self.latest}"),
            ]
        return [words for holds, words in wrong if holds]

    def words(self) -> list[tuple[str, str]]:
        """Return the rule, term by term, in words."""
        known = {"high": "high", "medium": "high or medium", "low": "any"}[self.confidence]
        years = {
            (False, False): "any year",
            (True, False): f"{self.earliest} or later",
            (False, True): f"{self.latest} or earlier",
            (True, True): f"{self.earliest} to {self.latest}",
        }[self.earliest is not None, self.latest is not None]
        unclear = {"leave out": "does not count"}.get(self.year_only, f"counts from the {self.year_only}")
        after = f"in force after 1 July counts from the {self.in_force_after_july}"
        return [
            ("Kinds", ", ".join(self.kinds) or "any"),
            ("Reach", "the whole region" if self.reach == "whole" else "any, limited too"),
            ("Confidence", known),
            ("Capped", "counts" if self.capped else "does not count"),
            ("A step that widens an earlier one", "counts" if self.widening else "does not count"),
            ("First year", f"{years}; {after}"),
            *([] if self.in_force_after_july == "same year" else [("Before or after 1 July unknown", unclear)]),
            ("A further instrument of unknown date", _other(self.unknown_date)),
            ("An earlier instrument that does not count", _other(self.earlier)),
        ]


def sure_enough(instrument: Instrument, least: Confidence) -> bool:
    """Whether what is known about an instrument is at least so sure."""
    return _SURE.index(instrument.confidence) >= _SURE.index(least)


def _other(choice: str) -> str:
    return "the region is left out" if choice == "leave out" else "ignored"


def check_whole(value: object, name: str) -> None:
    """Refuse a year, or a number of years, that is not a whole number.

    Raises
    ------
    UsageError
        If it is anything else.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise UsageError(f"{name} is {value!r}.", allowed="a whole number, such as 2010, without quotes")
