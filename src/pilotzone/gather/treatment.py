"""Programmes as treatments: a rule, fixed beforehand, says which instrument counts, and gives each region one state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pilotzone.core import Brief, Glance, Result, Table, UsageError, unknown
from pilotzone.gather.policy import Instrument, Policy, reach_words
from pilotzone.gather.treatment_rule import TreatmentRule, check_whole, sure_enough

__all__ = ["RegionTreatment", "Treatment", "TreatmentState", "assign_treatment"]

TreatmentState = Literal["treated", "never", "always", "left out"]
"""What a region is: treated from a year on, never, always, or of no use either way."""


@dataclass(frozen=True)
class RegionTreatment(Brief):
    """What the rule makes of a region.

    Attributes
    ----------
    region, label
        Code, and words for a reader.
    state
        Exactly one.
    cohort
        First year of treatment of a treated region.
    instrument
        Instrument by which a region is treated, or always treated.
    why
        In words.
    """

    region: str
    label: str
    state: TreatmentState
    cohort: int | None
    instrument: Instrument | None
    why: str


@dataclass(frozen=True, eq=False)
class Treatment(Result):
    """The state of every region of a programme under a rule.

    Attributes
    ----------
    policy, rule
        What was asked of what.
    regions
        One for each region, sorted by code.
    first, last
        First and last year of the panel; ``None`` where none was named.
    anticipation
        Years before treatment in which effects may begin.
    """

    policy: Policy
    rule: TreatmentRule
    regions: tuple[RegionTreatment, ...]
    first: int | None = None
    last: int | None = None
    anticipation: int = 0

    @property
    def cohorts(self) -> dict[str, int]:
        """Treated region to the first year of its treatment."""
        return {item.region: item.cohort for item in self.regions if item.cohort is not None}

    @property
    def never(self) -> tuple[str, ...]:
        """Regions that are never treated, within the panel where one was named."""
        return tuple(item.region for item in self.of("never"))

    @property
    def always(self) -> dict[str, str]:
        """Regions that are always treated or exempt, each with why."""
        return {item.region: item.why for item in self.of("always")}

    @property
    def left_out(self) -> dict[str, str]:
        """Regions that are of no use either way, each with why."""
        return {item.region: item.why for item in self.of("left out")}

    def of(self, state: TreatmentState) -> tuple[RegionTreatment, ...]:
        """Return the regions of one state."""
        return tuple(item for item in self.regions if item.state == state)

    def to_table(self) -> Table:
        """Return one row per region: code, name, state, cohort, instrument, and why."""
        rows = [
            (
                item.region,
                item.label,
                item.state,
                item.cohort,
                item.instrument.name if item.instrument else None,
                item.why,
            )
            for item in self.regions
        ]
        title = f"Treatment by {self.policy.title}"
        return Table.from_rows(("region", "name", "state", "cohort", "instrument", "why"), rows, title=title)

    def summary(self) -> Table:
        """Return one row per cohort and per other state: how many regions, and which."""
        years = sorted({*self.cohorts.values()})
        groups: list[tuple[TreatmentState, int | None, tuple[RegionTreatment, ...]]] = [
            ("treated", year, tuple(item for item in self.of("treated") if item.cohort == year)) for year in years
        ]
        groups += [(state, None, self.of(state)) for state in ("never", "always", "left out")]
        rows = [(state, year, len(found), ", ".join(item.label for item in found)) for state, year, found in groups]
        title = f"Treatment by {self.policy.title}"
        return Table.from_rows(("state", "cohort", "regions", "which"), rows, title=title)

    def glance(self) -> Glance:
        """Return how many are of which state, and the summary."""
        counts = f"{len(self.of('treated'))} treated, {len(self.never)} never, {len(self.always)} always"
        table = self.summary()
        return Glance(table.title, (f"{counts}, {len(self.left_out)} left out.",), table)


def assign_treatment(
    policy: Policy,
    rule: TreatmentRule | None = None,
    *,
    first: int | None = None,
    last: int | None = None,
    anticipation: int = 0,
    drop: Mapping[str, str] | None = None,
) -> Treatment:
    """Return the state of every region of a programme: treated from a year on, never, always, or left out with why.

    A region is treated from the year of its first instrument that counts. It is left out if none counts, or if what is
    known about its other instruments spoils that year. It is never treated only if nothing was found there, or if all
    that was found surely came after the panel.

    Parameters
    ----------
    policy
        The programme.
    rule
        Which instruments count; as by default if left out.
    first, last
        First and last year of the panel in which regions are to be compared. A region treated from the first year on
        is always treated; one whose instruments all came after the last is never treated.
    anticipation
        Years before treatment in which effects may begin: they move both of these limits.
    drop
        Regions to leave out in any case, each with why.

    Raises
    ------
    UsageError
        If the rule asks for a kind that no instrument has, `drop` names an unknown region, years are not whole numbers,
        or the panel ends before it starts.

    Examples
    --------
    >>> laws = (Instrument("one", "A", "First act", ("sales-tax",), "2010-07-01", "high"),)
    >>> found = assign_treatment(Policy("p", "a programme", "", laws, without={"B": ""}, exempt={"C": "no tax"}))
    >>> found.cohorts, found.never, found.always
    ({'A': 2010}, ('B',), {'C': 'always exempt: no tax'})
    """
    for name, value in (("first", first), ("last", last)):
        if value is not None:
            check_whole(value, name)
    check_whole(anticipation, "anticipation")
    given: object = drop
    if given is not None and not isinstance(given, Mapping):
        raise UsageError(f"drop is {given!r}.", allowed="a mapping of regions to why, such as {'US-VA': 'a reason'}")
    rule, out = rule or TreatmentRule(), dict(drop or {})
    _check(policy, rule, first, last, out)
    span = _Span(rule, first, last, anticipation)
    found = []
    for region in policy.regions:
        instruments = [item for item in policy.instruments if item.region == region]
        if region in out:
            state = _State("left out", why=out[region])
        elif region in policy.exempt:
            state = _State("always", why=f"always exempt: {policy.exempt[region]}")
        elif not instruments:
            state = _State("never", why=policy.without[region])
        else:
            state = span.state(instruments)
        found.append(
            RegionTreatment(region, policy.label(region), state.state, state.cohort, state.instrument, state.why)
        )
    return Treatment(policy, rule, tuple(found), first, last, anticipation)


def _check(policy: Policy, rule: TreatmentRule, first: int | None, last: int | None, drop: Iterable[str]) -> None:
    for kind in rule.kinds:
        if kind not in policy.kinds:
            raise unknown("kind", kind, policy.kinds, of=f"the programme {policy.name!r}", error=UsageError)
    for region in drop:
        if region not in policy.regions:
            raise unknown("region", region, policy.regions, of=f"the programme {policy.name!r}", error=UsageError)
    if first is not None and last is not None and first > last:
        raise UsageError(f"the panel begins in {first} and ends in {last}.", allowed="a first year before the last")


@dataclass(frozen=True)
class _State:
    state: TreatmentState
    cohort: int | None = None
    instrument: Instrument | None = None
    why: str = ""


@dataclass(frozen=True)
class _Span:
    """Finds the state of a region that has instruments."""

    rule: TreatmentRule
    first: int | None
    last: int | None
    anticipation: int

    def state(self, instruments: list[Instrument]) -> _State:
        """Return the state; the order of the instruments does not matter."""
        dated = sorted(instruments, key=lambda item: (item.effective, item.name))
        before = self._before(dated)
        if before is not None:
            return before
        if self.last is not None and all(self._surely_later(item) for item in dated):
            soonest = min(item.effective for item in dated)
            return _State("never", why=f"not before the panel ends in {self.last}: in force from {soonest}")
        counting = [(cohort, item) for item in dated if (cohort := self._counts(item)) is not None]
        if not counting:
            why = "; ".join(f"{item.name} ({', '.join(self._faults(item))})" for item in dated)
            return _State("left out", why=f"no instrument counts: {why}")
        cohort, chosen = min(counting, key=lambda pair: (pair[0], pair[1].effective, pair[1].name))
        spoilt = self._spoilt(dated, cohort, chosen)
        return _State("left out", why=spoilt) if spoilt else _State("treated", cohort, chosen, _told(chosen))

    def _before(self, dated: list[Instrument]) -> _State | None:
        """Return that a region is treated throughout the panel, if it is."""
        if self.first is None:
            return None
        whenever = replace(self.rule, earliest=None, latest=None)
        for item in dated:
            cohort = self.rule.cohort(item)
            if cohort is not None and cohort - self.anticipation <= self.first and not whenever.faults(item):
                early = f" ({self.anticipation} allowed for anticipation)" if self.anticipation else ""
                why = f"treated from {cohort}{early}: the panel, from {self.first}, has no year before"
                return _State("always", None, item, why)
        return None

    def _surely_later(self, item: Instrument) -> bool:
        """Whether an instrument counts from a year after the panel, whatever its date leaves open."""
        if item.year is None or self.last is None or not sure_enough(item, self.rule.confidence):
            return False
        late = self.rule.in_force_after_july == "next year" and bool(item.after_july)
        return item.year + late > self.last + self.anticipation

    def _faults(self, item: Instrument) -> list[str]:
        cohort = self.rule.cohort(item)
        late = [] if self.last is None or cohort is None or cohort <= self.last else [f"from {cohort}, after the panel"]
        return [*self.rule.faults(item), *late]

    def _counts(self, item: Instrument) -> int | None:
        return None if self._faults(item) else self.rule.cohort(item)

    def _spoilt(self, dated: list[Instrument], cohort: int, chosen: Instrument) -> str:
        """Return what speaks against the year of a region's first instrument that counts; empty if nothing does."""
        for item in dated:
            if item.year is None:
                if self.rule.unknown_date == "leave out":
                    return f"{item.name} is of unknown date, and may be older than {chosen.name} ({cohort})"
                continue
            begins = self.rule.cohort(item) or item.year
            if begins < cohort and self.rule.earlier == "leave out":
                why = ", ".join(self._faults(item))
                return f"{item.name} came before {chosen.name} ({cohort}) and does not count: {why}"
        return ""


def _told(item: Instrument) -> str:
    when = item.effective if item.after_july is not None else f"{item.effective} (day unknown)"
    return f"{item.law}, in force {when}; {reach_words(item)}; {item.confidence} confidence"
