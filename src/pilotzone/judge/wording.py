"""Plain sentences for a verdict: what it says, why, and what a careful reader should be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Combine, JointEffects, Outcome, Statistic, VerdictLabel
    from pilotzone.judge.claim import ClaimTests
    from pilotzone.judge.verdict import OutcomeTest

__all__ = ["STATISTIC_WORDS", "reasons_for", "remarks_for", "sentence_for"]

STATISTIC_WORDS: dict[Statistic, str] = {
    "mean_gap": "the mean gap",
    "rmspe_ratio": "the mean gap over the pre-period RMSPE",
}

_SENTENCES: dict[VerdictLabel, str] = {
    "green growth": "The zone raised {development}, and harm to {environment} beyond the margin is excluded.",
    "growth at a cost": "The zone raised {development}, and harmed {environment} beyond the margin.",
    "harm without growth": "The zone harmed {environment} beyond the margin, and no gain in {development} shows.",
    "growth, harm not excluded": (
        "The zone raised {development}; whether it harmed {environment} beyond the margin stays open."
    ),
    "harm excluded, growth not shown": (
        "Harm to {environment} beyond the margin is excluded, but no gain in {development} shows."
    ),
    "nothing detectable": (
        "These data show neither a gain in {development} nor harm to {environment}, and exclude neither."
    ),
    "cannot be decided": (
        "With {count} units the smallest p-value that can come out is {smallest:.3f}, above {alpha:g}: no result "
        "could have decided the question."
    ),
    "not identified": "These data cannot tell what the zone did to {failed}: the design does not identify it.",
}


def sentence_for(label: VerdictLabel, effects: JointEffects, claim: ClaimTests, alpha: float) -> str:
    """Return the verdict in one sentence."""
    titles = {
        role: _join([o.title for o in effects.outcomes if o.role == role]) for role in ("development", "environment")
    }
    failed = [test.outcome.title for test in claim.tests if test.identification != "passed"]
    return _SENTENCES[label].format(
        development=titles["development"],
        environment=titles["environment"],
        failed=_join(failed),
        count=len(effects.draws.units),
        smallest=effects.draws.smallest_p,
        alpha=alpha,
    )


def reasons_for(effects: JointEffects, claim: ClaimTests, alpha: float, rule: Combine) -> tuple[str, ...]:
    """Return why the label is what it is, one sentence each."""
    reasons = []
    for test in claim.tests:
        if test.identification == "passed":
            continue
        identification = effects.identification_of(test.outcome.name)
        if not identification.checks:
            reasons.append(f"{test.outcome.title}: no identification check was run.")
        reasons.extend(
            f"{test.outcome.title}: {check.label} {check.state}. {check.statement}"
            for check in identification.not_passed()
        )
    parts = (
        (f"Gain in development ({rule})", claim.p_development, "shown", "not shown"),
        ("Harm beyond the margin", claim.p_environment, "excluded", "not excluded"),
        ("No harm beyond the margin", claim.p_harm, "rejected", "not rejected"),
    )
    reasons.extend(f"{what}: {yes if p <= alpha else no} (p = {p:.3f}, level {alpha:g})." for what, p, yes, no in parts)
    return tuple(reasons)


def remarks_for(
    effects: JointEffects, claim: ClaimTests, other: ClaimTests, alpha: float, statistic: Statistic
) -> tuple[str, ...]:
    """Return what a careful reader should be told besides the label."""
    remarks = []
    draws = effects.draws
    if claim.label != other.label:
        words = STATISTIC_WORDS["rmspe_ratio" if statistic == "mean_gap" else "mean_gap"]
        remarks.append(f"The two statistics disagree: by {words} the verdict would be '{other.label}'.")
    for test, twin in zip(claim.tests, other.tests, strict=True):
        remarks.extend(_disagreements(test, twin, alpha))
        remarks.extend(_losses(test, alpha))
    if claim.label == "not identified" and draws.smallest_p > alpha:
        remarks.append(f"Nor could it be decided: the smallest attainable p is {draws.smallest_p:.3f}.")
    exact = "exact" if draws.pool_rule == "symmetric" else "approximate (the pools are not symmetric)"
    remarks.append(
        f"Placebo ranks are {exact} under the sharp null and if each of the {len(draws.units)} units had been equally "
        "likely to be chosen; zones are chosen, not drawn."
    )
    return tuple(remarks)


def _disagreements(test: OutcomeTest, twin: OutcomeTest, alpha: float) -> list[str]:
    pairs = (
        ("a gain", test.p_improved, twin.p_improved),
        ("harm beyond the margin excluded", test.p_harm_excluded, twin.p_harm_excluded),
        ("harm beyond the margin", test.p_harm_shown, twin.p_harm_shown),
    )
    return [
        f"{test.outcome.title}: the statistics disagree on {what} "
        f"(p = {p:.3f} by {STATISTIC_WORDS[test.statistic]}, {q:.3f} by {STATISTIC_WORDS[twin.statistic]})."
        for what, p, q in pairs
        if (p <= alpha) != (q <= alpha)
    ]


def _losses(test: OutcomeTest, alpha: float) -> list[str]:
    """Name a worsening that the label does not speak of."""
    outcome = test.outcome
    if outcome.role == "development" and test.p_harm_shown <= alpha:
        return [
            f"{outcome.title}: a loss beyond its margin of {_margin(outcome)} is shown (p = {test.p_harm_shown:.3f})."
        ]
    if test.p_worsened <= alpha < test.p_harm_shown:
        shown = f"a worsening is detectable (p = {test.p_worsened:.3f})"
        return [f"{outcome.title}: {shown}, but not one beyond the margin of {_margin(outcome)}."]
    return []


def _margin(outcome: Outcome) -> str:
    return f"{outcome.margin:g} {outcome.display_unit}"


def _join(words: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
