"""Statistics for one zone among others, side by side: what each is made of, and where each falls.

The candidates of ADR 0030. All are of one panel: gaps, fits and held-out placebo effects of every unit, computed by one
rule. An answer of a statistic is whether the zone's rank rejects "no gain" and from which drift on it would not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.few.inference.drift import held_out
from pilotzone.evaluation.few.register import ESTIMATORS
from pilotzone.evaluation.few.weights.material import Material, donor_masks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["STATISTICS", "Answer", "Placebos", "answer", "most_ranks", "placebos", "with_effect"]

LEVEL = 0.05
_TIE = 1e-9


@dataclass(frozen=True, eq=False)
class Placebos:
    """Every unit fitted by the others: gaps, shape (n, T); weights, shape (n, n); held-out effects, shape (n, H)."""

    gaps: Floats
    weights: Floats
    drift: Floats
    before: int

    @property
    def mean_gap(self) -> Floats:
        """Mean gap of the window, shape (n,)."""
        found: Floats = self.gaps[:, self.before :].mean(axis=1)
        return found

    @property
    def rmspe(self) -> Floats:
        """Root mean squared gap before, shape (n,)."""
        found: Floats = np.sqrt((self.gaps[:, : self.before] ** 2).mean(axis=1))
        return found

    @property
    def late_rmspe(self) -> Floats:
        """Root mean squared gap of the window, shape (n,)."""
        found: Floats = np.sqrt((self.gaps[:, self.before :] ** 2).mean(axis=1))
        return found


def placebos(paths: Floats, before: int) -> Placebos:
    """Fit every unit by all others, with an intercept, on the first `before` periods."""
    units, periods = paths.shape
    phases = ("pre",) * before + ("window",) * (periods - before)
    material = Material(paths, tuple(range(periods)), phases)
    solved = ESTIMATORS["sc_intercept"].solve(material, np.arange(units), donor_masks(units, 0, "symmetric"))
    gaps = paths - solved.weights @ paths - solved.intercept[:, None]
    drift = held_out(material, ESTIMATORS["sc_intercept"], np.arange(units), donor_masks(units, 0, "symmetric"))
    return Placebos(gaps, solved.weights, drift.effects, before)


def with_effect(found: Placebos, zone: int, effect: float) -> Placebos:
    """Return what placebos are where the zone has a constant effect: no fit changes, donors' gaps fall by its weight.

    Parameters
    ----------
    found
        Placebos without it.
    zone, effect
        Which unit has it, and its size.

    Returns
    -------
    Placebos
    """
    pull = -found.weights[:, zone].copy()
    pull[zone] = 1.0
    gaps = found.gaps.copy()
    gaps[:, found.before :] += effect * pull[:, None]
    return replace(found, gaps=gaps)


@dataclass(frozen=True)
class Answer:
    """Whether "no gain" is rejected, and the breakdown drift over the zone's largest placebo effect (NaN for none)."""

    rejected: bool
    breakdown: float

    def holds(self, least: float) -> bool:
        """Whether a gain is shown, with at least so much allowance."""
        return self.rejected and (least == 0 or self.breakdown >= least)


Linear = tuple["Floats", "Floats"]
"""Statistics of n units with good up, and how much each falls with a drift of one taken off the unit."""


def _plain(found: Placebos, sign: int) -> Linear:
    gap = sign * found.mean_gap
    return gap, np.ones_like(gap)


def _over_fit(found: Placebos, sign: int) -> Linear:
    return sign * found.mean_gap / found.rmspe, 1 / found.rmspe


def _scale(found: Placebos, times: float) -> Floats:
    fit: Floats = found.rmspe + times * np.median(found.rmspe)
    return fit


def _largest(found: Placebos) -> Floats:
    largest: Floats = abs(found.drift).max(axis=1)
    return largest


def _net(found: Placebos, sign: int) -> Linear:
    scale = _scale(found, 2.0)
    return (sign * found.mean_gap - _largest(found)) / scale, 1 / scale


def _net_alone(found: Placebos, sign: int) -> Linear:
    gap = sign * found.mean_gap - _largest(found)
    return gap, np.ones_like(gap)


def _ratio(found: Placebos, sign: int) -> Linear:
    scale = _largest(found) + _scale(found, 1.0)
    return sign * found.mean_gap / scale, 1 / scale


def _one_sided(found: Placebos, sign: int) -> Linear:
    up, scale = np.maximum(sign * found.drift, 0.0).max(axis=1), _scale(found, 2.0)
    return (sign * found.mean_gap - up) / scale, 1 / scale


STATISTICS: dict[str, Callable[[Placebos, int], Linear]] = {
    "G": _plain,
    "G / R": _over_fit,
    "(G - D) / (R + 2m)": _net,
    "G - D": _net_alone,
    "G / (D + R + m)": _ratio,
    "(G - U) / (R + 2m)": _one_sided,
}
"""Those that a drift of the zone moves in a line. `answer` knows ``RMSPE after / before`` as well."""


def answer(found: Placebos, zone: int, sign: int, statistic: str) -> Answer:
    """Return the answer of a statistic on the zone."""
    if statistic == "RMSPE after / before":
        ratio = found.late_rmspe / found.rmspe
        # The field's statistic has no direction: a gain is shown where it rejects and the mean gap is good.
        good = sign * found.mean_gap[zone] > 0
        return Answer(good and _rank(ratio, zone) <= most_ranks(len(ratio)), np.nan)
    values, slope = STATISTICS[statistic](found, sign)
    others = np.sort(np.delete(values, zone))[::-1]
    most = most_ranks(len(values))
    # The zone may be passed by most - 1 others: b* brings it down to the most-th of them.
    drift = (values[zone] - others[most - 1]) / slope[zone]
    own = _largest(found)[zone]
    return Answer(_rank(values, zone) <= most, float(drift / own) if own > 0 else np.inf)


def most_ranks(units: int) -> int:
    """Return the largest rank that rejects: 5 percent of the units, and one where that is less than one."""
    return max(1, int(np.floor(units * LEVEL + _TIE)))


def _rank(values: Floats, zone: int) -> int:
    return int(np.sum(values >= values[zone] - _TIE * abs(values[zone])))
