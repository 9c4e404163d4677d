"""Forecasts of the bundled tables, and of plain rules, made with what was known on a day and scored against what came.

Rules are given what was known on the day and nothing else; figures whose day of issue is not known enter no true test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np

from pilotzone.appraisal import (
    Backtest,
    FigureKind,
    Forecast,
    Frozen,
    IssuedFigure,
    Vintages,
    issued_by,
    run_backtest,
    stated,
)
from pilotzone.gather import data_centre_facts, electricity_forecasts

if TYPE_CHECKING:
    from pilotzone.study.appraisal.asked import BacktestEntry
    from pilotzone.study.appraisal.material import AppraisalMaterial

__all__ = ["backtests_of", "figures_issued"]

ELECTRICITY = "electricity of data centres, China"
_ABOUT = {"rack utilisation": "racks in use, share", "PUE average": "PUE average, China"}
_YEAR = re.compile(r"\d{4}")
_GROWTH = re.compile(r"\+(\d+) % on (\d{4})")
_GOLDEN = 0.6180339887498949
"""Multiples of it are even over an interval, and pair evenly with any other even row."""
_MEASURED = {"actual", "estimate", "stated"}
_ALL_OF_THEM = {"China", "national hubs"}


def figures_issued() -> tuple[IssuedFigure, ...]:
    """Return electricity, use of racks and PUE of China's data centres, each with the day by which it was known."""
    found = [
        IssuedFigure(
            ELECTRICITY,
            item.period,
            item.known_from.isoformat(),
            item.electricity_twh,
            item.electricity_twh,
            "TWh",
            item.issuer,
            "forecast" if item.kind == "forecast" else "estimate",
        )
        for item in electricity_forecasts()
        if item.scope == "data centres, China"
    ]
    found += _implied()
    for fact in data_centre_facts():
        year = _YEAR.search(fact.period)
        if fact.quantity in _ABOUT and fact.place in _ALL_OF_THEM and fact.value is not None and year is not None:
            if fact.kind not in get_args(FigureKind) or fact.name.endswith(("-hyperscale", "-large")):
                continue
            day = fact.known_from
            found.append(
                IssuedFigure(
                    _ABOUT[fact.quantity],
                    int(year.group()),
                    "" if day is None else day.isoformat(),
                    fact.value,
                    fact.value,
                    fact.unit,
                    f"{fact.study} ({fact.place})",
                    fact.kind,  # type: ignore[arg-type] # one of them, see above
                )
            )
    return tuple(found)


def _implied() -> list[IssuedFigure]:
    """Return what estimates imply of the year before by the growth that they name, such as 140 TWh, +31 % on 2023."""
    found = []
    for item in electricity_forecasts():
        growth = _GROWTH.search(item.note)
        if item.scope == "data centres, China" and item.kind == "estimate" and growth is not None:
            value = item.electricity_twh / (1 + int(growth.group(1)) / 100)
            told = f"{item.issuer}: {item.electricity_twh:g} TWh of {item.period} at +{growth.group(1)} %, computed"
            day = item.known_from.isoformat()
            found.append(IssuedFigure(ELECTRICITY, int(growth.group(2)), day, value, value, "TWh", told, "estimate"))
    return found


def backtests_of(
    asked: BacktestEntry, material: AppraisalMaterial, figures: tuple[IssuedFigure, ...] | None = None
) -> tuple[Backtest, ...]:
    """Return one backtest for each day.

    Parameters
    ----------
    asked
        Days, and the growth that the rule takes.
    material
        Assumptions, for the growth.
    figures
        As they were published; those of the evidence if left out.
    """
    known = figures_issued() if figures is None else figures
    if asked.growth_low is not None and asked.growth_high is not None:
        growth, status = (asked.growth_low, asked.growth_high), "given"
    else:
        entry = material.assumptions.of("electricity_growth")
        growth, status = (entry.low, entry.high), "ASSUMED"
    periods = sorted({fact.period for fact in known if fact.kind in _MEASURED})
    rules = [stated, _carried(growth, status, periods, asked.members), _unchanged(periods)]
    found = [run_backtest(Vintages(known), rules, known, at=day) for day in asked.at]
    for day in asked.pseudo:
        last = issued_by(day).year
        # Of figures about years that were over: without their day, so that the label says what the test is.
        loose = tuple(replace(fact, issued="") if _over(fact, last) else fact for fact in known)
        outcomes = tuple(fact for fact in known if not _over(fact, last))
        found.append(run_backtest(Vintages(loose), rules, outcomes, at=day, pseudo=True))
    return tuple(found)


def _over(fact: IssuedFigure, year: int) -> bool:
    return fact.period <= year and fact.kind in _MEASURED


def _last(frozen: Frozen, name: str) -> IssuedFigure | None:
    """Return the figure of the last period that was known, one of the kinds that say what was."""
    told = [fact for fact in frozen.facts if fact.name == name and fact.kind in _MEASURED]
    return max(told, key=lambda fact: (fact.period, fact.issued)) if told else None


def _carried(
    growth: tuple[float, float], status: str, periods: Sequence[int], members: int
) -> Callable[[Frozen], list[Forecast]]:
    """Return a rule: the last known electricity, growing at a rate that is drawn evenly from a range."""
    rates = growth[0] + (growth[1] - growth[0]) * (np.arange(members) + 0.5) / members

    def rule(frozen: Frozen) -> list[Forecast]:
        last = _last(frozen, ELECTRICITY)
        if last is None:
            return []
        alike = [f for f in frozen.facts if (f.name, f.period) == (ELECTRICITY, last.period) and f.kind in _MEASURED]
        low, high = min(f.low for f in alike), max(f.high for f in alike)
        starts = low + (high - low) * (np.arange(members) * _GOLDEN % 1)
        span = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        told = f"rule: {last.period}'s {span} TWh, growing {growth[0]:.0%} to {growth[1]:.0%} a year ({status})"
        made = []
        for period in periods:
            if period > frozen.day.year:
                drawn = starts * (1 + rates) ** (period - last.period)
                made.append(
                    Forecast(last.name, period, told, float(np.median(drawn)), members=drawn.tolist(), unit=last.unit)
                )
        return made

    return rule


def _unchanged(periods: Sequence[int]) -> Callable[[Frozen], list[Forecast]]:
    """Return a rule: use of racks and PUE stay as they were known last."""

    def rule(frozen: Frozen) -> list[Forecast]:
        made = []
        for name in _ABOUT.values():
            last = _last(frozen, name)
            if last is not None:
                told = f"rule: as in {last.period}"
                later = [period for period in periods if period > frozen.day.year]
                made += [Forecast(name, period, told, last.middle, unit=last.unit) for period in later]
        return made

    return rule
