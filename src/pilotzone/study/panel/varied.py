"""A study of a panel with something declared changed, as a report shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pilotzone.core import Outcome, VerdictLabel

__all__ = ["Variant", "VariantEffect", "VariantFamily"]

VariantFamily = Literal["secondary", "mechanism", "alternative", "one out", "placebo outcome", "placebo date"]
"""What is declared beside the claim: further outcomes, those that show how an effect comes about, other designs, the
main design without one treated region, outcomes that should show nothing, and dates at which nothing happened."""


@dataclass(frozen=True)
class VariantEffect:
    """The effect in one number on one outcome, under something changed.

    Attributes
    ----------
    outcome
        On what.
    estimate
        In the outcome's own scale.
    interval
        Two-sided, at the level of the study; ``None`` where there is none, ends may be infinite.
    p
        Two-sided, against no effect; ``None`` where there is no test.
    p_gain, p_harm_excluded
        One-sided; the second needs a margin.
    treated_units, control_units
        On which it rests.
    window
        First and last year that counts.
    test
        Name of the test: ``effect`` is randomisation inference by the effect itself, ``studentised`` by the effect over
        its standard error, ``pooled`` a t test with one variance for all cohorts, ``influence`` one with the variance
        of influence functions; anything else says why there is none.
    p_holm, p_harm_excluded_holm
        p-values of secondary outcomes, adjusted for their number, and for the number of those with a margin.
    """

    outcome: Outcome
    estimate: float
    interval: tuple[float, float] | None
    p: float | None
    p_gain: float | None
    p_harm_excluded: float | None
    treated_units: int
    control_units: int
    window: tuple[int, int]
    test: str
    p_holm: float | None = None
    p_harm_excluded_holm: float | None = None


@dataclass(frozen=True, eq=False)
class Variant:
    """The study with something declared changed.

    Attributes
    ----------
    family, name, label, why
        What is changed, and why.
    effects
        One for each outcome; none where it could not be estimated.
    headline
        Label of the verdict with its grade, where the outcomes are those of the claim; else empty.
    answer
        That label alone.
    failure
        Why it could not be estimated; else empty.
    """

    family: VariantFamily
    name: str
    label: str
    why: str
    effects: tuple[VariantEffect, ...] = ()
    headline: str = ""
    answer: VerdictLabel | None = None
    failure: str = ""
