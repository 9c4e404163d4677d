"""The design of an evaluation by dose: what is assumed, how effects bend with the dose, and whom to compare with."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from pilotzone.core import Brief, UsageError, check_choice

__all__ = ["ASSUMPTION_WORDS", "DoseAssumption", "DoseBasis", "DoseControls", "DoseDesign", "DoseWords"]

DoseAssumption = Literal["parallel_trends", "strong_parallel_trends"]
"""Without treatment all units would have moved alike; or under any dose they would have: no selection on gains."""

ASSUMPTION_WORDS: dict[str, str] = {
    "parallel_trends": "if trends are parallel: each dose for the units that got it",
    "strong_parallel_trends": "if trends are parallel under every dose (no selection on gains, untestable)",
}
"""What every label says of the assumption."""

DoseBasis = Literal["spline", "bins"]
"""B-splines, or bins with a mean effect each."""

DoseControls = Literal["never_treated", "not_yet_treated", "lowest_dose"]
"""Whom to compare with: units never treated, those not treated yet as well, or the lowest doses of a cohort."""

_MOST_DEGREES, _MOST_KNOTS, _MOST_BINS, _MOST_GRID = 5, 20, 50, 200
_LEAST_LEVEL, _MOST_LEVEL = 0.5, 0.999999


@dataclass(frozen=True)
class DoseWords:
    """What messages call the options of a design: arguments of Python here, keys where a file has them.

    Attributes
    ----------
    never, rising, lowest
        The three kinds of controls.
    bins
        The basis of bins.
    fewer, simpler
        How to ask for fewer bins, and for a spline with fewer coefficients.
    without, divide
        How to evaluate without doses, and how to divide such an effect by the dose.
    """

    never: str = "controls='never_treated'"
    rising: str = "controls='not_yet_treated'"
    lowest: str = "controls='lowest_dose'"
    bins: str = "basis='bins'"
    fewer: str = "take fewer bins"
    simpler: str = "lower the degree or leave out knots"
    without: str = "evaluate without doses"
    divide: str = "evaluate without doses and divide by the dose (pilotzone.core.ratio)"


_PYTHON = DoseWords()


@dataclass(frozen=True)
class DoseDesign(Brief):
    """How effects are estimated by dose; fixed before they are.

    Parameters
    ----------
    assumption
        ``parallel_trends``: effects of each dose on the units that got it, without slopes. ``strong_parallel_trends``:
        effects may be compared between doses, so that slopes and effects "per unit of dose" are causal. No trend before
        treatment can show the latter.
    basis
        ``spline``, or ``bins``.
    degree, knots
        Degree of the B-splines, 1 to 5, and inner knots, at even quantiles of the treated units' doses.
    bins
        Number of bins, at even quantiles, or their inner edges, rising: a dose at an edge belongs to the bin above.
        ``None``: a bin for each dose there is.
    controls
        ``never_treated``, ``not_yet_treated``, or ``lowest_dose`` where nobody is untreated: effects are then beyond
        the effect of the lowest doses.
    lowest
        The largest dose that counts as lowest; the smallest dose there is if left out.
    anticipation
        Periods before treatment in which effects may begin.
    grid
        Doses at which effects are given; with bins, each names its bin. If left out, quantiles of the treated units'
        doses from 10 to 90 percent, or the bins' mean doses.
    level
        Level of intervals and bands.
    seed
        Seed of the draws behind bands.
    words
        What messages call these options.

    Raises
    ------
    UsageError
        If an option is unknown or out of range.
    """

    assumption: DoseAssumption = "parallel_trends"
    basis: DoseBasis = "spline"
    degree: int = 3
    knots: int = 0
    bins: int | tuple[float, ...] | None = None
    controls: DoseControls = "never_treated"
    lowest: float | None = None
    anticipation: int = 0
    grid: tuple[float, ...] | None = None
    level: float = 0.95
    seed: int = 20160
    words: DoseWords = field(default=_PYTHON, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_choice(self.assumption, DoseAssumption, "assumption")
        check_choice(self.basis, DoseBasis, "basis")
        check_choice(self.controls, DoseControls, "controls")
        _whole("degree", self.degree, 1, _MOST_DEGREES)
        _whole("knots", self.knots, 0, _MOST_KNOTS)
        _whole("anticipation", self.anticipation, 0, None)
        _whole("seed", self.seed, 0, None)
        if isinstance(self.bins, int):
            _whole("bins", self.bins, 1, _MOST_BINS)
        elif self.bins is not None:
            _rising("bins", self.bins, _MOST_BINS - 1)
        if self.bins is not None and self.basis == "spline":
            raise UsageError("bins are given, and basis is 'spline'.", allowed="bins with basis='bins'")
        if self.grid is not None:
            _rising("grid", self.grid, _MOST_GRID)
        if self.lowest is not None and (self.controls != "lowest_dose" or not _positive(self.lowest)):
            raise UsageError(
                f"lowest is {self.lowest!r}, and controls are {self.controls!r}.",
                allowed="a dose above zero, with controls='lowest_dose'",
            )
        level: object = self.level
        number = isinstance(level, int | float) and not isinstance(level, bool)
        if not number or not _LEAST_LEVEL <= self.level <= _MOST_LEVEL:
            raise UsageError(f"level is {self.level!r}.", allowed="from 0.5 to 0.999999, such as 0.95")

    @property
    def strong(self) -> bool:
        """Whether effects may be compared between doses."""
        return self.assumption == "strong_parallel_trends"


def _whole(name: str, value: object, least: int, most: int | None) -> None:
    if type(value) is not int or value < least or (most is not None and value > most):
        span = f"from {least}" if most is None else f"from {least} to {most}"
        raise UsageError(f"{name} is {value!r}.", allowed=f"a whole number {span}")


def _positive(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return bool(0 < value < math.inf)


def _rising(name: str, values: object, most: int) -> None:
    """Refuse what is not a tuple of rising doses."""
    good = isinstance(values, tuple) and 0 < len(values) <= most and all(map(_positive, values))
    if not good or not isinstance(values, tuple) or list(values) != sorted(set(values)):
        raise UsageError(f"{name} is {values!r}.", allowed=f"up to {most} doses above zero, rising, as a tuple")
