"""What a judgement leaves: one label, the tests behind it, and what these data cannot answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.core import Table

if TYPE_CHECKING:
    import pandas as pd

    from pilotzone.core import CheckState, Combine, Outcome, PoolRule, Statistic, VerdictLabel

__all__ = ["OutcomeTest", "Verdict"]


@dataclass(frozen=True)
class OutcomeTest:
    """All one-sided tests of one outcome by one placebo statistic.

    Attributes
    ----------
    outcome
        The outcome, with its margin.
    statistic
        Placebo statistic behind the ranks.
    estimate
        Mean gap over the window in the outcome's scale (log points or its own unit).
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
        Rank of the treated unit behind `p_improved`: how many units, itself included, did at least as well.
    identification
        Passed, failed or cannot be assessed.
    """

    outcome: Outcome
    statistic: Statistic
    estimate: float
    p_improved: float
    p_worsened: float
    p_harm_excluded: float
    p_harm_shown: float
    smallest_excluded_margin: float | None
    rank_improved: int
    identification: CheckState

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
        p of the whole claim by the intersection-union test: the largest of its parts' p.
    p_development, p_environment
        Its two parts: superiority of development, non-inferiority of environment.
    p_harm
        p against "no harm beyond the margin on any environment outcome".
    alpha, statistic, development_rule
        As fixed before estimation.
    smallest_p, unit_count, pool_rule
        What the placebos can show at best.
    tests
        Tests by the fixed statistic, one per outcome of the claim.
    other_tests, other_label
        The same by the other statistic, and the label it would have given.
    remarks
        What a careful reader should be told: disagreement of statistics, losses, approximate ranks.
    limits
        What the data cannot answer, from the evidence and the study file.
    """

    label: VerdictLabel
    sentence: str
    reasons: tuple[str, ...]
    p_claim: float
    p_development: float
    p_environment: float
    p_harm: float
    alpha: float
    statistic: Statistic
    development_rule: Combine
    smallest_p: float
    unit_count: int
    pool_rule: PoolRule
    tests: tuple[OutcomeTest, ...]
    other_tests: tuple[OutcomeTest, ...]
    other_label: VerdictLabel
    remarks: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    def to_table(self) -> Table:
        """Return one row per outcome and statistic."""
        names = (
            "outcome",
            "role",
            "statistic",
            "estimate",
            "effect",
            "effect_unit",
            "margin",
            "p_improved",
            "p_worsened",
            "p_harm_excluded",
            "p_harm_shown",
            "smallest_excluded_margin",
            "identification",
        )
        rows = [
            (
                test.outcome.name,
                test.outcome.role,
                test.statistic,
                test.estimate,
                test.effect,
                test.outcome.display_unit,
                test.outcome.margin,
                test.p_improved,
                test.p_worsened,
                test.p_harm_excluded,
                test.p_harm_shown,
                test.smallest_excluded_margin,
                test.identification,
            )
            for test in (*self.tests, *self.other_tests)
        ]
        return Table.from_rows(names, rows, title=f"Verdict: {self.label}")

    def to_frame(self) -> pd.DataFrame:
        """Return `to_table` as a pandas data frame."""
        return self.to_table().to_frame()

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain data for JSON."""
        return {
            "label": self.label,
            "sentence": self.sentence,
            "reasons": list(self.reasons),
            "p_claim": self.p_claim,
            "p_development": self.p_development,
            "p_environment": self.p_environment,
            "p_harm": self.p_harm,
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

    def _repr_html_(self) -> str:
        return self.to_table()._repr_html_()
