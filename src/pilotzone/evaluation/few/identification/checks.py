"""How far can the comparison be trusted? Six diagnostics of an outcome, judged by magnitude; no verdict rests on them.

No check rests on a p-value: a non-significant placebo effect at an earlier date may only be an imprecise one (Roth
2022). Paths are compared in means over as many periods as the window has, since a single period is noisier than the
effect, and with a yardstick that does not contain the estimate: a check that does selects designs by their errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Check, Identification
from pilotzone.evaluation.few.identification.thresholds import DEFAULT_THRESHOLDS, Thresholds
from pilotzone.evaluation.few.inference.drift import FEWEST_FITTED, at_earlier_dates
from pilotzone.evaluation.few.register import ESTIMATORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pilotzone.core import CheckState
    from pilotzone.evaluation.few.design import FewDesign
    from pilotzone.evaluation.few.outcome_fit import OutcomeFit
    from pilotzone.evaluation.few.weights.material import Material

__all__ = ["DEFAULT_THRESHOLDS", "Thresholds", "earlier_date_effects", "identify", "leave_one_out_effects", "yardstick"]

_FEWEST_RANKED = 5
"""Fewer units than this have no rank worth the name."""


def yardstick(fit: OutcomeFit) -> float:
    """Return the magnitude that biases are compared with, in the outcome's scale: the margin.

    Without a margin it is the root mean squared mean gap of the other units, which had no zone.
    """
    if fit.outcome.margin is not None:
        return abs(fit.outcome.harm_boundary)
    return float(np.sqrt(np.mean(np.delete(fit.mean_gap, fit.treated) ** 2)))


def earlier_date_effects(fit: OutcomeFit, design: FewDesign) -> dict[int, float]:
    """Return the effects of placebo zones dated earlier, by their date.

    The last h fitted periods are held out, the treated unit is fitted on the rest, and the gap is averaged over the
    periods held out: an in-time placebo (Abadie, Diamond and Hainmueller 2015). h runs from one to the length of the
    window, as long as at least four periods, and no fewer than are held out, are left to fit on; of more than eight
    such horizons eight stand for all, so that long panels need no refit for each period. The check is made by the
    longest of these horizons, whose mean is the most like the effect's own; single years are noisier than it.
    On predictors the rest is split anew and importance chosen anew; dates at which a predictor is not known yet are
    left out.
    """
    masks = fit.masks(design.pools)

    def effect(earlier: Material) -> float:
        return _treated_effect(earlier, design, fit.place, masks)

    return dict(at_earlier_dates(fit.material, ESTIMATORS[design.estimator], effect))


def leave_one_out_effects(fit: OutcomeFit, design: FewDesign) -> dict[str, float]:
    """Return the effect without each donor that has weight, by donor.

    Leaving out a donor without weight changes nothing where weights are unique, and under the minimum-norm rule
    hardly ever else; those donors are not tried.
    """
    masks = fit.masks(design.pools)
    effects = {}
    for unit, weight in fit.donor_weights().items():
        if weight == 0:
            continue
        without = masks.copy()
        without[:, fit.pool.index(unit)] = False
        if without[fit.place].any():
            effects[unit] = _treated_effect(fit.material, design, fit.place, without)
    return effects


def _treated_effect(material: Material, design: FewDesign, treated: int, masks: NDArray[np.bool_]) -> float:
    """Return the treated unit's mean gap over the window, fitted anew."""
    solved = ESTIMATORS[design.estimator].refit.solve(material, np.array([treated]), masks[[treated]])
    late = material.paths[:, material.window]
    gaps = late[treated] - solved.weights[0] @ late - solved.intercept[0]
    return float(gaps.mean())


def _hull_gaps(fit: OutcomeFit, design: FewDesign) -> NDArray[np.float64]:
    """Return the treated unit's gaps before to the donors' hull, which is not the fit of weights that leave it.

    Where the solver meets the path, what is left of the gaps is rounding and none.
    """
    other = ESTIMATORS[design.estimator].hull_by
    early = fit.columns("pre")
    if other is None:
        found: NDArray[np.float64] = fit.gaps[fit.treated, early]
        return found if fit.pre_rmspe[fit.treated] > 0 else np.zeros_like(found)
    masks = fit.masks(design.pools)
    solved = ESTIMATORS[other].solve(fit.material, np.array([fit.place]), masks[[fit.place]])
    paths = fit.material.paths[:, early]
    hull: NDArray[np.float64] = paths[fit.place] - solved.weights[0] @ paths - solved.intercept[0]
    return hull if solved.rmspe[0] > 0 else np.zeros_like(hull)


def _window_means(gaps: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Return means of gaps over so many successive periods, and no more than half of them, in order."""
    span = max(1, min(length, len(gaps) // 2))
    sums = np.cumsum(np.concatenate([[0.0], gaps]))
    found: NDArray[np.float64] = (sums[span:] - sums[:-span]) / span
    return found


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
        Six checks.

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


_MEANINGS = {
    "earlier_dates": "The zone drifted without a zone: the effect may be such a drift. See the breakdown.",
    "last_gap": "The paths had come apart before the start: part of the effect may be older than the zone.",
    "fit_rank": "The zone is fitted worst of all: its rank compares unlike units.",
    "hull": "No mix of donors moves like the zone: the effect depends on how the comparison is extended.",
    "single_weight": "One donor is the whole comparison: what happened to it looks like an effect.",
    "leave_one_out": "The effect depends on a single donor.",
}
"""What a failure means for the trust in the effect."""


def _measured(name: str, label: str, value: float, threshold: float, statement: str) -> Check:
    state: CheckState = "passed" if value <= threshold else "failed"
    return Check(name, label, state, value, threshold, statement, _MEANINGS[name])


def _unmeasured(name: str, label: str, threshold: float, statement: str) -> Check:
    return Check(name, label, "cannot be assessed", None, threshold, statement, _MEANINGS[name])


def _relative(fit: OutcomeFit, size: float) -> float:
    scale = yardstick(fit)
    if scale > 0:
        return size / scale
    return 0.0 if size == 0 else np.inf


def _compared(fit: OutcomeFit, value: float) -> str:
    """Return a value relative to the yardstick in words."""
    outcome = fit.outcome
    if yardstick(fit) == 0:
        return "where the placebos have no gap"
    if outcome.margin is not None:
        margin = f"{outcome.margin:g} %" if outcome.scale == "log" else outcome.worded(outcome.margin)
        against = f"the margin of {margin}"
    else:
        against = f"the placebos' typical gap of {outcome.worded(yardstick(fit))}"
    # Percentages do not divide to the value: effects on a logarithm are compared as logarithms.
    return f"{value:.2f} of {against}" + (" (ratio of logs)" if outcome.scale == "log" else "")


def _check_earlier_dates(fit: OutcomeFit, design: FewDesign, threshold: float) -> Check:
    name, label = "earlier_dates", "placebo effects at earlier dates"
    effects = earlier_date_effects(fit, design)
    if not effects:
        if ESTIMATORS[design.estimator].needs_predictors and len(fit.columns("pre")) > FEWEST_FITTED:
            return _unmeasured(
                name, label, threshold, "At earlier dates predictors are not known yet, or do not allow a fit."
            )
        count, fewest = len(fit.columns("pre")), FEWEST_FITTED + 1
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
    columns = fit.columns("pre")
    means = _window_means(fit.gaps[fit.treated, columns], len(fit.columns("window")))
    span, gap = len(columns) - len(means) + 1, float(means[-1])
    value = _relative(fit, abs(gap))
    first, last = fit.periods[columns[-span]], fit.periods[columns[-1]]
    when = f"In {last}" if span == 1 else f"From {first} to {last}"
    statement = f"{when} the mean gap is {fit.outcome.worded(gap, signed=True)}, {_compared(fit, value)}."
    return _measured("last_gap", "mean gap just before the start", value, threshold, statement)


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
    return Check(name, label, "failed" if failed else "passed", value, threshold, statement, _MEANINGS[name])


def _check_hull(fit: OutcomeFit, design: FewDesign, threshold: float, labels: Mapping[str, str]) -> Check:
    unit, gaps = fit.units[fit.treated], _hull_gaps(fit, design)
    own = float(np.abs(_window_means(gaps, len(fit.columns("window")))).max())
    value = _relative(fit, own)
    head = f"{labels.get(unit, unit)} lies"
    hull = "donors' hull" if fit.alone_rmspe is None else "donors' hull over all outcomes"
    if not gaps.any():
        statement = f"{head} inside the {hull}: they match its path before the zone."
    else:
        away = f"up to {fit.outcome.worded(own)} from it in means as long as the window"
        statement = f"{head} outside the {hull}, {away}, {_compared(fit, value)}."
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
