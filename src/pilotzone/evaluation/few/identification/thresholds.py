"""Thresholds of the diagnostics, set by simulation before any zone was looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from pilotzone.core import UsageError

__all__ = ["DEFAULT_THRESHOLDS", "Thresholds"]


@dataclass(frozen=True)
class Thresholds:
    """Where each diagnostic is flagged; no verdict rests on them.

    Attributes
    ----------
    earlier_dates
        Largest placebo effect at an earlier date, relative to the yardstick.
    last_gap
        Mean gap just before the start, over as many periods as the window has, relative to the yardstick.
    fit_rank
        Pre-period RMSPE relative to the median of the placebos', for the unit that is fitted worst of all.
    hull
        Largest mean distance from the donors' hull over as many periods, relative to the yardstick.
    single_weight
        Largest weight of one donor.
    leave_one_out
        Range of the effect when donors are left out one at a time, relative to the yardstick.

    Raises
    ------
    UsageError
        If a threshold is not a positive number.

    Notes
    -----
    The yardstick of an outcome is its margin; without one, the root mean squared mean gap of the other units. How the
    defaults were set, for another yardstick, stands in ADR 0008.
    """

    earlier_dates: float
    last_gap: float
    fit_rank: float
    hull: float
    single_weight: float
    leave_one_out: float

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if not (math.isfinite(value) and value > 0):
                raise UsageError(f"the threshold {item.name} is {value}.", allowed="a positive number")


DEFAULT_THRESHOLDS = Thresholds(
    earlier_dates=0.6, last_gap=0.5, fit_rank=1.5, hull=0.35, single_weight=0.85, leave_one_out=0.75
)
