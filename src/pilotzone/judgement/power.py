"""How often each verdict comes out where effects are normal with a known covariance and truths are given.

All findings of a verdict are bounds on t statistics that are jointly normal, or t with a common scale: development
shown, harm excluded, harm shown. Every label is a sum and difference of probabilities that all of some statistics are
above bounds, so that with one outcome of each role its probability is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from pilotzone.core import Glance, Result, Table, VerdictLabel
from pilotzone.judgement.normals import Probability, all_above, critical_value, quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Combine, Familywise

    Floats = NDArray[np.float64]

__all__ = ["Statistics", "VerdictPower", "claim_power", "verdict_power"]

_NO_BOUND = -np.inf


@dataclass(frozen=True, eq=False)
class Statistics:
    """The t statistics of a claim before there are data: their means, and how they vary together.

    Attributes
    ----------
    gains
        Means of those of development outcomes against zero, good direction up, shape (D,).
    margins
        Means of those of safeguards against their margins, good direction up, shape (E,).
    correlation
        Correlation of all of them, development first, shape (D + E, D + E).
    degrees
        Degrees of freedom; ``None`` for normal ones.
    alpha, development, familywise
        As in `judge`.
    """

    gains: Floats
    margins: Floats
    correlation: Floats
    degrees: float | None
    alpha: float
    development: Combine
    familywise: Familywise

    @property
    def single(self) -> float:
        """Critical value of one test."""
        return quantile(self.alpha, self.degrees)

    def several(self, chosen: slice) -> float:
        """Return the critical value of the largest statistic of a role."""
        part = self.correlation[chosen, chosen]
        if self.familywise == "holm":
            return quantile(self.alpha / len(part), self.degrees)
        return critical_value(self.alpha, part, self.degrees)


def claim_power(law: Statistics) -> Probability:
    """Return the probability that all parts of the claim are rejected together."""
    return _gain_and(law, law.single)


def verdict_power(law: Statistics, success: VerdictLabel = "green growth") -> tuple[dict[VerdictLabel, float], float]:
    """Return the probability of each label without allowance, and the largest error.

    `success` is what the claim is called where all of it is shown.
    """
    count = len(law.gains)
    harm_bound = -law.several(slice(count, None))
    gain, gain_excluded = _gain_and(law, _NO_BOUND), _gain_and(law, law.single)
    gain_unharmed = _gain_and(law, harm_bound)
    excluded, unharmed = _margins_above(law, law.single), _margins_above(law, harm_bound)
    green, growth = gain_excluded.value, gain.value
    cost = max(growth - gain_unharmed.value, 0.0)
    found: dict[VerdictLabel, float] = dict.fromkeys(get_args(VerdictLabel), 0.0)
    found[success] = green
    found["growth at a cost"] = cost
    found["harm without growth"] = max(1 - unharmed.value - cost, 0.0)
    found["growth, harm not excluded"] = max(growth - green - cost, 0.0)
    found["harm excluded, growth not shown"] = max(excluded.value - green, 0.0)
    found["too noisy for this margin"] = max(1 - sum(found.values()), 0.0)
    errors = [item.error for item in (gain, gain_excluded, gain_unharmed, excluded, unharmed)]
    return found, float(np.linalg.norm(errors))


def _margins_above(law: Statistics, bound: float) -> Probability:
    """Return the probability that the statistics of all safeguards are at least the bound."""
    count = len(law.margins)
    return all_above(np.full(count, bound), law.margins, law.correlation[-count:, -count:], law.degrees)


def _gain_and(law: Statistics, bound: float) -> Probability:
    """Return the probability that development is shown and the statistics of all safeguards are at least the bound."""
    gains, margins = len(law.gains), len(law.margins)
    several = law.development == "any" and gains > 1
    side = np.r_[np.full(gains, -1.0 if several else 1.0), np.ones(margins)]
    # Of several any: what is left of all cases where the environment is as asked without those where no outcome rises.
    first = -law.several(slice(0, gains)) if several else law.single
    bounds = np.r_[np.full(gains, first), np.full(margins, bound)]
    means = side * np.r_[law.gains, law.margins]
    kept = np.flatnonzero(bounds > _NO_BOUND)
    spread = (law.correlation * np.outer(side, side))[np.ix_(kept, kept)]
    both = all_above(bounds[kept], means[kept], spread, law.degrees)
    if not several:
        return both
    rest = Probability(1.0) if bound == _NO_BOUND else _margins_above(law, bound)
    return Probability(max(rest.value - both.value, 0.0), float(np.hypot(rest.error, both.error)))


@dataclass(frozen=True)
class VerdictPower(Result):
    """How often each verdict comes out, if effects are what is assumed and trends are parallel.

    Attributes
    ----------
    power
        Probability that all of the claim is shown: gain, and harm excluded.
    development, safeguards
        Probabilities of its two parts alone.
    labels
        Probability of each label, without allowance for departures from parallel trends.
    alone
        Probability by outcome that its own test rejects: gain shown, or harm excluded.
    treated, controls
        Units, or clusters, on either side.
    error
        Largest Monte Carlo standard error; zero with one outcome of each role, where all is exact.
    """

    power: float
    development: float
    safeguards: float
    labels: dict[VerdictLabel, float]
    alone: dict[str, float]
    treated: int
    controls: int
    error: float

    def to_table(self) -> Table:
        """Return the labels that can come out, and how often."""
        rows = [(label, share) for label, share in self.labels.items() if label in _TWO_SIDED or share > 0]
        title = f"Verdicts with {self.treated:,} treated and {self.controls:,} control units"
        return Table.from_rows(("verdict", "probability"), rows, title=title)

    def summary(self) -> Table:
        """Return the probability that the claim, each part of it and each outcome's own test come out."""
        rows = [("whole claim", self.power), ("development", self.development), ("safeguards", self.safeguards)]
        rows += [(f"{name} alone", share) for name, share in self.alone.items()]
        cells = [(*row, self.treated, self.controls) for row in rows]
        title = f"Power with {self.treated:,} treated and {self.controls:,} control units"
        return Table.from_rows(("what", "power", "treated", "controls"), cells, title=title)

    def glance(self) -> Glance:
        """Return the power, and how often each verdict comes out."""
        return Glance(f"power {self.power:.3f}", (), self.to_table())

    def to_dict(self) -> dict[str, Any]:
        """Return the power as plain data for JSON."""
        return {
            "power": self.power,
            "development": self.development,
            "safeguards": self.safeguards,
            "labels": dict(self.labels),
            "alone": dict(self.alone),
            "treated": self.treated,
            "controls": self.controls,
            "error": self.error,
        }


_TWO_SIDED: tuple[VerdictLabel, ...] = (
    "growth at a cost",
    "harm without growth",
    "growth, harm not excluded",
    "harm excluded, growth not shown",
    "too noisy for this margin",
)
"""Labels of a claim with gains and safeguards that are listed even where they never come out."""
