"""What a judgement leaves: one label, the tests behind it, and what these data cannot answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.core import CONFORMAL, GRADE_WORDS, Glance, Result, Table, UsageError
from pilotzone.judgement.assumed import assumptions_table
from pilotzone.judgement.tested import OutcomeTest, known

if TYPE_CHECKING:
    import altair as alt

    from pilotzone.core import Combine, Familywise, Grade, PoolRule, Statistic, VerdictLabel
    from pilotzone.judgement.findings import Finding
    from pilotzone.judgement.quadrants import QuadrantShares

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
class Verdict(Result):
    """One verdict on the claim "development without harm".

    Attributes
    ----------
    label
        What the tests show without allowance for drift.
    grade
        How that holds: with the declared allowance, or without only; ``None`` where the label names no finding.
    allowed
        The label over those findings that hold with the declared allowance.
    allowance
        What is allowed for: multiples of the zone's own largest placebo effect at earlier dates; with a covariance, of
        the largest earlier departure from parallel trends.
    findings
        Gain, harm excluded and harm shown, as far as the claim has them, over all outcomes of its sides together.
    sentence
        The verdict in one to three plain sentences. The first is `lost`, if anything is.
    reasons
        Why this label: which test, one sentence each.
    overturn
        What would overturn the findings that are shown, one sentence each; where none is, what would decide.
    p_claim
        p of the whole claim by the intersection-union test: the largest of its parts' p. This and the next three are
        NaN where an outcome that they need has no test.
    p_development, p_safeguards
        Its two parts: superiority of development, non-inferiority of the safeguards.
    p_harm
        p against "no harm beyond the margin on any safeguard".
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
        With a covariance, shares of gain and harm, "Gaussian approximation, flat prior"; ``None`` where an effect has
        no standard error, or the claim has one side only.
    lost
        Which outcomes the zone worsened, where single tests show it and the label does not say it; empty where none.
    """

    label: VerdictLabel
    grade: Grade | None
    allowed: VerdictLabel
    allowance: float
    findings: tuple[Finding, ...]
    sentence: str
    reasons: tuple[str, ...]
    overturn: tuple[str, ...]
    p_claim: float
    p_development: float
    p_safeguards: float
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
    lost: str = ""

    @property
    def over_time(self) -> bool:
        """Whether conformal p-values decide: the zone's window beside its other periods, and not beside other units."""
        return any(test.method.startswith(CONFORMAL) for test in self.tests)

    @property
    def headline(self) -> str:
        """The label with its grade."""
        return self.label if self.grade is None else f"{self.label} ({GRADE_WORDS[self.grade]})"

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

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return a chart of the p-values of all tests beside the level.

        Returns
        -------
        altair.LayerChart or altair.FacetChart
            It shows itself in a notebook, and ``.save("chart.png")`` writes it.
        """
        from pilotzone.judgement.drawing import plot_verdict

        return plot_verdict(self)

    def to_table(self) -> Table:
        """Return one row per outcome, and per statistic where there are two."""
        drifts = any(test.earlier is not None for test in self.tests)
        rows = [test.cells(drifts=drifts) for test in (*self.tests, *self.other_tests)]
        return Table.from_rows(tuple(rows[0]), [tuple(row.values()) for row in rows], title=f"Verdict: {self.headline}")

    def summary(self) -> Table:
        """Return one row per outcome by the fixed statistic: effect, standard error, one-sided p-values, units.

        `n` is how many units were ranked, or drawn on both sides where there is a covariance. Where `smallest_margin`
        is below zero, gains short of it are excluded as well.
        """
        drawn = self.inference
        count = self.unit_count if drawn is None else drawn.treated + drawn.controls
        names = ("outcome", "role", "effect", "effect_unit", "estimate", "se", "p_improved", "p_harm_excluded")
        rows = [
            (
                test.outcome.title,
                test.outcome.role,
                known(test.effect),
                test.outcome.display_unit,
                known(test.estimate),
                known(test.se),
                known(test.p_improved),
                known(test.p_harm_excluded),
                known(test.p_harm_shown),
                test.smallest_excluded_margin,
                count,
                test.main.grade,
            )
            for test in self.tests
        ]
        more = ("p_harm_shown", "smallest_margin", "n", "grade")
        return Table.from_rows((*names, *more), rows, title=f"Verdict: {self.headline}")

    def assumptions(self) -> Table:
        """Return what the verdict rests on: what must hold, what was checked, and what no check can tell.

        Returns
        -------
        Table
            One row per assumption that this label needs; all columns are words.

        Examples
        --------
        >>> from pilotzone.core import JointEffects, Outcome, PlaceboDraws
        >>> from pilotzone.judgement import judge
        >>> import numpy as np
        >>> gaps = np.array([[0.3], [0.1], [-0.2], [0.0]])
        >>> draws = PlaceboDraws("ABCD", 0, gaps, np.zeros((4, 1)), np.ones((4, 1)), "symmetric")
        >>> jobs = Outcome("jobs", "development", "up", 5.0, "log")
        >>> verdict = judge(JointEffects("A", 2016, (2016,), "sc", (jobs,), gaps[0], draws), alpha=0.25)
        >>> verdict.assumptions().columns["assumption"][:2]
        ('Units are exchangeable', 'The zone does not drift by itself')
        """
        return assumptions_table(self)

    def glance(self) -> Glance:
        """Return label, sentence and reasons, and the summary."""
        return Glance(self.headline, (self.sentence, *self.reasons, *self.overturn), self.summary())

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain data for JSON."""
        record: dict[str, Any] = {
            "label": self.label,
            "grade": self.grade,
            "label_with_allowance": self.allowed,
            "allowance": self.allowance,
            "sentence": self.sentence,
            "reasons": list(self.reasons),
            "overturn": list(self.overturn),
            "findings": [
                {"finding": item.kind, "p": known(item.p), "breakdown": known(item.multiple), "grade": item.grade}
                for item in self.findings
            ],
            "p_claim": known(self.p_claim),
            "p_development": known(self.p_development),
            "p_safeguards": known(self.p_safeguards),
            "p_harm": known(self.p_harm),
            "alpha": self.alpha,
            "statistic": self.statistic,
            "development_rule": self.development_rule,
            "smallest_p": self.smallest_p,
            "unit_count": self.unit_count,
            "pool_rule": self.pool_rule,
            "tests": self.to_table().records(),
            "other_label": self.other_label,
            "remarks": list(self.remarks),
            "assumptions": self.assumptions().records(),
            "limits": list(self.limits),
        }
        if self.inference is not None:
            shares = self.quadrants.to_dict() if self.quadrants else None
            record |= {"inference": asdict(self.inference), "quadrants": shares}
        return record
