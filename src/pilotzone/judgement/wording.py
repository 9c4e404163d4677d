"""Plain sentences for a verdict: what it says, why, and what a careful reader should be told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pilotzone.core import SAFEGUARDS, p_text, p_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Combine, JointEffects, Outcome, Statistic, VerdictLabel
    from pilotzone.judgement.claim import ClaimTests
    from pilotzone.judgement.tested import OutcomeTest

__all__ = [
    "OTHER_STATISTIC",
    "STATISTICS",
    "STATISTIC_WORDS",
    "and_joined",
    "beside_the_label",
    "gain_word",
    "margin_word",
    "possible_words",
    "reasons_for",
    "remarks_for",
    "sentence_for",
    "zone_phrases",
]

STATISTIC_WORDS: dict[Statistic, str] = {
    "mean_gap": "the mean gap",
    "rmspe_ratio": "the mean gap over the pre-period RMSPE",
    "net_gap": "the mean gap less placebo effects at earlier dates",
    "excess_gap": "the mean gap less placebo effects in its direction at earlier dates",
}
"""Each statistic within a sentence."""

STATISTICS: dict[Statistic, str] = {
    "mean_gap": "mean gap over the window",
    "rmspe_ratio": "mean gap over the window, divided by the pre-period RMSPE",
    "net_gap": "mean gap over the window less the largest placebo effect before, over R + 2 median(R)",
    "excess_gap": "mean gap over the window less the largest placebo effect that way before, over R + 2 median(R)",
}
"""Each statistic in full, as a table names it."""

OTHER_STATISTIC: dict[Statistic, Statistic] = {
    "mean_gap": "rmspe_ratio",
    "rmspe_ratio": "mean_gap",
    "net_gap": "mean_gap",
    "excess_gap": "mean_gap",
}
"""The statistic reported beside the one that was fixed."""

_SENTENCES: dict[VerdictLabel, str] = {
    "green growth": "{Zone} {raised}, and {no_harm} is excluded.",
    "inclusive growth": "{Zone} {raised}, and {no_harm} is excluded.",
    "green and inclusive growth": "{Zone} {raised}, and {no_harm} is excluded.",
    "growth at a cost": "{Zone} {raised}, and harmed {harmed}.",
    "harm without growth": "{Zone} harmed {harmed}, and {no_gain}.",
    "growth, harm not excluded": "{Zone} {raised}; whether {it} harmed {open} stays open.",
    "harm excluded, growth not shown": "{No_harm} is excluded, but {no_gain}.",
    "growth": "{Zone} {raised}.",
    "growth not shown": "{No_gain}.",
    "harm excluded": "{No_harm} is excluded.",
    "harm": "{Zone} harmed {harmed}.",
    "too noisy for this margin": "{No_gain_and}{no_harm} is neither shown nor excluded: figures vary too much.",
    "cannot be decided": (
        "With {possible} the smallest p-value that can come out is {smallest}, above {alpha:g}: no result "
        "could have decided the question."
    ),
    "cannot be assessed": "These data cannot tell what {zone} did to {failed}. {Why}",
}


def sentence_for(label: VerdictLabel, effects: JointEffects, claim: ClaimTests, alpha: float, rule: Combine) -> str:
    """Return the verdict in one sentence, which claims no more than the tests of several outcomes do."""
    if label == "cannot be decided" and effects.covariance is not None:
        refused = and_joined([test.outcome.title for test in claim.tests if test.refused])
        return f"The question cannot be decided: no test of the effect on {refused} would be right with these data."
    gains = [o for o in effects.outcomes if o.role == "development"]
    guards = [o.title for o in effects.outcomes if o.role in SAFEGUARDS]
    failed = [test for test in claim.tests if test.unassessed]
    phrases = _gain_phrases(gains, rule) | _harm_phrases(guards)
    sentence = _SENTENCES[label].format(
        **phrases,
        No_gain=_capital(phrases["no_gain"]),
        No_gain_and=f"{phrases['no_gain']}, and " if gains else "",
        No_harm=_capital(phrases["no_harm"]),
        failed=and_joined([test.outcome.title for test in failed]),
        Why=" ".join(dict.fromkeys(_sentence(test.unassessed) for test in failed)),
        **zone_phrases(effects),
        **_decidable_phrases(effects, label),
        alpha=alpha,
    )
    return _capital(sentence)


def _decidable_phrases(effects: JointEffects, label: VerdictLabel) -> dict[str, Any]:
    """Return what the zones could have been and the smallest p, for the sentence that needs them."""
    if label != "cannot be decided":
        return {}
    return {"possible": possible_words(effects), "smallest": p_text(effects.draws.smallest_p)}


def zone_phrases(effects: JointEffects) -> dict[str, str]:
    """Return who did it: of several zones, and of many treated units, the mean is judged."""
    if effects.one_zone:
        return {"Zone": "The zone", "zone": "the zone", "it": "it"}
    return {"Zone": "The zones, on average,", "zone": "the zones, on average,", "it": "they"}


def _gain_phrases(gains: Sequence[Outcome], rule: Combine) -> dict[str, str]:
    """Return what was improved, and what does not show where it was not: of several outcomes all, or any.

    What is better lower, such as unemployment, was lowered, and its gain is a fall.
    """
    joined = and_joined([outcome.title for outcome in gains])
    sides = {good: and_joined([o.title for o in gains if o.good == good]) for good in ("up", "down")}
    both = all(sides.values())
    verb, noun = ("improved", "improvement") if both else ("lowered", "fall") if sides["down"] else ("raised", "gain")
    if len(gains) <= 1:
        return {"raised": f"{verb} {joined}", "no_gain": f"no {noun} in {joined} shows"}
    if rule == "all":
        every = f"raised {sides['up']} and lowered {sides['down']}" if both else f"{verb} {joined}"
        article = "an" if both else "a"
        return {"raised": every, "no_gain": f"{article} {noun} in all of {joined} does not show"}
    return {"raised": f"{verb} at least one of {joined}", "no_gain": f"no {noun} in any of {joined} shows"}


def gain_word(outcome: Outcome) -> str:
    """Return what a change for the better of an outcome is called.

    Examples
    --------
    >>> from pilotzone.core import Outcome
    >>> gain_word(Outcome("unemployment", "development", "down", 1.0, "level"))
    'fall'
    """
    return "gain" if outcome.good == "up" else "fall"


def _harm_phrases(titles: Sequence[str]) -> dict[str, str]:
    """Return what is harmed, excluded or open: harm to several is excluded on each and shown on at least one."""
    joined = and_joined(titles)
    if len(titles) <= 1:
        harm = f"{joined} beyond the margin"
        return {"harmed": harm, "open": harm, "no_harm": f"harm to {harm}"}
    return {
        "harmed": f"at least one of {joined} beyond its margin",
        "open": f"any of {joined} beyond its margin",
        "no_harm": f"harm to any of {joined} beyond its margin",
    }


def reasons_for(claim: ClaimTests, alpha: float, rule: Combine) -> tuple[str, ...]:
    """Return why the label is what it is, one sentence each."""
    reasons = [f"{test.outcome.title}: no test. {_sentence(test.why_none)}" for test in claim.tests if test.why_none]
    parts = (
        (f"Gain in development ({rule})", claim.p_development, "shown", "not shown"),
        ("Harm beyond the margin", claim.p_safeguards, "excluded", "not excluded"),
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
    names = STATISTIC_WORDS[statistic], STATISTIC_WORDS[OTHER_STATISTIC[statistic]]
    if claim.label != other.label:
        remarks.append(f"The two statistics disagree: by {names[1]} the verdict would be '{other.label}'.")
    for test, twin in zip(claim.tests, other.tests, strict=True):
        remarks.extend(_disagreements(test, twin, alpha, names))
        remarks.extend(beside_the_label(test, claim, alpha))
    exact = "exact" if draws.pool_rule == "symmetric" else "approximate (the pools are not symmetric)"
    remarks.append(
        f"Placebo ranks are {exact} under the sharp null and if each of the {possible_words(effects)} had been equally "
        "likely to be chosen; zones are chosen, not drawn."
    )
    if any(test.main.shown and test.earlier is not None for test in claim.tests) and _one_earlier_date(effects):
        remarks.append(
            "Drift before was measured at a single earlier date: a multiple of it allows for little. Only more periods "
            "before the start can tell more."
        )
    if draws.drawn:
        remarks.append(f"p-values are Monte Carlo estimates over {len(draws.units) - 1} random assignments.")
    return tuple(remarks)


def _one_earlier_date(effects: JointEffects) -> bool:
    """Whether placebo effects are known of a single date before the start, as far as effects differ from zero."""
    if effects.draws.earlier is None:
        return False
    known = effects.draws.earlier()
    low, high = known.low[effects.draws.treated], known.high[effects.draws.treated]
    return bool(((low == high) & (low != 0)).any())


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
        f"{test.outcome.title}: the statistics disagree on {what} "
        f"({p_words(p)} by {names[0]}, {p_text(q)} by {names[1]})."
        for what, p, q in pairs
        if (p <= alpha) != (q <= alpha)
    ]


def beside_the_label(test: OutcomeTest, claim: ClaimTests, alpha: float) -> list[str]:
    """Name what one outcome shows and the label does not speak of."""
    outcome = test.outcome
    found = []
    if outcome.role == "development":
        if test.p_improved <= alpha and not claim.p_development <= alpha:
            found.append(
                f"a {gain_word(outcome)} shows ({p_words(test.p_improved)}), but not {_whole(claim.p_development)}."
            )
        if test.p_harm_shown <= alpha:
            found.append(f"a loss beyond its margin of {margin_word(outcome)} is shown ({p_words(test.p_harm_shown)}).")
    elif test.p_harm_shown <= alpha and not claim.p_harm <= alpha:
        margin = f"beyond its margin of {margin_word(outcome)}"
        found.append(f"harm {margin} shows ({p_words(test.p_harm_shown)}), but not {_whole(claim.p_harm)}.")
    if test.p_worsened <= alpha < test.p_harm_shown:
        shown = f"a worsening is detectable ({p_words(test.p_worsened)})"
        found.append(f"{shown}, but not one beyond the margin of {margin_word(outcome)}.")
    return [f"{outcome.title}: {text}" for text in found]


def _whole(p: float) -> str:
    together = "over all outcomes of its role together"
    return f"{together}, of which one has no test" if math.isnan(p) else f"{together} ({p_words(p)})"


def margin_word(outcome: Outcome) -> str:
    """Return a margin with its unit."""
    return f"{outcome.margin:g} {outcome.display_unit}".removesuffix(" 1")


def _sentence(text: str) -> str:
    """Return a reason as a sentence: it is handed on by others, with or without a capital and a full stop."""
    return _capital(text) if text.endswith((".", "?", "!")) else f"{_capital(text)}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def and_joined(words: Sequence[str]) -> str:
    """Return words as a list: commas, and "and" before the last."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
