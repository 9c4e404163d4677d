"""All tests of one outcome: three findings, with what they rest on and how far they hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from pilotzone.core import SAFEGUARDS
from pilotzone.judgement.findings import Finding, FindingKind

if TYPE_CHECKING:
    from pilotzone.core import Cell, CheckState, Outcome, Statistic

__all__ = ["OutcomeTest", "known"]


@dataclass(frozen=True)
class OutcomeTest:
    """All one-sided tests of one outcome, by one placebo statistic or by a covariance.

    p-values are NaN where `refused` or `unassessed` says why there are none.

    Attributes
    ----------
    outcome
        The outcome, with its margin.
    statistic
        Placebo statistic behind the ranks; ``None`` where there is a covariance.
    estimate
        Mean gap over the window, or effect, in the outcome's scale (log points or its own unit).
    gain
        Against the null "no improvement": an effect in the good direction.
    excluded
        Against the null "harm of at least the margin": shown means that harm beyond the margin is excluded.
    harm
        Against the null "harm of at most the margin": shown means that harm beyond the margin is.
    p_worsened
        p of the null "no worsening" against an effect in the bad direction, at zero: shown, decides nothing.
    smallest_excluded_margin
        The smallest margin, in readable units, beyond which harm would be excluded at alpha; ``None`` if none would.
    smallest_shown
        The effect, in readable units, beyond which a gain would be shown at alpha; ``None`` if none would.
    rank_improved
        Rank of the treated unit behind `p_improved`: how many units, itself included, did at least as well. ``None``
        where there is a covariance.
    identification
        State of the diagnostics, which decide nothing: passed, failed or cannot be assessed.
    earlier
        Largest size of the treated unit's placebo effect at dates held out before the start, in the outcome's scale;
        ``None`` where it is not known, and where departures from parallel trends are measured in its place.
    se
        Standard error of the estimate, from the covariance.
    p_adjusted
        With a covariance, `p_improved` of a development outcome or `p_harm_shown` of a safeguard, adjusted for all
        outcomes of its side: which of several rose, or were harmed.
    refused
        Why there is no test of this outcome: too few units for any p-value to be right.
    unassessed
        Why this outcome cannot be assessed: no figures for the window, no past, or no variation.
    method
        With a covariance, what the p-values of this outcome rest on, where that is not its standard error.
    """

    outcome: Outcome
    statistic: Statistic | None
    estimate: float
    gain: Finding
    excluded: Finding
    harm: Finding
    p_worsened: float
    smallest_excluded_margin: float | None
    smallest_shown: float | None
    rank_improved: int | None
    identification: CheckState
    earlier: float | None = None
    se: float | None = None
    p_adjusted: float | None = None
    refused: str = ""
    unassessed: str = ""
    method: str = ""

    @classmethod
    def untested(
        cls,
        outcome: Outcome,
        statistic: Statistic | None,
        estimate: float,
        identification: CheckState,
        *,
        refused: str = "",
        unassessed: str = "",
        se: float | None = None,
    ) -> OutcomeTest:
        """Return the row of an outcome that has no test, with the reason."""
        none = (Finding(kind, math.nan, None, None, "not shown") for kind in get_args(FindingKind))
        gain, excluded, harm = none
        return cls(
            outcome,
            statistic,
            estimate,
            gain,
            excluded,
            harm,
            p_worsened=math.nan,
            smallest_excluded_margin=None,
            smallest_shown=None,
            rank_improved=None,
            identification=identification,
            se=se,
            p_adjusted=None if statistic else math.nan,
            refused=refused,
            unassessed=unassessed,
        )

    @property
    def effect(self) -> float:
        """The estimate in readable units: percent on a log scale."""
        return self.outcome.display(self.estimate)

    @property
    def p_improved(self) -> float:
        """One-sided p of the null "no improvement"."""
        return self.gain.p

    @property
    def p_harm_excluded(self) -> float:
        """One-sided p of the null "harm of at least the margin"."""
        return self.excluded.p

    @property
    def p_harm_shown(self) -> float:
        """One-sided p of the null "harm of at most the margin"."""
        return self.harm.p

    @property
    def why_none(self) -> str:
        """Why there is no test; nothing where there is one."""
        return self.unassessed or self.refused

    @property
    def main(self) -> Finding:
        """The finding that the claim asks of this outcome: a gain, or harm excluded, or harm where it is shown."""
        if self.outcome.role not in SAFEGUARDS:
            return self.gain
        return self.harm if self.harm.shown else self.excluded

    @property
    def overturning_drift(self) -> float | None:
        """The drift without the zone that would overturn `main`, signed, in the outcome's scale.

        ``None`` where nothing is found, no drift is large enough, or a standard error decides.
        """
        found = self.main
        if not found.shown or found.drift is None or not math.isfinite(found.drift):
            return None
        # Adverse is what would have brought about the finding by itself.
        adverse = -self.outcome.sign if found.kind == "harm shown" else self.outcome.sign
        return adverse * found.drift

    def cells(self, *, drifts: bool = False) -> dict[str, Cell]:
        """Return the outcome's row by name; what only one kind of test has stands with that kind.

        `drifts` says whether some outcome of the table has a drift at earlier dates, as all have with placebo ranks.
        """
        ranked = self.statistic is not None
        row: dict[str, Cell] = {"outcome": self.outcome.name, "role": self.outcome.role}
        row |= {"statistic": self.statistic} if ranked else {}
        row |= {"estimate": known(self.estimate)}
        row |= {} if ranked else {"se": known(self.se)}
        row |= {
            "effect": known(self.effect),
            "effect_unit": self.outcome.display_unit,
            "margin": self.outcome.margin,
            "p_improved": known(self.p_improved),
            "p_worsened": known(self.p_worsened),
            "p_harm_excluded": known(self.p_harm_excluded),
            "p_harm_shown": known(self.p_harm_shown),
        }
        row |= {} if ranked else {"p_adjusted": known(self.p_adjusted)}
        row |= {"smallest_excluded_margin": self.smallest_excluded_margin, "smallest_shown": self.smallest_shown}
        row |= {"earlier_drift": self.earlier} if ranked or drifts else {}
        for name, found in (("gain", self.gain), ("harm_excluded", self.excluded), ("harm_shown", self.harm)):
            row |= {f"breakdown_{name}": known(found.multiple)}
        return row | {"grade": self.main.grade, "diagnostics": self.identification, "no_test": self.why_none}


def known(value: float | None) -> float | None:
    """Return a number, or ``None`` for one that is not there or has no end."""
    return None if value is None or not math.isfinite(value) else value
