"""Which units may be donors, and why the others may not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import MethodError, PoolRule, UsageError, listing
from pilotzone.evaluation.few.predictors.characteristics import Characteristics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Outcome, Panel
    from pilotzone.evaluation.few.design import FewDesign

__all__ = ["POOLS", "DonorDecision", "admit_donors", "needed_periods", "pooled", "uneven_fits", "used_span"]

POOLS: dict[PoolRule, str] = {
    "symmetric": "symmetric (exact ranks)",
    "exclude_treated": "treated unit left out (approximate ranks)",
}
"""Each rule for the donors of placebos in words."""

_FEWEST_DONORS = 2
_LARGEST = 1e150


@dataclass(frozen=True)
class DonorDecision:
    """Whether a unit may be a donor, and why not."""

    unit: str
    label: str
    admitted: bool
    reason: str = ""
    for_others: bool = False
    """Whether it is a donor of other units all the same: it is left out as one of the treated unit's own group."""


def needed_periods(
    panel: Panel, outcome: Outcome, design: FewDesign, *, window: bool = True
) -> tuple[list[int], list[str]]:
    """Return the columns that the method needs of an outcome, and notes on periods it leaves out.

    Needed are the fitted periods and, unless told otherwise, the window. Fitting begins with the first period that the
    treated unit has; later periods in which it is missing are left out of the fit with a note.

    Raises
    ------
    MethodError
        If the treated unit is missing in the window, has no fitted period at all, or is infinite or beyond 1e150
        somewhere.
    """
    own = panel.matrix(outcome.name)[panel.unit_index(design.unit)]
    _refuse_infinite(panel, outcome.name, design.unit)
    phases = design.phases(panel.periods)
    late = [k for k, phase in enumerate(phases) if phase == "window"] if window else []
    absent = [panel.periods[k] for k in late if np.isnan(own[k])]
    if absent:
        raise MethodError(
            f"{outcome.name!r} of the treated unit {design.unit!r} is missing in {listing(absent)}.",
            allowed=f"a value in every period of the window {design.window[0]} to {design.window[1]}",
            todo="shorten the window or bring the figures",
        )
    fitted = [k for k, phase in enumerate(phases) if phase == "pre"]
    present = [k for k in fitted if not np.isnan(own[k])]
    if not present:
        raise MethodError(
            f"{outcome.name!r} of the treated unit {design.unit!r} has no value up to "
            f"{panel.periods[fitted[-1]]}, the last fitted period.",
            todo="bring earlier figures or check pre_from",
        )
    holes = [panel.periods[k] for k in fitted if k > present[0] and np.isnan(own[k])]
    notes = []
    if holes:
        notes.append(f"{outcome.title}: {listing(holes)} left out of the fit, missing for {panel.label(design.unit)}.")
    return present + late, notes


def uneven_fits(panel: Panel, design: FewDesign, needed: Mapping[Outcome, Sequence[int]]) -> list[str]:
    """Return a note on each outcome's fitted periods where these differ between outcomes; else nothing.

    Parameters
    ----------
    panel, design
        As in `needed_periods`.
    needed
        Per outcome the columns that it returned.
    """
    phases, label = design.phases(panel.periods), panel.label(design.unit)
    fitted = {outcome: [panel.periods[k] for k in columns if phases[k] == "pre"] for outcome, columns in needed.items()}
    if len({tuple(periods) for periods in fitted.values()}) == 1:
        return []
    first = min(periods[0] for periods in fitted.values())
    notes = []
    for outcome, periods in fitted.items():
        count = f"{len(periods)} period{'s' if len(periods) > 1 else ''}"
        span = f"{periods[0]} to {periods[-1]}, {count}" if len(periods) > 1 else f"{periods[0]} alone"
        late = f", since it is missing for {label} before" if periods[0] > first else ""
        notes.append(f"{outcome.title}: fitted on {span}{late}.")
    return notes


def used_span(
    panel: Panel, outcome: str, design: FewDesign, zones: Sequence[str] = (), *, complete: bool = False
) -> tuple[int, int] | None:
    """Return the first and the last period that an effect on an outcome is estimated from, or ``None`` if it cannot be.

    Parameters
    ----------
    panel, outcome, design
        As in `needed_periods`; the outcome by its name.
    zones
        Further treated units, without which a period is left out.
    complete
        Whether an effect is estimated only if the treated units have figures in the whole window.
    """
    rows = [panel.unit_index(unit) for unit in dict.fromkeys((design.unit, *zones))]
    seen: list[bool] = np.atleast_1d(~np.isnan(panel.matrix(outcome)[rows]).any(axis=0)).tolist()
    try:
        phases = design.phases(panel.periods)
    except MethodError:
        return None
    own = list(zip(panel.periods, phases, seen, strict=True))
    fitted = [period for period, phase, there in own if phase == "pre" and there]
    late = [there for _, phase, there in own if phase == "window"]
    last = max((period for period, phase, there in own if phase == "window" and there), default=None)
    return None if not fitted or last is None or (complete and not all(late)) else (fitted[0], last)


def admit_donors(
    panel: Panel,
    design: FewDesign,
    needed: Mapping[Outcome, Sequence[int]],
    excluded: Mapping[str, str],
) -> tuple[DonorDecision, ...]:
    """Decide on every unit but the treated one.

    Parameters
    ----------
    panel
        The data.
    design
        The design.
    needed
        Per outcome the columns the method needs (see `needed_periods`).
    excluded
        Unit to reason, for units ruled out beforehand: zones of the same policy, neighbours, the user's own list.

    Returns
    -------
    tuple of DonorDecision
        In the order of the panel's units. One pool serves all outcomes, because a placebo draw is one unit assigned
        the zone on all outcomes at once: a unit that misses one outcome is not a donor for any.

    Raises
    ------
    MethodError
        If fewer than two donors are left, one of them is infinite or beyond 1e150 somewhere, or no predictor differs
        between units.
    UsageError
        If a unit to be excluded is not in the panel, or is the treated one.
    """
    for unit in (*excluded, *design.ranking.among):
        panel.unit_index(unit)
    if design.unit in excluded:
        raise UsageError(
            f"the treated unit {design.unit!r} is among the units excluded as donors.",
            allowed="other units: the treated one is never its own donor",
            todo="take it out, or set pools = 'exclude_treated' if placebos must not use it as a donor either",
        )
    decisions = []
    lacking = _lacking_predictors(panel, design, needed)
    fellows = design.ranking.fellows(design.unit, panel.units)
    for i, unit in enumerate(panel.units):
        if unit == design.unit:
            continue
        # A unit that was excluded without giving a reason is excluded all the same.
        reason = excluded[unit] or "excluded, no reason given" if unit in excluded else _gaps(panel, i, needed)
        reason = reason or lacking[unit]
        if not reason:
            for name in (*(item.name for item in needed), *(item.name for item in design.predictors)):
                _refuse_infinite(panel, name, unit)
        fellow = unit in fellows and not reason
        words = f"of the zone's own group ({design.ranking.group_of(unit)})" if fellow else reason
        for_others = fellow and design.pools == "symmetric"
        decisions.append(DonorDecision(unit, panel.label(unit), not words, words, for_others))
    admitted = sum(decision.admitted for decision in decisions)
    if admitted < _FEWEST_DONORS:
        reasons = sorted({decision.reason for decision in decisions if decision.reason})
        raise MethodError(
            f"{admitted} of {len(decisions)} units can be donors for {design.unit!r}.",
            allowed=f"at least {_FEWEST_DONORS} donors with data in every fitted period and the window",
            todo=f"see why units were left out: {listing(reasons, most=4)}" if reasons else "bring more units",
        )
    _refuse_alike(panel, design, needed, pooled(design, decisions))
    return tuple(decisions)


def pooled(design: FewDesign, donors: Sequence[DonorDecision]) -> list[str]:
    """Return all units that may carry weight for some unit, sorted, the treated one among them."""
    return sorted([design.unit, *(item.unit for item in donors if item.admitted or item.for_others)])


def _refuse_alike(
    panel: Panel, design: FewDesign, needed: Mapping[Outcome, Sequence[int]], units: Sequence[str]
) -> None:
    """Refuse predictors of which none differs between units: any weights would fit them."""
    if not design.predictors:
        return
    beside = Characteristics.of(panel, design.predictors, units, design.importance)
    for columns in needed.values():
        fitted = [panel.periods[k] for k in columns if panel.periods[k] < design.window[0]]
        for table, words in zip(beside.means(fitted), ("training", "final"), strict=True):
            if (table == table[0]).all():
                raise MethodError(
                    f"no predictor differs between the units in the {words} fit.",
                    allowed="at least one predictor that differs between the treated unit and its donors",
                    todo="name other predictors or other periods",
                )


def _lacking_predictors(panel: Panel, design: FewDesign, needed: Mapping[Outcome, Sequence[int]]) -> dict[str, str]:
    """Return what each unit lacks of the predictors, in words; refuse a treated unit that lacks any."""
    lacking = dict.fromkeys(panel.units, "")
    if not design.predictors:
        return lacking
    beside = Characteristics.of(panel, design.predictors, panel.units, design.importance)
    for item in design.predictors:
        _refuse_infinite(panel, item.name, design.unit)
    for columns in needed.values():
        fitted = [panel.periods[k] for k in columns if panel.periods[k] < design.window[0]]
        beside.check(fitted)
        for i, unit in enumerate(panel.units):
            lacking[unit] = lacking[unit] or beside.lacking(i, fitted)
    if lacking[design.unit]:
        raise MethodError(
            f"the treated unit {design.unit!r} cannot be fitted: {lacking[design.unit]}.",
            allowed="every predictor observed in both stages" if beside.staged else "every predictor observed before",
            todo="bring the figures, name other periods, or take the predictor out"
            + ("; importance 'in_sample' needs no training stage" if beside.staged else ""),
        )
    return lacking


def _gaps(panel: Panel, row: int, needed: Mapping[Outcome, Sequence[int]]) -> str:
    for outcome, columns in needed.items():
        values: NDArray[np.float64] = panel.matrix(outcome.name)[row, list(columns)]
        absent = [panel.periods[k] for k, value in zip(columns, values, strict=True) if np.isnan(value)]
        if len(absent) == len(columns):
            return f"{outcome.title} missing in all periods needed"
        if absent:
            return f"{outcome.title} missing in {listing(absent)}"
    return ""


def _refuse_infinite(panel: Panel, name: str, unit: str) -> None:
    """Refuse what no mean or square can hold: infinities, and figures that no measurement is as large as."""
    values = panel.matrix(name)[panel.unit_index(unit)]
    infinite = [panel.periods[k] for k in np.flatnonzero(np.isinf(values))]
    if infinite:
        raise MethodError(
            f"{name!r} of {unit!r} is infinite in {listing(infinite)}.",
            allowed="finite values; a missing value where there is none",
            todo="look for a logarithm of zero or a division by it, or leave the unit out",
        )
    huge = [panel.periods[k] for k in np.flatnonzero(np.abs(values) > _LARGEST)]
    if huge:
        raise MethodError(
            f"{name!r} of {unit!r} is larger than {_LARGEST:.0e} in {listing(huge)}.",
            allowed=f"values from -{_LARGEST:.0e} to {_LARGEST:.0e}, whose squares can be computed",
            todo="correct the figures or leave the unit out",
        )
