"""How far trends may have parted before a finding falls: honest intervals and the breakdown value of one effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Glance, MethodError, Result, Table, UsageError, check_choice, listing, one_thread
from pilotzone.evaluation.many.estimators.aggregates import aggregate_effects
from pilotzone.evaluation.many.trends.magnitudes import within_magnitudes, within_magnitudes_set
from pilotzone.evaluation.many.trends.violations import EventStudy, smooth_interval, smooth_set
from pilotzone.evaluation.many.variation.guard import refusals
from pilotzone.evaluation.many.variation.known import reliability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects

__all__ = ["HonestEffect", "HonestInterval", "Restriction", "honest_effect", "honest_intervals"]

Restriction = Literal["relative_magnitudes", "smoothness"]
"""How far trends may part after treatment: from period to period at most so many times as far as they ever did before;
or with a slope that changes by at most so much from one period to the next."""

MAGNITUDES = (0.0, 0.5, 1.0, 1.5, 2.0)
BENDS = (0.0, 0.25, 0.5, 1.0, 2.0)
"""Sizes of violations if none are asked for: factors, and shares of the effect's standard error."""

_SMALLEST, _LARGEST, _DIGITS = 2.0**-6, 2.0**6, 1e-4
"""Where the breakdown value is looked for, factors or multiples of the effect's standard error, and how exactly."""


@dataclass(frozen=True)
class HonestInterval:
    """The effect if trends parted by no more than a size.

    Attributes
    ----------
    size
        A factor of what happened before, or the largest change of slope in the outcome's scale.
    allowed
        What the estimates allow, as if they were free of error; ``None`` where they bend further before treatment.
    interval
        What covers the effect at the level.
    """

    size: float
    allowed: tuple[float, float] | None
    interval: tuple[float, float]


@dataclass(frozen=True)
class HonestEffect(Result):
    """An effect on one outcome for trends that part more and more.

    Attributes
    ----------
    outcome
        Its name.
    events
        Times since treatment over which the effect is averaged.
    restriction
        How trends may part.
    estimate, se
        Estimate and standard error of the effect; the error allows for few units.
    intervals
        One for each size of violations.
    against
        The effect that a finding rules out.
    breakdown
        The smallest size at which the interval holds `against`: zero where it does with parallel trends already;
        ``None`` where it does not at any size up to `searched`.
    searched
        The largest size that was tried for it.
    level
        Confidence level of the intervals, between 0 and 1.
    degrees
        Degrees of freedom of the t distribution behind them; ``None`` for the normal one.
    """

    outcome: str
    events: tuple[int, ...]
    restriction: Restriction
    estimate: float
    se: float
    intervals: tuple[HonestInterval, ...]
    against: float
    breakdown: float | None
    searched: float
    level: float
    degrees: float | None

    def to_table(self) -> Table:
        """Return the intervals, one a row."""
        rows = [(item.size, *(item.allowed or (None, None)), *item.interval) for item in self.intervals]
        names = ("size", "allowed_lower", "allowed_upper", "lower", "upper")
        how = self.restriction.replace("_", " ")
        table = Table.from_rows(names, rows, title=f"Effect on {self.outcome} if trends parted ({how})")
        return Table(table.columns, title=table.title, note=self.sentence())

    def summary(self) -> Table:
        """Return one row: the effect, its standard error, the interval with parallel trends, and the breakdown value.

        All in the outcome's scale, but the breakdown value, which is a size; `low` and `high` are those of the
        smallest size that was asked for.
        """
        least = min(self.intervals, key=lambda item: item.size, default=None)
        low, high = (None, None) if least is None else least.interval
        row = (self.outcome, self.estimate, self.se, low, high, self.breakdown, self.level)
        names = ("outcome", "estimate", "se", "low", "high", "breakdown", "level")
        return Table.from_rows(names, [row], title=f"Effect on {self.outcome} if trends parted")

    def glance(self) -> Glance:
        """Return how far trends may part, and the intervals."""
        table = self.to_table()
        told = f"Effect {self.estimate:.4g}, standard error {self.se:.4g}."
        return Glance(table.title, (told, self.sentence()), Table(table.columns))

    def sentence(self) -> str:
        """Return how far trends may part before the finding falls, and what a size is."""
        size = "times the largest step between two periods before treatment"
        if self.restriction == "smoothness":
            size = "in the outcome's scale, the largest change of slope from one period to the next"
        what = f"an effect of {self.against:.4g}"
        if self.breakdown is None:
            found = f"at no size up to {self.searched:.4g} does the {self.level:.0%} interval hold {what}"
        elif self.breakdown == 0:
            found = f"the {self.level:.0%} interval holds {what} with parallel trends already"
        else:
            found = f"from a size of {self.breakdown:.3g} on the {self.level:.0%} interval holds {what}"
        return f"Sizes are {size}. Breakdown value: {found}."


def honest_intervals(
    study: EventStudy, restriction: Restriction, sizes: Sequence[float], level: float, degrees: float | None
) -> tuple[HonestInterval, ...]:
    """Return the intervals of one effect for sizes of violations; see `violations` for what they rest on."""
    found = []
    for size in sizes:
        allowed = (
            within_magnitudes_set(study, size) if restriction == "relative_magnitudes" else smooth_set(study, size)
        )
        found.append(HonestInterval(size, allowed, _interval(study, restriction, size, level, degrees)))
    return tuple(found)


@one_thread()
def honest_effect(
    effects: GroupTimeEffects,
    outcome: str,
    restriction: Restriction = "relative_magnitudes",
    *,
    events: Sequence[int] | None = None,
    sizes: Sequence[float] | None = None,
    level: float = 0.95,
    against: float = 0.0,
) -> HonestEffect:
    """Give the interval of an effect if trends were not parallel, and the violation at which the finding breaks down.

    Parameters
    ----------
    effects
        Effects by cohort and period, with a universal base. Each effect before treatment is then the distance that the
        treated units had already moved away from the controls.
    outcome
        Name of the outcome.
    restriction
        Restriction on violations of parallel trends: ``relative_magnitudes`` or ``smoothness``.
    events
        Times since treatment over which the effect is averaged, in periods. Default: all from treatment on.
    sizes
        Sizes of violations. For relative magnitudes: factors; default 0, 0.5, 1, 1.5 and 2. For smoothness: the largest
        change of slope per period, in the outcome's scale; default 0, 0.25, 0.5, 1 and 2 times the standard error of
        the effect.
    level
        Confidence level of the intervals, between 0 and 1.
    against
        Effect that the finding rules out, in the outcome's scale.

    Returns
    -------
    HonestEffect

    Raises
    ------
    UsageError
        If an option or the outcome is unknown.
    MethodError
        If the base is not universal, times since treatment have gaps, there is no period before the reference period,
        or there are too few units for a standard error.

    Notes
    -----
    Method: Rambachan and Roth (2023). As in their paper, coefficients are averages by time since treatment. If cohorts
    are observed at different times, the mix of cohorts changes over time. Parallel trends in each cohort make this
    change harmless; violations may not. The allowance of a verdict (`breakdown`) therefore measures moves within
    cohorts that are observed at both times.
    """
    check_choice(restriction, Restriction, "restriction")
    if not 0.5 <= level <= 0.999999:  # noqa: PLR2004 - as everywhere: a level, not its complement
        raise UsageError(f"level is {level!r}.", allowed="from 0.5 to 0.999999, such as 0.95")
    if effects.comparison.base != "universal":
        raise MethodError(
            f"effects before treatment have a {effects.comparison.base} base.",
            allowed="a universal base: the same period of reference for all",
            todo="estimate with base 'universal'.",
        )
    study, averaged, degrees = _study(effects, outcome, events)
    se = study.se(study.target)
    factor = 1.0 if restriction == "relative_magnitudes" else se
    if sizes is None:
        sizes = [factor * size for size in (MAGNITUDES if restriction == "relative_magnitudes" else BENDS)]
    if not sizes or any(not (np.isfinite(size) and size >= 0) for size in sizes):
        raise UsageError(f"sizes are {listing(sizes)}.", allowed="one or more finite numbers from zero")
    return HonestEffect(
        outcome,
        averaged,
        restriction,
        float(study.target @ study.estimate),
        se,
        honest_intervals(study, restriction, [float(size) for size in sizes], level, degrees),
        against,
        _breakdown(study, restriction, factor, level, degrees, against),
        _LARGEST * factor,
        level,
        degrees,
    )


def _interval(
    study: EventStudy, restriction: Restriction, size: float, level: float, degrees: float | None
) -> tuple[float, float]:
    find = within_magnitudes if restriction == "relative_magnitudes" else smooth_interval
    return find(study, size, 1 - level, degrees)


def _breakdown(
    study: EventStudy, restriction: Restriction, factor: float, level: float, degrees: float | None, against: float
) -> float | None:
    """Return the smallest size at which the interval holds a value, to four digits: sizes are doubled, then halved."""

    def holds(size: float) -> bool:
        low, high = _interval(study, restriction, size, level, degrees)
        return low <= against <= high

    if holds(0.0):
        return 0.0
    low, high = 0.0, _SMALLEST * factor
    while not holds(high):
        if high >= _LARGEST * factor:
            return None
        low, high = high, 2 * high
    while high - low > _DIGITS * high:
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return float(high)


def _study(
    effects: GroupTimeEffects, outcome: str, events: Sequence[int] | None
) -> tuple[EventStudy, tuple[int, ...], float | None]:
    """Return the averages by time since treatment of one outcome, those asked for, and degrees of freedom."""
    averages = aggregate_effects(effects, "dynamic")
    names = list(dict.fromkeys(row.outcome for row in averages.rows))
    if outcome not in names:
        raise UsageError(f"outcome is {outcome!r}.", allowed=listing(names))
    rows = {row.at: q for q, row in enumerate(averages.rows) if row.outcome == outcome and row.at is not None}
    references = {cell.event for cell in effects.cells if cell.outcome == outcome and cell.reference}
    if len(references) != 1:
        raise MethodError(
            f"references lie at times {listing(sorted(references))} since treatment.",
            allowed="one time for all cohorts",
            todo="leave out the cohorts whose period before treatment is missing.",
        )
    reference = references.pop()
    before = [event for event in sorted(rows) if event < reference]
    after = [event for event in sorted(rows) if event > reference]
    whole = [*before, reference, *after]
    if not before or not after or whole[-1] - whole[0] != len(whole) - 1:
        raise MethodError(
            f"times since treatment are {listing(whole)}, with the reference at {reference}.",
            allowed="consecutive times, one or more on either side of the reference",
        )
    asked = tuple(event for event in after if event >= 0) if events is None else tuple(sorted(set(events)))
    if not asked or not set(asked) <= {event for event in after if event >= 0}:
        raise UsageError(f"events are {listing(asked)}.", allowed=listing([event for event in after if event >= 0]))
    at = np.array([rows[event] for event in (*before, *after)])
    known = reliability(effects.variation, averages.weights[at], averages.covariance.diagonal()[at])
    why = [text for text in refusals(known) if text]
    if why:
        raise MethodError(f"effects by time since treatment have no standard errors, {why[0]}.")
    covariance = averages.covariance[np.ix_(at, at)] * np.outer(known.inflation, known.inflation)
    weights = np.array([event in asked for event in after]) / len(asked)
    degrees = float(known.degrees.min())
    study = EventStudy(averages.estimate[at], covariance, len(before), weights)
    return study, asked, None if np.isinf(degrees) else degrees
