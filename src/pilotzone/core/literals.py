"""The closed vocabularies of the package, and the one check that guards them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from pilotzone.core.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "GRADE_WORDS",
    "SAFEGUARDS",
    "CheckState",
    "Combine",
    "Direction",
    "Estimator",
    "Familywise",
    "Grade",
    "ManyEstimator",
    "PanelEstimator",
    "PoolRule",
    "Role",
    "Scale",
    "Statistic",
    "TableFormat",
    "VerdictLabel",
    "check_choice",
    "choice_hint",
]

Role = Literal["development", "environment", "inclusion"]
"""What an outcome stands for in the claim "development without harm"."""

SAFEGUARDS: tuple[Role, ...] = ("environment", "inclusion")
"""Roles whose outcomes must not be harmed: nature, and people who might be left behind."""

Direction = Literal["up", "down"]
"""Which way an outcome moves when things get better."""

Scale = Literal["log", "level"]
"""Whether effects on an outcome read as log points (margins in percent) or in its own unit."""

Statistic = Literal["mean_gap", "rmspe_ratio", "net_gap", "excess_gap"]
"""Placebo statistic: mean gap over the window, signed, the same over the pre-period RMSPE, or less what the unit did at
earlier dates, in either direction or in the one that is tested."""

PValues = Literal["placebo", "conformal"]
"""What decides on effects of one zone: its rank among placebos, or its window beside other periods over time."""

PoolRule = Literal["symmetric", "exclude_treated"]
"""Donors of a placebo: everybody else, the treated unit included (exact), or without it (approximate)."""

Estimator = Literal["sc", "sc_intercept", "sdid", "asc", "sc_shared", "sc_predictors", "mc"]
"""Synthetic control, the same with an intercept shift, synthetic difference-in-differences, ridge-augmented control,
synthetic control with an intercept shift and weights shared over outcomes, synthetic control on predictors, and matrix
completion, which stands beside others only."""

ManyEstimator = Literal["callaway_santanna", "sun_abraham", "imputation", "twfe", "continuous_dose", "given"]
"""Estimators of effects on many units, which come with a covariance in place of placebos: Callaway and Sant'Anna's, Sun
and Abraham's, imputation, two-way fixed effects, effects by dose, and effects that were estimated elsewhere and are
given."""

PanelEstimator = Literal["callaway_santanna", "sun_abraham", "imputation"]
"""Those of them that estimate effects by cohort and period from a panel."""

Combine = Literal["all", "any"]
"""Several development outcomes: all must rise (largest p) or at least one."""

Familywise = Literal["sup-t", "holm"]
"""How several effects with a covariance are tested for at least one: by their largest t statistic, whose distribution
follows from the effects' correlations, or by Holm's rule, which holds whatever these are."""

CheckState = Literal["passed", "failed", "cannot be assessed"]
"""The three states of a diagnostic check."""

Grade = Literal["with allowance", "without allowance", "not shown"]
"""How a finding holds: also if the declared drift is allowed for, only if none is, or not at all."""

GRADE_WORDS: dict[Grade, str] = {
    "with allowance": "holds with allowance",
    "without allowance": "holds without allowance only",
    "not shown": "not shown",
}
"""Each grade for a reader."""

TableFormat = Literal["latex", "word"]
"""What tables for papers are written for: LaTeX, or Word and its relatives (RTF)."""

VerdictLabel = Literal[
    "green growth",
    "inclusive growth",
    "green and inclusive growth",
    "growth at a cost",
    "harm without growth",
    "growth, harm not excluded",
    "harm excluded, growth not shown",
    "growth",
    "growth not shown",
    "harm excluded",
    "harm",
    "too noisy for this margin",
    "cannot be decided",
    "cannot be assessed",
]
"""What a verdict can say."""


_ELSEWHERE: dict[str, str] = {
    "att_gt": "callaway_santanna",
    "cs": "callaway_santanna",
    "csdid": "callaway_santanna",
    "did": "callaway_santanna",
    "sunab": "sun_abraham",
    "eventstudyinteract": "sun_abraham",
    "saturated": "sun_abraham",
    "bjs": "imputation",
    "borusyak": "imputation",
    "did2s": "imputation",
    "did_imputation": "imputation",
    "gardner": "imputation",
    "event": "dynamic",
    "event_study": "dynamic",
    "eventstudy": "dynamic",
    "cohort": "group",
    "overall": "simple",
    "drimp": "dr",
    "dripw": "dr",
    "stdipw": "ipw",
    "long": "universal",
    "long2": "universal",
    "notyet": "not_yet_treated",
    "never": "never_treated",
    "scm": "sc",
    "synth": "sc",
    "augsynth": "asc",
    "synthdid": "sdid",
    "mcnnm": "mc",
    "ln": "log",
    "levels": "level",
}
"""What other programs call a choice, in lower case, and what it is called here."""


def choice_hint(value: str, allowed: Sequence[str]) -> str:
    """Return which of the allowed values may have been meant, also where another program's word was used.

    Examples
    --------
    >>> choice_hint("did2s", ["sun_abraham", "imputation"])
    " Here it is called 'imputation'."
    """
    ours = _ELSEWHERE.get(value.strip().casefold())
    return f" Here it is called {ours!r}." if ours in allowed else did_you_mean(value, allowed)


def check_choice(value: object, choices: Any, name: str) -> str:  # noqa: ANN401 - Literal aliases have no type
    """Return `value` if it is one of the `Literal`'s values.

    Parameters
    ----------
    value
        What the caller gave.
    choices
        A ``Literal`` alias such as `Statistic`.
    name
        How the option is called, for the message.

    Raises
    ------
    UsageError
        Naming the option, the values that are allowed and the closest one.

    Examples
    --------
    >>> check_choice("up", Direction, "good")
    'up'
    """
    allowed = [str(choice) for choice in get_args(choices)]
    if isinstance(value, str) and value in allowed:
        return value
    hint = choice_hint(value, allowed) if isinstance(value, str) else ""
    raise UsageError(f"{name} is {value!r}.{hint}", allowed=", ".join(repr(choice) for choice in allowed))
