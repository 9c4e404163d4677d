"""Plain sentences for a verdict: what it says, why, and what a careful reader should be told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Combine, JointEffects, Outcome, Statistic, VerdictLabel
    from pilotzone.judge.claim import ClaimTests
    from pilotzone.judge.verdict import OutcomeTest

__all__ = [
    "STATISTIC_WORDS",
    "and_joined",
    "beside_the_label",
    "p_words",
    "possible_words",
    "reasons_for",
    "remarks_for",
    "sentence_for",
]

_BEYOND_P = 0.0005
"""Smaller p-values would read as zero."""

STATISTIC_WORDS: dict[Statistic, str] = {
    "mean_gap": "the mean gap",
    "rmspe_ratio": "the mean gap over the pre-period RMSPE",
}

_SENTENCES: dict[VerdictLabel, str] = {
    "green growth": "{Zone} raised {raised}, and {no_harm} is excluded.",
    "growth at a cost": "{Zone} raised {raised}, and harmed {harmed}.",
    "harm without growth": "{Zone} harmed {harmed}, and {no_gain}.",
    "growth, harm not excluded": "{Zone} raised {raised}; whether {it} harmed {open} stays open.",
    "harm excluded, growth not shown": "{No_harm} is excluded, but {no_gain}.",
    "nothing detectable": "{No_gain}, and {no_harm} is neither shown nor excluded.",
    "cannot be decided": (
        "With {possible} the smallest p-value that can come out is {smallest:.3f}, above {alpha:g}: no result "
        "could have decided the question."
    ),
    "not identified": "These data cannot tell what {zone} did to {failed}: the design does not identify it.",
}


def sentence_for(label: VerdictLabel, effects: JointEffects, claim: ClaimTests, alpha: float, rule: Combine) -> str:
    """Return the verdict in one sentence, which claims no more than the tests of several outcomes do."""
    if label == "cannot be decided" and effects.covariance is not None:
        refused = and_joined([test.outcome.title for test in claim.tests if test.refused])
        return f"The question cannot be decided: no test of the effect on {refused} would be right with these data."
    titles = {role: [o.title for o in effects.outcomes if o.role == role] for role in ("development", "environment")}
    failed = [test.outcome.title for test in claim.tests if test.identification != "passed"]
    phrases = _gain_phrases(titles["development"], rule) | _harm_phrases(titles["environment"])
    return _SENTENCES[label].format(
        **phrases,
        No_gain=_capital(phrases["no_gain"]),
        No_harm=_capital(phrases["no_harm"]),
        failed=and_joined(failed),
        **_zone_phrases(effects),
        **_decidable_phrases(effects, label),
        alpha=alpha,
    )


def _decidable_phrases(effects: JointEffects, label: VerdictLabel) -> dict[str, Any]:
    """Return what the zones could have been and the smallest p, for the sentence that needs them."""
    if label != "cannot be decided":
        return {}
    return {"possible": possible_words(effects), "smallest": effects.draws.smallest_p}


def _zone_phrases(effects: JointEffects) -> dict[str, str]:
    """Return who did it: of several zones, and of many treated units, the mean is judged."""
    if effects.zones == 1 and effects.covariance is None:
        return {"Zone": "The zone", "zone": "the zone", "it": "it"}
    return {"Zone": "The zones, on average,", "zone": "the zones, on average,", "it": "they"}


def _gain_phrases(titles: Sequence[str], rule: Combine) -> dict[str, str]:
    """Return what is raised, and what does not show where it is not: of several outcomes all, or any."""
    joined = and_joined(titles)
    if len(titles) == 1:
        return {"raised": joined, "no_gain": f"no gain in {joined} shows"}
    if rule == "all":
        return {"raised": joined, "no_gain": f"a gain in all of {joined} does not show"}
    return {"raised": f"at least one of {joined}", "no_gain": f"no gain in any of {joined} shows"}


def _harm_phrases(titles: Sequence[str]) -> dict[str, str]:
    """Return what is harmed, excluded or open: harm to several is excluded on each and shown on at least one."""
    joined = and_joined(titles)
    if len(titles) == 1:
        harm = f"{joined} beyond the margin"
        return {"harmed": harm, "open": harm, "no_harm": f"harm to {harm}"}
    return {
        "harmed": f"at least one of {joined} beyond its margin",
        "open": f"any of {joined} beyond its margin",
        "no_harm": f"harm to any of {joined} beyond its margin",
    }


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
    reasons.extend(f"{test.outcome.title}: no test. {_sentence(test.refused)}" for test in claim.tests if test.refused)
    if claim.label == "not identified":
        # Whatever these p-values are, they are no finding about effects that the design does not identify.
        known = (("gain", claim.p_development), ("harm excluded", claim.p_environment), ("harm", claim.p_harm))
        shown = ", ".join(f"{what} {_number(p)}" for what, p in known if not math.isnan(p))
        what = "Placebo ranks" if effects.covariance is None else "Tests"
        found = f" (p: {shown})" if shown else ""
        return (*reasons, f"{what} do not count where an effect is not identified{found}.")
    parts = (
        (f"Gain in development ({rule})", claim.p_development, "shown", "not shown"),
        ("Harm beyond the margin", claim.p_environment, "excluded", "not excluded"),
        ("No harm beyond the margin", claim.p_harm, "rejected", "not rejected"),
    )
    reasons.extend(
        f"{what}: {yes if p <= alpha else no} ({p_words(p)}, level {alpha:g})."
        for what, p, yes, no in parts
        if not math.isnan(p)
    )
    return tuple(reasons)


def remarks_for(
    effects: JointEffects, claim: ClaimTests, other: ClaimTests, alpha: float, statistic: Statistic
) -> tuple[str, ...]:
    """Return what a careful reader should be told besides the label."""
    remarks = []
    draws = effects.draws
    names = STATISTIC_WORDS[statistic], STATISTIC_WORDS["rmspe_ratio" if statistic == "mean_gap" else "mean_gap"]
    if claim.label != other.label:
        remarks.append(f"The two statistics disagree: by {names[1]} the verdict would be '{other.label}'.")
    for test, twin in zip(claim.tests, other.tests, strict=True):
        remarks.extend(_disagreements(test, twin, alpha, names))
        remarks.extend(beside_the_label(test, claim, alpha))
    if claim.label == "not identified" and draws.smallest_p > alpha:
        remarks.append(f"Nor could it be decided: the smallest attainable p is {draws.smallest_p:.3f}.")
    exact = "exact" if draws.pool_rule == "symmetric" else "approximate (the pools are not symmetric)"
    remarks.append(
        f"Placebo ranks are {exact} under the sharp null and if each of the {possible_words(effects)} had been equally "
        "likely to be chosen; zones are chosen, not drawn."
    )
    if draws.drawn:
        remarks.append(f"p-values are Monte Carlo estimates over {len(draws.units) - 1} random assignments.")
    return tuple(remarks)


def possible_words(effects: JointEffects) -> str:
    """Return in words what the zones could have been."""
    if effects.zones == 1:
        return f"{len(effects.draws.units)} units"
    return f"{'possible ' if effects.draws.drawn else f'{len(effects.draws.units)} '}assignments of dates to units"


def _disagreements(test: OutcomeTest, twin: OutcomeTest, alpha: float, names: tuple[str, str]) -> list[str]:
    pairs = (
        ("a gain", test.p_improved, twin.p_improved),
        ("harm beyond the margin excluded", test.p_harm_excluded, twin.p_harm_excluded),
        ("harm beyond the margin", test.p_harm_shown, twin.p_harm_shown),
    )
    return [
        f"{test.outcome.title}: the statistics disagree on {what} (p = {p:.3f} by {names[0]}, {q:.3f} by {names[1]})."
        for what, p, q in pairs
        if (p <= alpha) != (q <= alpha)
    ]


def beside_the_label(test: OutcomeTest, claim: ClaimTests, alpha: float) -> list[str]:
    """Name what one outcome shows and the label does not speak of; of an outcome not identified, nothing."""
    outcome = test.outcome
    if test.identification != "passed":
        return []
    found = []
    if outcome.role == "development":
        if test.p_improved <= alpha and not claim.p_development <= alpha:
            found.append(f"a gain shows ({p_words(test.p_improved)}), but not {_whole(claim.p_development)}.")
        if test.p_harm_shown <= alpha:
            found.append(f"a loss beyond its margin of {_margin(outcome)} is shown ({p_words(test.p_harm_shown)}).")
    elif test.p_harm_shown <= alpha and not claim.p_harm <= alpha:
        margin = f"beyond its margin of {_margin(outcome)}"
        found.append(f"harm {margin} shows ({p_words(test.p_harm_shown)}), but not {_whole(claim.p_harm)}.")
    if test.p_worsened <= alpha < test.p_harm_shown:
        shown = f"a worsening is detectable ({p_words(test.p_worsened)})"
        found.append(f"{shown}, but not one beyond the margin of {_margin(outcome)}.")
    return [f"{outcome.title}: {text}" for text in found]


def p_words(p: float) -> str:
    """Return a p-value in words.

    Examples
    --------
    >>> p_words(0.0476), p_words(2e-9)
    ('p = 0.048', 'p < 0.001')
    """
    return f"p = {p:.3f}" if p >= _BEYOND_P else "p < 0.001"


def _number(p: float) -> str:
    return f"{p:.3f}" if p >= _BEYOND_P else "< 0.001"


def _whole(p: float) -> str:
    together = "over all outcomes of its role together"
    return f"{together}, of which one has no test" if math.isnan(p) else f"{together} ({p_words(p)})"


def _margin(outcome: Outcome) -> str:
    return f"{outcome.margin:g} {outcome.display_unit}"


def _sentence(text: str) -> str:
    """Return a reason as a sentence: it is handed on by others, with or without a capital and a full stop."""
    return _capital(text) if text.endswith((".", "?", "!")) else f"{_capital(text)}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def and_joined(words: Sequence[str]) -> str:
    """Return words as a list: commas, and "and" before the last."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
