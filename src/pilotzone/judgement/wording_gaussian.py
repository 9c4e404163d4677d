"""What a careful reader should be told of a verdict whose effects come with a covariance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core import SAFEGUARDS, p_words
from pilotzone.judgement.quadrants import QUADRANTS_LABEL
from pilotzone.judgement.wording import and_joined, beside_the_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Combine, EffectCovariance, Familywise, JointEffects
    from pilotzone.judgement.claim import ClaimTests
    from pilotzone.judgement.quadrants import QuadrantShares
    from pilotzone.judgement.tested import OutcomeTest

__all__ = ["gaussian_remarks"]

_TOGETHER: dict[Familywise, str] = {
    "sup-t": "by their largest t statistic, whose distribution follows from the correlations of the effects (sup-t)",
    "holm": "by Holm's rule, which holds whatever the correlations of the effects are",
}


def gaussian_remarks(
    effects: JointEffects,
    covariance: EffectCovariance,
    claim: ClaimTests,
    quadrants: QuadrantShares | None,
    *,
    alpha: float,
    rule: Combine,
    familywise: Familywise,
) -> tuple[str, ...]:
    """Return what a careful reader should be told besides the label."""
    remarks = [text for test in claim.tests for text in beside_the_label(test, claim, alpha)]
    gains = [test for test in claim.tests if test.outcome.role == "development"]
    harms = [test for test in claim.tests if test.outcome.role in SAFEGUARDS]
    if rule == "any" and claim.p_development <= alpha:
        remarks += _which(gains, "Risen, of several development outcomes", alpha)
    if claim.p_harm <= alpha:
        remarks += _which(harms, "Harmed, of several safeguards", alpha)
    if any(len(tests) > 1 and not math.isnan(p) for tests, p in _together(gains, harms, claim, rule)):
        remarks.append(f"At least one of several outcomes is tested {_TOGETHER[familywise]}.")
    exact = [test for test in claim.tests if test.method]
    remarks += [f"{test.outcome.title}: its p-values are {test.method}." for test in exact]
    if quadrants is not None:
        remarks.append(_shares(quadrants))
    tested = any(not test.why_none and not test.method for test in claim.tests)
    return (*remarks, _basis(effects, covariance, tested=tested)) if tested or not exact else tuple(remarks)


def _together(
    gains: Sequence[OutcomeTest], harms: Sequence[OutcomeTest], claim: ClaimTests, rule: Combine
) -> list[tuple[Sequence[OutcomeTest], float]]:
    """Return the outcomes that are tested for at least one of them, with the p of that."""
    found = [(harms, claim.p_harm)]
    return [*found, (gains, claim.p_development)] if rule == "any" else found


def _which(tests: Sequence[OutcomeTest], what: str, alpha: float) -> list[str]:
    """Name which of several outcomes the finding is about, by p-values adjusted for all of them."""
    found = [f"{t.outcome.title} ({p_words(p)})" for t in tests if (p := t.p_adjusted) is not None and p <= alpha]
    return [f"{what}: {and_joined(found)}, adjusted for all of them."] if len(tests) > 1 else []


def _shares(shares: QuadrantShares) -> str:
    parts = (
        ("gain without harm beyond the margin", shares.gain_within),
        ("gain with such harm", shares.gain_beyond),
        ("neither", shares.no_gain_within),
        ("such harm without gain", shares.no_gain_beyond),
    )
    told = ", ".join(f"{what} {100 * share:.1f} %" for what, share in parts)
    return f"{QUADRANTS_LABEL}: {told}. These shares decide nothing."


def _basis(effects: JointEffects, covariance: EffectCovariance, *, tested: bool) -> str:
    """Say what p-values rest on, or that there are none."""
    degrees = covariance.degrees
    if not tested:
        return f"No p-value is given; effects are averages over {effects.unit}."
    law = "normal distributions" if degrees is None else f"t distributions with {_number(degrees)} degrees of freedom"
    method = f" ({covariance.method})" if covariance.method else ""
    return (
        f"p-values are from {law} and standard errors{method} that rest on {covariance.treated:,} treated and "
        f"{covariance.controls:,} control {covariance.drawn}, taken as independent draws; effects are averages over "
        f"{effects.unit}."
    )


def _number(degrees: float) -> str:
    return f"{degrees:.0f}" if math.isclose(degrees, round(degrees)) else f"{degrees:.1f}"
