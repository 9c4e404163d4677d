"""Does the design identify the effect on an outcome? Six checks, judged by magnitude.

No check rests on a p-value: a non-significant placebo effect at an earlier date may only be an imprecise one (Roth
2022). Each check compares a magnitude with the outcome's yardstick, its margin or the size of its estimate, whichever
is larger: a bias as large as that would make or unmake the conclusion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Check, Identification, MethodError
from pilotzone.evaluate.few.solving import donor_masks, solve
from pilotzone.evaluate.few.thresholds import DEFAULT_THRESHOLDS, Thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pilotzone.evaluate.few.design import FewDesign
    from pilotzone.evaluate.few.result import OutcomeFit
    from pilotzone.evaluate.few.solving import Material

__all__ = ["DEFAULT_THRESHOLDS", "Thresholds", "earlier_date_effects", "identify", "leave_one_out_effects", "yardstick"]

_FEWEST_FITTED = 4
"""Earlier dates leave at least so many periods to fit on: fewer are matched by chance."""

_FEWEST_RANKED = 5
"""Fewer units than this have no rank worth the name."""


def yardstick(fit: OutcomeFit) -> float:
    """Return the magnitude that biases are compared with, in the outcome's scale.

    The larger of the margin and the size of the estimate; the estimate alone where there is no margin.
    """
    margin = 0.0 if fit.outcome.margin is None else abs(fit.outcome.harm_boundary)
    return max(margin, abs(float(fit.mean_gap[fit.treated])))


def earlier_date_effects(fit: OutcomeFit, design: FewDesign) -> dict[int, float]:
    """Return the effects of placebo zones dated earlier, by their date.

    The last h fitted periods are held out, the treated unit is fitted on the rest, and the gap is averaged over the
    periods held out: an in-time placebo (Abadie, Diamond and Hainmueller 2015). h runs from one to the length of the
    window, as long as at least four periods, and no fewer than are held out, are left to fit on. The check is decided
    by the longest of these horizons, whose mean is the most like the effect's own; single years are noisier than it.
    On predictors the rest is split anew and importance chosen anew; dates at which a predictor is not known yet are
    left out.
    """
    pre = fit.columns("pre")
    window = len(fit.columns("window"))
    masks = donor_masks(len(fit.units), fit.treated, design.pools)
    effects = {}
    for held in range(1, min(window, len(pre) // 2) + 1):
        if len(pre) - held < _FEWEST_FITTED:
            break
        date = fit.periods[pre[-held]]
        try:
            effects[date] = _treated_effect(fit.material.dated(date), design, fit.treated, masks)
        except MethodError:
            if design.estimator != "sc_predictors":
                raise
            break  # what is not known at this date is not known at an earlier one
    return effects


def leave_one_out_effects(fit: OutcomeFit, design: FewDesign) -> dict[str, float]:
    """Return the effect without each donor that has weight, by donor.

    Leaving out a donor without weight changes nothing where weights are unique, and under the minimum-norm rule
    hardly ever else; those donors are not tried.
    """
    masks = donor_masks(len(fit.units), fit.treated, design.pools)
    effects = {}
    for unit, weight in fit.donor_weights().items():
        if weight == 0:
            continue
        without = masks.copy()
        without[:, fit.units.index(unit)] = False
        if without[fit.treated].any():
            effects[unit] = _treated_effect(fit.material, design, fit.treated, without)
    return effects


def _treated_effect(material: Material, design: FewDesign, treated: int, masks: NDArray[np.bool_]) -> float:
    """Return the treated unit's mean gap over the window, fitted anew."""
    # Time weights belong to one window; the intercept shift is the closest relative without them (see `identify`).
    estimator = "sc_intercept" if design.estimator == "sdid" else design.estimator
    solved = solve(estimator, material, np.array([treated]), masks[[treated]])
    late = material.paths[:, material.window]
    gaps = late[treated] - solved.weights[0] @ late - solved.intercept[0]
    return float(gaps.mean())


def _hull_distance(fit: OutcomeFit, design: FewDesign) -> float:
    """Return the treated unit's distance from the donors' hull, which is not the fit of weights that leave it."""
    if design.estimator not in {"asc", "sc_predictors"}:
        return float(fit.pre_rmspe[fit.treated])
    masks = donor_masks(len(fit.units), fit.treated, design.pools)
    return float(solve("sc", fit.material, np.array([fit.treated]), masks[[fit.treated]]).rmspe[0])


def identify(
    fit: OutcomeFit,
    design: FewDesign,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    labels: Mapping[str, str] | None = None,
) -> Identification:
    """Run all checks on one outcome.

    Parameters
    ----------
    fit
        The treated unit's fit and its placebos'.
    design
        The design behind it.
    thresholds
        Where each check fails.
    labels
        Unit to words for a reader; a unit without them is called by its name.

    Returns
    -------
    Identification
        Six checks, all of which decide.

    Notes
    -----
    For synthetic difference-in-differences the refits at earlier dates and without single donors use the intercept
    shift with simplex weights, its closest relative among the designs of this room. For ridge-augmented synthetic
    control they choose the penalty anew, and the distance from the hull is that of its simplex weights. Weights shared
    over outcomes are fitted anew on what all of these outcomes were before the date, or without the donor. On
    predictors they choose the importance anew, and the distance from the hull is that of synthetic control on the path.
    """
    words = labels or {}
    return Identification(
        fit.outcome.name,
        (
            _check_earlier_dates(fit, design, thresholds.earlier_dates),
            _check_last_gap(fit, thresholds.last_gap),
            _check_fit_rank(fit, thresholds.fit_rank),
            _check_hull(fit, design, thresholds.hull, words),
            _check_single_weight(fit, thresholds.single_weight, words),
            _check_leave_one_out(fit, design, thresholds.leave_one_out),
        ),
    )


def _measured(name: str, label: str, value: float, threshold: float, statement: str) -> Check:
    return Check(name, label, "passed" if value <= threshold else "failed", value, threshold, statement)


def _unmeasured(name: str, label: str, threshold: float, statement: str) -> Check:
    return Check(name, label, "cannot be assessed", None, threshold, statement)


def _relative(fit: OutcomeFit, size: float) -> float:
    scale = yardstick(fit)
    if scale > 0:
        return size / scale
    return 0.0 if size == 0 else np.inf


def _compared(fit: OutcomeFit, value: float) -> str:
    """Return a value relative to the yardstick in words."""
    outcome, estimate = fit.outcome, float(fit.mean_gap[fit.treated])
    if yardstick(fit) == 0:
        return "beside an estimate of zero"
    if outcome.margin is not None and abs(outcome.harm_boundary) >= abs(estimate):
        margin = f"{outcome.margin:g} %" if outcome.scale == "log" else outcome.worded(outcome.margin)
        against = f"the margin of {margin}"
    else:
        against = f"the estimate of {fit.outcome.worded(estimate, signed=True)}"
    # Percentages do not divide to the value: effects on a logarithm are compared as logarithms.
    return f"{value:.2f} of {against}" + (" (ratio of logs)" if outcome.scale == "log" else "")


def _check_earlier_dates(fit: OutcomeFit, design: FewDesign, threshold: float) -> Check:
    name, label = "earlier_dates", "placebo effects at earlier dates"
    effects = earlier_date_effects(fit, design)
    if not effects:
        if design.estimator == "sc_predictors" and len(fit.columns("pre")) > _FEWEST_FITTED:
            return _unmeasured(
                name, label, threshold, "At earlier dates predictors are not known yet, or do not allow a fit."
            )
        count, fewest = len(fit.columns("pre")), _FEWEST_FITTED + 1
        periods = f"{count} fitted period" + "s" * (count != 1)
        return _unmeasured(name, label, threshold, f"There are only {periods}: at least {fewest} are needed.")
    (date, longest), *others = sorted(effects.items())
    value = _relative(fit, abs(longest))
    words = fit.outcome.worded
    statement = (
        f"Dated {date} instead, the zone has an effect of {words(longest, signed=True)}, {_compared(fit, value)}"
    )
    later = ", ".join(f"{words(effect, signed=True)} dated {year}" for year, effect in others)
    statement += f"; {later}." if later else "."
    return _measured(name, label, value, threshold, statement)


def _check_last_gap(fit: OutcomeFit, threshold: float) -> Check:
    column = fit.columns("pre")[-1]
    gap = float(fit.gaps[fit.treated, column])
    value = _relative(fit, abs(gap))
    statement = f"In {fit.periods[column]} the gap is {fit.outcome.worded(gap, signed=True)}, {_compared(fit, value)}."
    return _measured("last_gap", "gap in the last fitted period", value, threshold, statement)


def _check_fit_rank(fit: OutcomeFit, threshold: float) -> Check:
    name, label = "fit_rank", "fit before the zone beside the placebos'"
    count, own = len(fit.units), float(fit.pre_rmspe[fit.treated])
    others = np.delete(fit.pre_rmspe, fit.treated)
    if count < _FEWEST_RANKED:
        return _unmeasured(
            name, label, threshold, f"There are only {count} units: at least {_FEWEST_RANKED} are needed."
        )
    rank = 1 + int(np.sum(others < own))
    median = float(np.median(others))
    value = own / median if median > 0 else (0.0 if own == 0 else np.inf)
    times = f"{value:.2f} times the placebos' median" if median > 0 else "the placebos' median is zero"
    statement = f"Its RMSPE of {fit.outcome.worded(own)} has rank {rank} of {count} (1 is best), {times}"
    failed = rank == count and value > threshold
    # The value alone would seem to contradict the state.
    statement += "; only the worst fit of all can fail." if value > threshold and not failed else "."
    return Check(name, label, "failed" if failed else "passed", value, threshold, statement)


def _check_hull(fit: OutcomeFit, design: FewDesign, threshold: float, labels: Mapping[str, str]) -> Check:
    unit, own = fit.units[fit.treated], _hull_distance(fit, design)
    value = _relative(fit, own)
    head = f"{labels.get(unit, unit)} lies"
    hull = "donors' hull" if fit.alone_rmspe is None else "donors' hull over all outcomes"
    # The solver leaves no distance, not even rounding, where the path is met.
    if own == 0:
        statement = f"{head} inside the {hull}: they match its path before the zone."
    else:
        statement = f"{head} outside the {hull}, {fit.outcome.worded(own)} from it (RMSPE), {_compared(fit, value)}."
    return _measured("hull", "distance from the donors' hull", value, threshold, statement)


def _check_single_weight(fit: OutcomeFit, threshold: float, labels: Mapping[str, str]) -> Check:
    # A negative weight leans on its donor as much as a positive one. The first of equal ones, as they are listed.
    donor, weight = max(fit.donor_weights().items(), key=lambda item: abs(item[1]))
    largest = "largest weight, whatever its sign," if weight < 0 else "largest weight"
    statement = f"The {largest} is {weight:.2f}, on {labels.get(donor, donor)}."
    return _measured("single_weight", "largest single weight", abs(weight), threshold, statement)


def _check_leave_one_out(fit: OutcomeFit, design: FewDesign, threshold: float) -> Check:
    name, label = "leave_one_out", "range when donors are left out"
    effects = leave_one_out_effects(fit, design)
    if not effects:
        return _unmeasured(name, label, threshold, "No other donor would be left.")
    estimate = float(fit.mean_gap[fit.treated])
    low, high = min(*effects.values(), estimate), max(*effects.values(), estimate)
    value = _relative(fit, high - low)
    span = f"from {fit.outcome.worded(low, signed=True)} to {fit.outcome.worded(high, signed=True)}"
    statement = f"With donors left out one at a time the effect runs {span}, a range of {_compared(fit, value)}."
    return _measured(name, label, value, threshold, statement)
