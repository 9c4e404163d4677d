"""What a judgement leaves: one label, the tests behind it, and what these data cannot answer."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.core import Table, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from pilotzone.core import Cell, CheckState, Combine, Familywise, Outcome, PoolRule, Statistic, VerdictLabel
    from pilotzone.judge.quadrants import QuadrantShares

__all__ = ["Inference", "OutcomeTest", "Ranks", "Verdict"]


@dataclass(frozen=True)
class Ranks:
    """What placebo ranks rest on, and what they can show at best.

    Attributes
    ----------
    statistic
        Placebo statistic, fixed before estimation.
    smallest_p, unit_count, pool_rule
        The smallest p that can come out, among how many units, with which pools.
    """

    statistic: Statistic
    smallest_p: float
    unit_count: int
    pool_rule: PoolRule


@dataclass(frozen=True)
class Inference:
    """What the p-values of a verdict rest on where effects come with a covariance.

    Attributes
    ----------
    degrees
        Degrees of freedom of the t distributions; ``None`` for normal ones.
    drawn, treated, controls
        What was drawn independently, and how many of these are on either side.
    method
        Words on how the covariance was estimated.
    familywise
        How at least one of several outcomes is tested.
    """

    degrees: float | None
    drawn: str
    treated: int
    controls: int
    method: str
    familywise: Familywise


@dataclass(frozen=True)
class OutcomeTest:
    """All one-sided tests of one outcome, by one placebo statistic or by a covariance.

    p-values are NaN where `refused` says why there are none.

    Attributes
    ----------
    outcome
        The outcome, with its margin.
    statistic
        Placebo statistic behind the ranks; ``None`` where there is a covariance.
    estimate
        Mean gap over the window, or effect, in the outcome's scale (log points or its own unit).
    p_improved
        p of the null "no improvement" against an effect in the good direction.
    p_worsened
        p of the null "no worsening" against an effect in the bad direction, at zero: shown, decides nothing.
    p_harm_excluded
        p of the null "harm of at least the margin": small means harm beyond the margin is excluded.
    p_harm_shown
        p of the null "harm of at most the margin": small means harm beyond the margin is shown.
    smallest_excluded_margin
        The smallest margin, in readable units, beyond which harm would be excluded at alpha; ``None`` if none would.
    rank_improved
        Rank of the treated unit behind `p_improved`: how many units, itself included, did at least as well. ``None``
        where there is a covariance.
    identification
        Passed, failed or cannot be assessed.
    se
        Standard error of the estimate, from the covariance.
    p_adjusted
        With a covariance, `p_improved` of a development outcome or `p_harm_shown` of an environment one, adjusted for
        all outcomes of its role: which of several rose, or were harmed.
    refused
        Why there is no test of this outcome.
    """

    outcome: Outcome
    statistic: Statistic | None
    estimate: float
    p_improved: float
    p_worsened: float
    p_harm_excluded: float
    p_harm_shown: float
    smallest_excluded_margin: float | None
    rank_improved: int | None
    identification: CheckState
    se: float | None = None
    p_adjusted: float | None = None
    refused: str = ""

    @property
    def effect(self) -> float:
        """The estimate in readable units: percent on a log scale."""
        return self.outcome.display(self.estimate)


@dataclass(frozen=True)
class Verdict:
    """One verdict on the claim "development without harm".

    Attributes
    ----------
    label
        One of the eight labels.
    sentence
        The verdict in one or two plain sentences.
    reasons
        Why this label: which test or which check, one sentence each.
    p_claim
        p of the whole claim by the intersection-union test: the largest of its parts' p. This and the next three are
        NaN where an outcome that they need has no test.
    p_development, p_environment
        Its two parts: superiority of development, non-inferiority of environment.
    p_harm
        p against "no harm beyond the margin on any environment outcome".
    alpha, statistic, development_rule
        As fixed before estimation; no statistic where there is a covariance.
    smallest_p, unit_count, pool_rule
        What the placebos can show at best; ``None`` where there is a covariance.
    tests
        Tests by the fixed statistic, one per outcome of the claim.
    other_tests, other_label
        The same by the other statistic, and the label it would have given; none where there is a covariance.
    remarks
        What a careful reader should be told: disagreement of statistics, losses, approximate ranks.
    limits
        What the data cannot answer, from the evidence and the study file.
    inference
        What p-values rest on where there is a covariance; ``None`` where they are placebo ranks.
    quadrants
        With a covariance, shares of gain and harm, "Gaussian approximation, flat prior"; ``None`` where an effect is
        not identified or not tested.
    """

    label: VerdictLabel
    sentence: str
    reasons: tuple[str, ...]
    p_claim: float
    p_development: float
    p_environment: float
    p_harm: float
    alpha: float
    statistic: Statistic | None
    development_rule: Combine
    smallest_p: float | None
    unit_count: int | None
    pool_rule: PoolRule | None
    tests: tuple[OutcomeTest, ...]
    other_tests: tuple[OutcomeTest, ...] = ()
    other_label: VerdictLabel | None = None
    remarks: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    inference: Inference | None = None
    quadrants: QuadrantShares | None = None

    @property
    def ranks(self) -> Ranks:
        """What the placebo ranks of the verdict rest on.

        Raises
        ------
        UsageError
            If the verdict is by a covariance.
        """
        statistic, smallest_p, count, rule = self.statistic, self.smallest_p, self.unit_count, self.pool_rule
        if statistic is None or smallest_p is None or count is None or rule is None:
            raise UsageError(
                "the verdict rests on a covariance, and not on placebo ranks.",
                allowed="a verdict on one zone or a few, by synthetic control and its relatives",
            )
        return Ranks(statistic, smallest_p, count, rule)

    def to_table(self) -> Table:
        """Return one row per outcome, and per statistic where there are two."""
        rows = [_row(test, ranked=self.inference is None) for test in (*self.tests, *self.other_tests)]
        return Table.from_rows(tuple(rows[0]), [tuple(row.values()) for row in rows], title=f"Verdict: {self.label}")

    def to_frame(self) -> pd.DataFrame:
        """Return `to_table` as a pandas data frame."""
        return self.to_table().to_frame()

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain data for JSON."""
        record: dict[str, Any] = {
            "label": self.label,
            "sentence": self.sentence,
            "reasons": list(self.reasons),
            "p_claim": _known(self.p_claim),
            "p_development": _known(self.p_development),
            "p_environment": _known(self.p_environment),
            "p_harm": _known(self.p_harm),
            "alpha": self.alpha,
            "statistic": self.statistic,
            "development_rule": self.development_rule,
            "smallest_p": self.smallest_p,
            "unit_count": self.unit_count,
            "pool_rule": self.pool_rule,
            "tests": self.to_table().records(),
            "other_label": self.other_label,
            "remarks": list(self.remarks),
            "limits": list(self.limits),
        }
        if self.inference is not None:
            shares = self.quadrants.to_dict() if self.quadrants else None
            record |= {"inference": asdict(self.inference), "quadrants": shares}
        return record

    def _repr_html_(self) -> str:
        return self.to_table()._repr_html_()


def _row(test: OutcomeTest, *, ranked: bool) -> dict[str, Cell]:
    """Return the cells of one outcome, by name; what only one kind of test has stands with that kind."""
    row: dict[str, Cell] = {"outcome": test.outcome.name, "role": test.outcome.role}
    row |= {"statistic": test.statistic} if ranked else {}
    row |= {"estimate": _known(test.estimate)}
    row |= {} if ranked else {"se": _known(test.se)}
    row |= {
        "effect": _known(test.effect),
        "effect_unit": test.outcome.display_unit,
        "margin": test.outcome.margin,
        "p_improved": _known(test.p_improved),
        "p_worsened": _known(test.p_worsened),
        "p_harm_excluded": _known(test.p_harm_excluded),
        "p_harm_shown": _known(test.p_harm_shown),
    }
    row |= {} if ranked else {"p_adjusted": _known(test.p_adjusted)}
    row |= {"smallest_excluded_margin": test.smallest_excluded_margin, "identification": test.identification}
    return row if ranked else row | {"refused": test.refused}


def _known(value: float | None) -> float | None:
    """Return a number, or ``None`` for one that is not there."""
    return None if value is None or math.isnan(value) else value
