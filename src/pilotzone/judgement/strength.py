"""What would overturn a finding, and what would decide where nothing is found, in plain sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core import GRADE_WORDS, SAFEGUARDS, rounded_up, significant
from pilotzone.judgement.wording import gain_word

if TYPE_CHECKING:
    from pilotzone.core import Departures, JointEffects, Outcome
    from pilotzone.judgement.claim import ClaimTests
    from pilotzone.judgement.findings import Finding, FindingKind
    from pilotzone.judgement.tested import OutcomeTest

__all__ = ["NO_DEPARTURE", "margin_sentence", "overturn_for", "units_needed"]

_NAMES: dict[FindingKind, str] = {
    "gain": "Gain in {}",
    "harm excluded": "Harm to {} excluded",
    "harm shown": "Harm to {}",
}
NO_DEPARTURE = (
    "It holds only if the course before the start had gone on: no departure from parallel trends is tolerated."
)
"""What a breakdown of zero means: not even with parallel trends is the effect against the last period shown."""
_MOST_UNITS = 100_000
_ROUNDING = 1e-9


def overturn_for(effects: JointEffects, claim: ClaimTests, alpha: float, allowance: float) -> tuple[str, ...]:
    """Return what would overturn each finding that is shown, and what would decide the others, a sentence or two each.

    Parameters
    ----------
    effects, claim
        What was tested, and the tests.
    alpha, allowance
        Level, and the multiple of earlier drift that is allowed for.
    """
    if claim.label == "cannot be assessed":
        return ()
    if claim.label == "cannot be decided":
        return _too_few(effects, alpha)
    told = [text for test in claim.tests for text in _of_outcome(effects, test, alpha)]
    if claim.allowed != claim.label:
        kept = "no finding holds" if claim.allowed in _NOTHING else f"what holds is '{claim.allowed}'"
        own = effects.covariance is None or all(test.earlier is not None for test in claim.tests)
        what = "earlier drift" if own else "largest earlier departure"
        told.append(f"With the declared allowance of {allowance:g} times the {what} {kept}.")
    return tuple(told)


_NOTHING = ("too noisy for this margin", "growth not shown")


def _of_outcome(effects: JointEffects, test: OutcomeTest, alpha: float) -> list[str]:
    found = test.main
    if found.shown:
        return [_breaks_down(effects, test, found)]
    return _would_do(effects, test, alpha)


def _breaks_down(effects: JointEffects, test: OutcomeTest, found: Finding) -> str:
    """Return how a finding holds and which drift would overturn it."""
    outcome = test.outcome
    name = _NAMES[found.kind] if found.kind != "gain" else f"{gain_word(outcome).capitalize()} in {{}}"
    head = f"{name.format(outcome.title)}: {GRADE_WORDS[found.grade]}."
    if effects.covariance is not None and test.earlier is None:
        return f"{head} {_departures(outcome, effects.covariance.departures.get(outcome.name), found.multiple)}"
    if (size := test.overturning_drift) is None:
        return head
    drift = f"{head} A drift of {outcome.worded(size, signed=True)} without the zone would overturn it"
    if test.earlier is None or found.multiple is None:
        return f"{drift}; drifts at earlier dates are not known."
    if test.earlier == 0:
        return f"{drift}; there was none at earlier dates."
    return (
        f"{drift}, {significant(found.multiple)} times the largest at earlier dates ({outcome.worded(test.earlier)})."
    )


def _departures(outcome: Outcome, measured: Departures | None, multiple: float | None) -> str:
    """Return which departures from parallel trends would overturn a finding, and how far they let the effect be off."""
    if multiple is None:
        return "How far trends departed before cannot be measured."
    if math.isinf(multiple):
        return "No departure from parallel trends that was tried overturns it."
    if multiple == 0:
        return NO_DEPARTURE
    told = f"Departures from parallel trends of {significant(multiple)} times the largest earlier one would overturn it"
    if measured is None or not measured.allowed(multiple) > 0:
        return f"{told}."
    error = "" if measured.as_estimated else ", and the error of earlier moves adds to that"
    return f"{told}: they let the effect be off by {outcome.worded(measured.allowed(multiple))}{error}."


def _would_do(effects: JointEffects, test: OutcomeTest, alpha: float) -> list[str]:
    """Return which effect, margin or number of donors would have decided what one outcome leaves open."""
    outcome, told = test.outcome, []
    if outcome.role in SAFEGUARDS:
        if test.smallest_excluded_margin is not None:
            told.append(_from_margin(outcome, test.smallest_excluded_margin))
        p = test.p_harm_excluded
    else:
        if test.smallest_shown is not None:
            told.append(
                f"a {gain_word(outcome)} shows beyond {_beyond(outcome, test.smallest_shown)}{_seen_before(test)}"
            )
        p = test.p_improved
    if effects.covariance is None and effects.zones == 1:
        needed = units_needed(p, len(effects.draws.units), alpha)
        if needed is not None:
            told.append(f"about {needed - 1} donors that scatter like these would decide")
    return [f"{outcome.title}: {'; '.join(told)}."] if told else []


def _from_margin(outcome: Outcome, margin: float) -> str:
    told = f"harm is excluded from a margin of {significant(rounded_up(margin))} {outcome.display_unit}"
    return told.removesuffix(" 1")


def margin_sentence(test: OutcomeTest) -> str:
    """Return the sentence that tells nothing but the margin from which on harm is excluded; empty where none is."""
    margin = test.smallest_excluded_margin
    return "" if margin is None else f"{test.outcome.title}: {_from_margin(test.outcome, margin)}."


def _beyond(outcome: Outcome, effect: float) -> str:
    """Return an effect that is in readable units, rounded away from what would not show."""
    shown = outcome.sign * effect
    if outcome.scale == "log":
        return f"{outcome.sign * rounded_up(shown, decimals=2):+.2f} %"
    value = outcome.sign * rounded_up(shown)
    return f"{'+' if value >= 0 else ''}{significant(value)} {outcome.unit}".removesuffix(" 1")


def _seen_before(test: OutcomeTest) -> str:
    """Return the largest drift before, where the estimate points the right way and something has to explain it."""
    if test.earlier is None or not test.outcome.sign * test.estimate > 0:
        return ""
    return f" (earlier drift: up to {test.outcome.worded(test.earlier)})"


def _too_few(effects: JointEffects, alpha: float) -> tuple[str, ...]:
    if effects.covariance is not None or effects.zones != 1:
        return ()
    needed = math.ceil(1 / alpha - _ROUNDING)
    return (f"At a level of {alpha:g}, {needed} units would do, the zone counted.",)


def units_needed(p: float, units: int, alpha: float) -> int | None:
    """Return with how many units a rank would reject if further ones fell around the treated unit as those known do.

    Parameters
    ----------
    p
        Rank p of the treated unit among `units`.
    units
        Number of units, the treated one counted.
    alpha
        Level.

    Returns
    -------
    int or None
        The least number, `units` or more; ``None`` where the share that is ahead is too large for any number, which is
        so from alpha on. It is modelled: who else there is may do better or worse.

    Examples
    --------
    >>> units_needed(2 / 21, 21, 0.1), units_needed(3 / 21, 21, 0.05)
    (21, None)
    """
    ahead = (p * units - 1) / (units - 1)
    if not ahead < alpha:
        return None
    for count in range(units, _MOST_UNITS):
        if (1 + math.ceil(ahead * (count - 1) - _ROUNDING)) <= alpha * count + _ROUNDING:
            return count
    return None
