"""Two outcomes of the same units fitted once, and judged with any unit as the zone and any constant effects.

Weights rest on the periods before, so that constant effects in the window, on the zone or on its donors, need no new
fit: gaps move by the effects less what weights make of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import EarlierEffects, Identification, JointEffects, Outcome, PlaceboDraws, attained_level
from pilotzone.judgement.findings import Question, grade_of, ranked_finding
from pilotzone.judgement.labels import decide
from pilotzone.judgement.ranks import DEFAULT_STATISTIC
from tests.simulation.placebos import placebos

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.core import VerdictLabel
    from pilotzone.judgement.findings import Finding, FindingKind
    from tests.simulation.placebos import Placebos

    Floats = NDArray[np.float64]

__all__ = ["Pair", "fitted", "joint_of", "verdicts"]

LEVEL = 0.05


@dataclass(frozen=True, eq=False)
class Pair:
    """Placebos of development, for which up is good, and of the environment, for which down is.

    Attributes
    ----------
    development, environment
        Every unit fitted by all others.
    margins
        Margin of either, in its own scale.
    """

    development: Placebos
    environment: Placebos
    margins: tuple[float, float]

    @property
    def units(self) -> int:
        """Number of units, the zone counted."""
        return len(self.development.gaps)

    @property
    def parts(self) -> tuple[Placebos, Placebos]:
        """Both outcomes."""
        return self.development, self.environment


def fitted(development: Floats, environment: Floats, before: int, margins: tuple[float, float]) -> Pair:
    """Fit both outcomes, paths of shape (n, T), on the first `before` periods."""
    return Pair(placebos(development, before), placebos(environment, before), margins)


def joint_of(pair: Pair, zone: int, effects: Sequence[float | Floats] = (0.0, 0.0)) -> JointEffects:
    """Return the effects that a study with this zone would find.

    Parameters
    ----------
    pair
        Both outcomes, fitted without effects.
    zone
        Which unit has the zone.
    effects
        True effects on development and environment over the window: on the zone alone, or on every unit, shape (n,).
    """
    names = [f"U{k:03d}" for k in range(pair.units)]
    gain, harm = pair.margins
    outcomes = (
        Outcome("gain", role="development", good="up", margin=gain, scale="level"),
        Outcome("harm", role="environment", good="down", margin=harm, scale="level"),
    )
    gaps, slopes, fits, lows, highs = [], [], [], [], []
    for found, effect in zip(pair.parts, effects, strict=True):
        own = np.zeros(pair.units)
        own[zone] = 1.0
        every = effect * own if np.ndim(effect) == 0 else np.asarray(effect)
        gaps.append(found.mean_gap + every - found.weights @ every)
        slopes.append(found.weights @ own - own)
        fits.append(found.rmspe)
        lows.append(found.drift.min(axis=1))
        highs.append(found.drift.max(axis=1))
    earlier = EarlierEffects(np.column_stack(lows), np.column_stack(highs))
    gap = np.column_stack(gaps)
    draws = PlaceboDraws(
        names, zone, gap, np.column_stack(slopes), np.column_stack(fits), "symmetric", earlier=lambda: earlier
    )
    # Diagnostics decide nothing, and none is run.
    none = tuple(Identification(outcome.name, ()) for outcome in outcomes)
    return JointEffects(
        unit=names[zone], start=1, window=(1,), estimator="sc_intercept", outcomes=outcomes, estimate=gap[zone],
        placebos=draws, identification=none,
    )  # fmt: skip


_HOLDS = "with allowance"


def verdicts(effects: JointEffects, allowances: Sequence[float]) -> tuple[VerdictLabel, ...]:
    """Return the label of what holds with each allowance, as `judge` does with one after the other.

    Parameters
    ----------
    effects
        Of one development outcome and one of the environment.
    allowances
        Multiples of the zone's own largest placebo effect; zero for the label by ranks.
    """
    draws, (gain, harm) = effects.draws, effects.outcomes
    alpha = max(LEVEL, attained_level(LEVEL, len(draws.units)))
    questions: tuple[tuple[FindingKind, Question], ...] = (
        ("gain", Question(0, gain.sign, 0.0)),
        ("harm excluded", Question(1, harm.sign, harm.harm_boundary)),
        ("harm shown", Question(1, -harm.sign, harm.harm_boundary)),
    )
    found = [
        ranked_finding(draws, [asked], kind, statistic=DEFAULT_STATISTIC, alpha=alpha, allowance=0.0)
        for kind, asked in questions
    ]

    def holds(finding: Finding, allowance: float) -> bool:
        return finding.shown and (allowance == 0 or grade_of(finding.p, alpha, finding.multiple, allowance) == _HOLDS)

    return tuple(
        decide(
            assessable=True,
            decidable=draws.smallest_p <= alpha,
            gain=holds(found[0], allowance),
            harm_excluded=holds(found[1], allowance),
            harm_shown=holds(found[2], allowance),
        )
        for allowance in allowances
    )
