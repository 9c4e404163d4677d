"""Tests of the claim "development without harm" where effects come with a covariance.

As with placebo draws the claim is an intersection-union test (Berger 1982): its p is the largest of its parts', each
from one effect, its standard error and a normal or t distribution, and no joint p feeds it. An outcome that rests on
too few units for a standard error has exact p-values in place of these where there are any.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.judgement.claim import ClaimTests, by_role, claim_of, no_finding
from pilotzone.judgement.familywise import adjusted_p, holm
from pilotzone.judgement.findings import Finding, Question, grade_of
from pilotzone.judgement.normals import quantile, upper_tail
from pilotzone.judgement.tested import OutcomeTest

if TYPE_CHECKING:
    from pilotzone.core import Combine, EffectCovariance, ExactTest, Familywise, JointEffects
    from pilotzone.judgement.findings import FindingKind

__all__ = ["assess_gaussian"]

_NONE = float("nan")
_ROUNDING = 1e-9


@dataclass(frozen=True)
class _Basis:
    """What all tests of a claim rest on, at which level, with what allowance."""

    effects: JointEffects
    covariance: EffectCovariance
    alpha: float
    allowance: float
    familywise: Familywise

    def t_value(self, asked: Question) -> float:
        """Return the effect less its null over its standard error, large against the null."""
        effect = float(self.effects.estimate[asked.column])
        return asked.sign * (effect - asked.null) / float(self.covariance.se[asked.column])

    def exact(self, column: int) -> ExactTest | None:
        """Return the exact test of an outcome that has no standard error, if there is one that can reach the level."""
        found = self.covariance.exact.get(self.effects.outcomes[column].name)
        return None if found is None or found.smallest_p > self.alpha else found

    def refusal(self, column: int) -> str:
        """Return why an outcome has no test at all, or nothing."""
        return "" if self.exact(column) else self.effects.refusal(self.effects.outcomes[column].name)

    def p(self, asked: Question) -> float:
        """Return the one-sided p of a question; NaN for none."""
        if (exact := self.exact(asked.column)) is not None:
            return exact.p(asked.null, asked.sign)
        if self.refusal(asked.column):
            return _NONE
        return upper_tail(self.t_value(asked), self.covariance.degrees)

    def multiple(self, asked: Question, alpha: float) -> float | None:
        """Return the bound on departures from parallel trends at which a question is no longer answered with yes."""
        if (exact := self.exact(asked.column)) is not None:
            measured = self._measure(exact, asked.column)
            bound = None if measured is None else exact.bound(asked.sign, alpha)
            if measured is None or bound is None:
                return None
            own = max(asked.sign * (bound - asked.null), 0.0)
            return own / measured if measured > _ROUNDING * own else math.inf
        if self.covariance.breakdown is None or self.effects.refusal(self.effects.outcomes[asked.column].name):
            return None
        found = self.covariance.breakdown(asked.column, asked.sign, asked.null, alpha)
        return None if math.isnan(found) else found

    def drift(self, asked: Question, alpha: float) -> float | None:
        """Return the drift of the treated unit alone that an exact test outlasts; not positive where it does not."""
        exact = self.exact(asked.column)
        bound = None if exact is None or exact.earlier is None else exact.bound(asked.sign, alpha)
        return None if bound is None else asked.sign * (bound - asked.null)

    def _measure(self, exact: ExactTest, column: int) -> float | None:
        """Return what the bound of an exact test is told in multiples of, in the outcome's scale, where that is known.

        That is the largest earlier placebo effect of a zone, or how far the largest earlier departure from parallel
        trends lets the effect be off.
        """
        if exact.earlier is not None:
            return exact.earlier
        measured = self.covariance.departures.get(self.effects.outcomes[column].name)
        return None if measured is None or measured.why else measured.allowed(1.0)

    def finding(self, kind: FindingKind, p: float, multiple: float | None, drift: float | None = None) -> Finding:
        """Return a finding with its grade."""
        return Finding(kind, p, multiple, drift, grade_of(p, self.alpha, multiple, self.allowance))


def assess_gaussian(
    effects: JointEffects,
    covariance: EffectCovariance,
    *,
    alpha: float,
    rule: Combine,
    familywise: Familywise,
    allowance: float,
) -> ClaimTests:
    """Test the claim by a covariance.

    Parameters
    ----------
    effects, covariance
        Joint effects and their covariance; outcomes without a role are not part of the claim.
    alpha
        Level of each one-sided test.
    rule
        Several development outcomes: ``all`` must rise or ``any`` of them.
    familywise
        How at least one of several outcomes is tested.
    allowance
        Bound on departures from parallel trends, in multiples of the largest earlier one, that is to be allowed for.

    Raises
    ------
    UsageError
        If no outcome has a role.

    Notes
    -----
    An outcome that is refused has no p-values (NaN), nor have the claim and its parts that need it; the verdict then
    cannot be decided, whatever the other outcomes show. Breakdowns of at least one of several outcomes are those of
    single tests at alpha over their number, so that they are never too far.
    """
    basis = _Basis(effects, covariance, alpha, allowance, familywise)
    development, safeguards = by_role(effects)
    adjusted = _adjusted(basis, development, "gain") | _adjusted(basis, safeguards, "harm shown")
    tests = [_test(basis, k, adjusted[k]) for k in sorted((*development, *safeguards))]
    gain = _all_of if rule == "all" else _any_of
    return claim_of(
        tests,
        gain(basis, development, "gain"),
        _all_of(basis, safeguards, "harm excluded"),
        _any_of(basis, safeguards, "harm shown"),
        decidable=not any(test.refused for test in tests),
        allowance=allowance,
    )


def _question(basis: _Basis, column: int, kind: FindingKind) -> Question:
    return Question.of(basis.effects.outcomes[column], column, kind)


def _adjusted(basis: _Basis, chosen: list[int], kind: FindingKind) -> dict[int, float]:
    """Return the adjusted p of each outcome of a side; of none of them if one has no test."""
    asked = [_question(basis, k, kind) for k in chosen]
    if any(basis.refusal(k) for k in chosen):
        return dict.fromkeys(chosen, _NONE)
    if any(basis.exact(k) for k in chosen):
        # What rests on re-dealt dates has no correlation with the rest; Holm's rule asks for none.
        return dict(zip(chosen, holm(np.array([basis.p(q) for q in asked])).tolist(), strict=True))
    turn = np.array([q.sign for q in asked])
    spread = basis.covariance.correlation[np.ix_(chosen, chosen)] * np.outer(turn, turn)
    t_values = np.array([basis.t_value(q) for q in asked])
    found = adjusted_p(t_values, spread, basis.covariance.degrees, basis.familywise)
    return dict(zip(chosen, found.tolist(), strict=True))


def _all_of(basis: _Basis, chosen: list[int], kind: FindingKind) -> Finding | None:
    """Return the finding on all outcomes of a side: the largest p and the least breakdown."""
    if not chosen:
        return None
    asked = [_question(basis, k, kind) for k in chosen]
    values = [basis.p(q) for q in asked]
    if any(math.isnan(p) for p in values):
        return no_finding(kind)
    bounds = [basis.multiple(q, basis.alpha) for q in asked]
    known = [bound for bound in bounds if bound is not None]
    return basis.finding(kind, max(values), min(known) if len(known) == len(bounds) else None)


def _any_of(basis: _Basis, chosen: list[int], kind: FindingKind) -> Finding | None:
    """Return the finding on at least one outcome of a side: the smallest adjusted p and the largest breakdown."""
    if not chosen:
        return None
    p = min(_adjusted(basis, chosen, kind).values(), default=_NONE)
    if math.isnan(p):
        return no_finding(kind)
    bounds = [basis.multiple(_question(basis, k, kind), basis.alpha / len(chosen)) for k in chosen]
    return basis.finding(kind, p, max((bound for bound in bounds if bound is not None), default=None))


def _test(basis: _Basis, column: int, adjusted: float) -> OutcomeTest:
    effects, outcome = basis.effects, basis.effects.outcomes[column]
    estimate, state = float(effects.estimate[column]), effects.identification_of(outcome.name).state
    se = float(basis.covariance.se[column])
    if why := basis.refusal(column):
        # Nothing that varies is nothing to compare; too few units are a matter of how many there are.
        varies = outcome.name in basis.covariance.refused
        told = {"refused": why} if varies else {"unassessed": why}
        return OutcomeTest.untested(outcome, None, estimate, state, se=se, **told)

    def finding(kind: FindingKind) -> Finding:
        asked = _question(basis, column, kind)
        own = basis.drift(asked, basis.alpha)
        return basis.finding(kind, basis.p(asked), basis.multiple(asked, basis.alpha), own)

    exact = basis.exact(column)
    worst = _worst(basis, column)
    return OutcomeTest(
        outcome=outcome,
        statistic=None,
        estimate=estimate,
        gain=finding("gain"),
        excluded=finding("harm excluded"),
        harm=finding("harm shown"),
        p_worsened=basis.p(Question(column, -outcome.sign, 0.0)),
        smallest_excluded_margin=None if worst is None else outcome.margin_of(worst),
        # As much more than zero as the estimate is more than the worst that is not excluded.
        smallest_shown=None if worst is None else outcome.display(estimate - worst),
        rank_improved=None,
        identification=state,
        earlier=None if exact is None else exact.earlier,
        se=se,
        p_adjusted=adjusted,
        method="" if exact is None else exact.method,
    )


def _worst(basis: _Basis, column: int) -> float | None:
    """Return the effect, in the outcome's scale, beyond which in the bad direction all effects are excluded."""
    sign = basis.effects.outcomes[column].sign
    if (exact := basis.exact(column)) is not None:
        return exact.bound(sign, basis.alpha)
    reach = quantile(basis.alpha, basis.covariance.degrees) * float(basis.covariance.se[column])
    return float(basis.effects.estimate[column]) - sign * reach
