"""From joint effects to one verdict."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.core import (
    DEFAULT_BOUND,
    Combine,
    Familywise,
    Statistic,
    UsageError,
    attained_level,
    check_choice,
    check_level,
    one_thread,
)
from pilotzone.judgement.claim import assess_claim
from pilotzone.judgement.findings import DEFAULT_ALLOWANCE
from pilotzone.judgement.gaussian import assess_gaussian
from pilotzone.judgement.given import effects_of
from pilotzone.judgement.quadrants import quadrant_shares
from pilotzone.judgement.ranks import default_statistic
from pilotzone.judgement.strength import overturn_for
from pilotzone.judgement.verdict import Inference, Verdict
from pilotzone.judgement.wording import OTHER_STATISTIC, reasons_for, remarks_for, sentence_for
from pilotzone.judgement.wording_gaussian import gaussian_remarks
from pilotzone.judgement.wording_losses import losses_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import EffectCovariance, JointEffects
    from pilotzone.judgement.claim import ClaimTests
    from pilotzone.judgement.given import HasJoint

__all__ = ["judge", "level_of"]


@one_thread()
def judge(
    effects: JointEffects | HasJoint,
    *,
    alpha: float = 0.05,
    statistic: Statistic | None = None,
    development: Combine = "all",
    familywise: Familywise | None = None,
    allowance: float | None = None,
    limits: Sequence[str] = (),
) -> Verdict:
    """Judge whether a zone raised development without harming environment or people, and how robust that finding is.

    Parameters
    ----------
    effects
        Joint effects on all outcomes of the claim, with placebo draws or a covariance, or a result that contains them
        as ``joint``. Their diagnostics are reported and do not change the verdict.
    alpha
        Level of each one-sided test.
    statistic
        Placebo statistic, to be chosen before estimation; a second one is reported beside it. Default: ``excess_gap``,
        or ``mean_gap`` if placebo effects at earlier dates are not known. Must be left out if the effects have a
        covariance.
    development
        Rule over several development outcomes: ``all`` or ``any``.
    familywise
        With a covariance: test for an effect on at least one of several outcomes, ``sup-t`` (default) or ``holm``
        (always used if all tests are exact). Placebo draws use the smallest p over the same placebos instead.
    allowance
        Drift that is allowed for, to be chosen before estimation. It is a multiple of the zone's own largest placebo
        effect at earlier dates or, with a covariance, of the largest earlier departure from parallel trends. Default:
        `DEFAULT_ALLOWANCE`, or `DEFAULT_BOUND` with a covariance. Zero allows for no drift.
    limits
        Questions that the data cannot answer, printed with the verdict.

    Returns
    -------
    Verdict

    Raises
    ------
    UsageError
        If an option is unknown or does not apply to these effects, alpha is not between 0 and 0.5, no outcome has a
        role, or ``effects`` does not contain joint effects.

    Notes
    -----
    The claim is an intersection-union test (Berger 1982) of superiority on development and non-inferiority on the
    safeguards, environment and inclusion. With placebo draws, p-values come from ranks under the shifted null; with a
    covariance, from normal or t distributions. `pilotzone.judgement.labels.decide` has the table of labels;
    `pilotzone.judgement.findings` defines breakdown and grade.
    """
    check_choice(development, Combine, "development")
    alpha = level_of(alpha)
    if isinstance(limits, str):
        raise UsageError("limits is one text.", allowed="a sequence of texts, such as a list or a tuple")
    effects = effects_of(effects)
    _check_allowance(allowance)
    if effects.covariance is not None:
        if statistic is not None:
            raise UsageError(f"statistic is {statistic!r}.", allowed="nothing: effects with a covariance have no ranks")
        # Exact p-values have no correlation that is known, and are put together by Holm's rule in any case.
        exact = all(item.name in effects.covariance.exact for item in effects.outcomes)
        usually: Familywise = "holm" if exact else "sup-t"
        together = usually if familywise is None else familywise
        check_choice(together, Familywise, "familywise")
        drifts = [test.earlier is not None for test in effects.covariance.exact.values()]
        usual = DEFAULT_ALLOWANCE if drifts and all(drifts) else DEFAULT_BOUND
        allowed = usual if allowance is None else float(allowance)
        return _by_covariance(
            effects, effects.covariance, alpha, rule=development, familywise=together, allowance=allowed, limits=limits
        )
    fixed: Statistic = default_statistic(effects.draws) if statistic is None else statistic
    check_choice(fixed, Statistic, "statistic")
    if familywise is not None:
        raise UsageError(
            f"familywise is {familywise!r}.", allowed="nothing: placebo draws are compared by their smallest p"
        )
    allowed = DEFAULT_ALLOWANCE if allowance is None else float(allowance)
    return _by_ranks(effects, alpha, statistic=fixed, rule=development, allowance=allowed, limits=limits)


def _by_ranks(
    effects: JointEffects,
    alpha: float,
    *,
    statistic: Statistic,
    rule: Combine,
    allowance: float,
    limits: Sequence[str],
) -> Verdict:
    """Return the verdict by placebo ranks."""
    draws = effects.draws
    # A rank at the level itself rejects, as in confidence sets, also where rounding left the level below: 1 - 0.9.
    alpha = max(alpha, attained_level(alpha, len(draws.units)))
    claim = assess_claim(effects, statistic=statistic, alpha=alpha, rule=rule, allowance=allowance)
    beside = OTHER_STATISTIC[statistic]
    other = assess_claim(effects, statistic=beside, alpha=alpha, rule=rule, allowance=allowance)
    found = _told(effects, claim, alpha, rule=rule, allowance=allowance, limits=limits)
    return replace(
        found,
        statistic=statistic,
        smallest_p=draws.smallest_p,
        unit_count=len(draws.units),
        pool_rule=draws.pool_rule,
        other_tests=other.tests,
        other_label=other.label,
        remarks=remarks_for(effects, claim, other, alpha, statistic),
    )


def _by_covariance(
    effects: JointEffects,
    covariance: EffectCovariance,
    alpha: float,
    *,
    rule: Combine,
    familywise: Familywise,
    allowance: float,
    limits: Sequence[str],
) -> Verdict:
    """Return the verdict by normal or t distributions."""
    claim = assess_gaussian(effects, covariance, alpha=alpha, rule=rule, familywise=familywise, allowance=allowance)
    # Shares need a standard error of every effect, and two sides.
    normal = all(not effects.refusal(test.outcome.name) for test in claim.tests)
    quadrants = quadrant_shares(effects, rule) if normal and claim.gain and claim.excluded else None
    found = _told(effects, claim, alpha, rule=rule, allowance=allowance, limits=limits)
    return replace(
        found,
        remarks=gaussian_remarks(effects, covariance, claim, quadrants, alpha=alpha, rule=rule, familywise=familywise),
        inference=Inference(
            covariance.degrees,
            covariance.drawn,
            covariance.treated,
            covariance.controls,
            covariance.method,
            familywise,
        ),
        quadrants=quadrants,
    )


def _told(
    effects: JointEffects, claim: ClaimTests, alpha: float, *, rule: Combine, allowance: float, limits: Sequence[str]
) -> Verdict:
    """Return the verdict on a claim as far as it does not depend on what the p-values are."""
    lost = losses_for(effects, claim, alpha)
    told = sentence_for(claim.label, effects, claim, alpha, rule)
    return Verdict(
        label=claim.label,
        grade=claim.grade,
        allowed=claim.allowed,
        allowance=allowance,
        findings=claim.findings,
        sentence=f"{lost} {told}" if lost else told,
        reasons=reasons_for(claim, alpha, rule),
        overturn=overturn_for(effects, claim, alpha, allowance),
        p_claim=claim.p_claim,
        p_development=claim.p_development,
        p_safeguards=claim.p_safeguards,
        p_harm=claim.p_harm,
        alpha=alpha,
        statistic=None,
        development_rule=rule,
        smallest_p=None,
        unit_count=None,
        pool_rule=None,
        tests=claim.tests,
        limits=tuple(limits),
        lost=lost,
    )


def _check_allowance(allowance: object) -> None:
    number = isinstance(allowance, (int, float)) and not isinstance(allowance, bool)
    if allowance is not None and not (number and 0 <= float(str(allowance)) < math.inf):
        raise UsageError(
            f"allowance is {allowance!r}.", allowed="a finite number from zero: multiples of what was before"
        )


def level_of(alpha: object) -> float:
    """Return a level above 0 and below one half; anything else is refused."""
    # Above one half the nulls "harm of at least" and "at most the margin" could both be rejected.
    return check_level(alpha, below=0.5)
