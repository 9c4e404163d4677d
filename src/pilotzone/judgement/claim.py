"""Tests of the claim "development without harm" on placebo draws.

Superiority on development and non-inferiority on the safeguards are joined by the intersection-union test (Berger
1982): the claim's p is the largest of its parts', and its size is at most alpha without any correction. No joint
rank feeds it, and no check of the design does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import SAFEGUARDS, UsageError, rank_p
from pilotzone.judgement.findings import Finding, Question, ranked_finding, weakest
from pilotzone.judgement.labels import decide
from pilotzone.judgement.ranks import (
    OVER_EARLIER,
    breakdown_drift,
    oriented_statistic,
    shown_from,
    smallest_excluded_harm,
)
from pilotzone.judgement.tested import OutcomeTest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Combine, Grade, JointEffects, Role, Statistic, VerdictLabel
    from pilotzone.judgement.findings import FindingKind

__all__ = ["ClaimTests", "assess_claim", "by_role", "claim_of", "no_finding"]


@dataclass(frozen=True)
class ClaimTests:
    """The claim tested by one statistic, or by a covariance.

    Attributes
    ----------
    tests
        One per outcome of the claim.
    gain, excluded, harm
        Development shown; harm beyond the margins excluded on all safeguards, and shown on some. ``None`` where the
        claim has no such outcomes; p is NaN where an outcome without a test has a part in it.
    label, grade
        What the decision table makes of the findings, and the weakest grade of those that the label names; ``None``
        where it names none.
    allowed
        What the decision table makes of the findings that hold with the declared allowance.
    """

    tests: tuple[OutcomeTest, ...]
    gain: Finding | None
    excluded: Finding | None
    harm: Finding | None
    label: VerdictLabel
    grade: Grade | None
    allowed: VerdictLabel

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those that the claim has."""
        return tuple(found for found in (self.gain, self.excluded, self.harm) if found is not None)

    @property
    def p_development(self) -> float:
        """One-sided p of superiority; NaN for none."""
        return math.nan if self.gain is None else self.gain.p

    @property
    def p_safeguards(self) -> float:
        """One-sided p of non-inferiority on all safeguards; NaN for none."""
        return math.nan if self.excluded is None else self.excluded.p

    @property
    def p_harm(self) -> float:
        """One-sided p against "no harm beyond the margin on any safeguard"; NaN for none."""
        return math.nan if self.harm is None else self.harm.p

    @property
    def p_claim(self) -> float:
        """The intersection-union p: the largest of the parts'; NaN where one of them has none."""
        parts = [found.p for found in (self.gain, self.excluded) if found is not None]
        return math.nan if any(math.isnan(p) for p in parts) else max(parts)


def claim_of(
    tests: Sequence[OutcomeTest],
    gain: Finding | None,
    excluded: Finding | None,
    harm: Finding | None,
    *,
    decidable: bool,
    allowance: float,
) -> ClaimTests:
    """Return the claim with the label that follows from its findings, and with the allowance if one is declared."""
    roles = {test.outcome.role for test in tests if test.outcome.role is not None}
    assessable = not any(test.unassessed for test in tests)

    def label(least: Grade) -> VerdictLabel:
        def holds(found: Finding | None) -> bool | None:
            return None if found is None else found.shown and weakest([found.grade, least]) == least

        return decide(
            assessable=assessable,
            decidable=decidable,
            gain=holds(gain),
            harm_excluded=holds(excluded),
            harm_shown=holds(harm),
            roles=roles,
        )

    told = assessable and decidable
    shown = [found.grade for found in (gain, excluded, harm) if told and found is not None and found.shown]
    allowed = label("with allowance" if allowance > 0 else "without allowance")
    return ClaimTests(tuple(tests), gain, excluded, harm, label("without allowance"), weakest(shown), allowed)


def assess_claim(
    effects: JointEffects, *, statistic: Statistic, alpha: float, rule: Combine, allowance: float
) -> ClaimTests:
    """Test the claim by one statistic.

    Parameters
    ----------
    effects
        Joint effects with placebo draws; outcomes without a role are not part of the claim.
    statistic
        Placebo statistic.
    alpha
        Level of each one-sided test.
    rule
        Several development outcomes: ``all`` must rise or ``any`` of them (min-p over the same placebos).
    allowance
        Multiples of the zone's own largest earlier placebo effect that are to be allowed for.

    Raises
    ------
    UsageError
        If no outcome has a role.
    """
    development, safeguards = by_role(effects)
    why = {k: unassessed(effects, k, statistic) for k in (*development, *safeguards)}

    def finding(columns: list[int], kind: FindingKind, rule: Combine) -> Finding | None:
        if not columns:
            return None
        if any(why[k] for k in columns):
            return no_finding(kind)
        asked = [Question.of(effects.outcomes[k], k, kind) for k in columns]
        return ranked_finding(
            effects.draws, asked, kind, statistic=statistic, alpha=alpha, allowance=allowance, rule=rule
        )

    tests = [_test_outcome(effects, k, statistic, alpha, allowance, why[k]) for k in sorted(why)]
    return claim_of(
        tests,
        finding(development, "gain", rule),
        finding(safeguards, "harm excluded", "all"),
        finding(safeguards, "harm shown", "any"),
        decidable=effects.draws.smallest_p <= alpha,
        allowance=allowance,
    )


def no_finding(kind: FindingKind) -> Finding:
    """Return the finding of what has no test."""
    return Finding(kind, math.nan, None, None, "not shown")


def by_role(effects: JointEffects) -> tuple[list[int], list[int]]:
    """Return the positions of development outcomes and of safeguards; one of the two may be empty.

    Raises
    ------
    UsageError
        If there is neither.
    """
    roles = [outcome.role for outcome in effects.outcomes]
    development = [k for k, role in enumerate(roles) if role == "development"]
    safeguards = [k for k, role in enumerate(roles) if role in SAFEGUARDS]
    if not development and not safeguards:
        known: tuple[Role, ...] = ("development", *SAFEGUARDS)
        raise UsageError(
            "no outcome has a role: there is no claim to judge.",
            allowed=f"at least one outcome with a role: {', '.join(known)}",
            todo="give an outcome a role, and a margin: such as 'log_gdp,scale=log,role=development,margin=5%'",
        )
    return development, safeguards


def unassessed(effects: JointEffects, column: int, statistic: Statistic) -> str:
    """Return why an outcome cannot be assessed by placebo ranks, or nothing."""
    draws = effects.draws
    gaps, fits = draws.mean_gap[:, column], draws.pre_rmspe[:, column]
    if np.isnan(gaps[draws.treated]):
        return "There are no figures for the window."
    if not (gaps != 0).any() and not (fits != 0).any():
        return "No figure varies: there is nothing to compare."
    if statistic in OVER_EARLIER and np.isnan(_earlier(effects, column)):
        return "There is too little past: at least five fitted periods before the start are needed."
    return ""


def _earlier(effects: JointEffects, column: int) -> float:
    """Return the treated unit's largest placebo effect at earlier dates; NaN where it is not known."""
    if effects.draws.earlier is None:
        return math.nan
    return float(effects.draws.earlier().largest[effects.draws.treated, column])


def _test_outcome(
    effects: JointEffects, column: int, statistic: Statistic, alpha: float, allowance: float, why: str
) -> OutcomeTest:
    outcome, draws = effects.outcomes[column], effects.draws
    estimate, state = float(effects.estimate[column]), effects.identification_of(outcome.name).state
    if why:
        return OutcomeTest.untested(outcome, statistic, estimate, state, unassessed=why)

    def finding(kind: FindingKind) -> Finding:
        asked = Question.of(outcome, column, kind)
        found = ranked_finding(draws, [asked], kind, statistic=statistic, alpha=alpha, allowance=allowance)
        own = breakdown_drift(draws, column, statistic, asked.sign, alpha=alpha, null_effect=asked.null)
        return Finding(kind, found.p, found.multiple, own, found.grade)

    gain = finding("gain")
    bound = smallest_excluded_harm(draws, column, statistic, sign=outcome.sign, alpha=alpha)
    enough = shown_from(draws, column, statistic, sign=outcome.sign, alpha=alpha)
    worse = oriented_statistic(draws, column, statistic, -outcome.sign)
    earlier = _earlier(effects, column)
    return OutcomeTest(
        outcome=outcome,
        statistic=statistic,
        estimate=estimate,
        gain=gain,
        excluded=finding("harm excluded"),
        harm=finding("harm shown"),
        p_worsened=rank_p(worse, draws.treated),
        smallest_excluded_margin=None if bound is None else outcome.margin_of(bound),
        smallest_shown=None if enough is None else outcome.display(enough),
        rank_improved=round(gain.p * len(draws.units)),
        identification=state,
        earlier=None if math.isnan(earlier) else earlier,
    )
