"""What a careful reader should be told of a verdict whose effects come with a covariance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.judge.quadrants import QUADRANTS_LABEL
from pilotzone.judge.wording import and_joined, beside_the_label, p_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Combine, EffectCovariance, Familywise, JointEffects
    from pilotzone.judge.claim import ClaimTests
    from pilotzone.judge.quadrants import QuadrantShares
    from pilotzone.judge.verdict import OutcomeTest

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
    harms = [test for test in claim.tests if test.outcome.role == "environment"]
    told = claim.label != "not identified"
    if told and rule == "any" and claim.p_development <= alpha:
        remarks += _which(gains, "Risen, of several development outcomes", alpha)
    if told and claim.p_harm <= alpha:
        remarks += _which(harms, "Harmed, of several environment outcomes", alpha)
    if len(harms) > 1 or (rule == "any" and len(gains) > 1):
        remarks.append(f"At least one of several outcomes is tested {_TOGETHER[familywise]}.")
    if claim.label == "not identified" and any(test.refused for test in claim.tests):
        remarks.append("Nor could it be decided: an outcome has no test.")
    if quadrants is not None:
        remarks.append(_shares(quadrants))
    return (*remarks, _basis(effects, covariance))


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


def _basis(effects: JointEffects, covariance: EffectCovariance) -> str:
    """Say what p-values rest on."""
    degrees = covariance.degrees
    law = "normal distributions" if degrees is None else f"t distributions with {_number(degrees)} degrees of freedom"
    method = f" ({covariance.method})" if covariance.method else ""
    return (
        f"p-values are from {law} and standard errors{method} that rest on {covariance.treated:,} treated and "
        f"{covariance.controls:,} control {covariance.drawn}, taken as independent draws; effects are averages over "
        f"{effects.unit}."
    )


def _number(degrees: float) -> str:
    return f"{degrees:.0f}" if math.isclose(degrees, round(degrees)) else f"{degrees:.1f}"
