"""Two or three zones, with dates of their own: one synthetic control each, tested together.

The effect is the mean of the zones' effects. Who could have been the zones is an assignment of their dates to units;
under every assignment the same mean is estimated, each unit from those that are not a zone in it (the averaging of
Cavallo, Galiani, Noy and Pantano 2013, here with joint assignments, so that ranks are exact if dates were given to
units at random).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Identification, JointEffects, MethodError, PlaceboDraws, UsageError, listing, one_thread
from pilotzone.evaluation.few.design import whole_number, whole_seed
from pilotzone.evaluation.few.estimate import estimate_few
from pilotzone.evaluation.few.identification.thresholds import DEFAULT_THRESHOLDS
from pilotzone.evaluation.few.outcome_fit import without_rounding
from pilotzone.evaluation.few.pool import admit_donors, needed_periods
from pilotzone.evaluation.few.ranking import ALL_UNITS
from pilotzone.evaluation.few.register import ESTIMATORS, estimators_that
from pilotzone.evaluation.few.several.assignments import all_or_drawn
from pilotzone.evaluation.few.several.earlier import earlier_effects
from pilotzone.evaluation.few.several.placebos import DatedPaths, ask, placebo_effects
from pilotzone.evaluation.few.several.result import SeveralEffects
from pilotzone.evaluation.few.weights.material import donor_masks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Outcome, Panel
    from pilotzone.evaluation.few.design import FewDesign
    from pilotzone.evaluation.few.identification.thresholds import Thresholds
    from pilotzone.evaluation.few.result import FewEffects
    from pilotzone.evaluation.few.several.assignments import Assignments

    Floats = NDArray[np.float64]

__all__ = ["DRAWS", "MOST_ZONES", "estimate_several"]

DRAWS = 9_999
"""Random assignments where there are too many to enumerate: p is then a multiple of 1/10,000."""

_FEWEST_ZONES = 2
MOST_ZONES = 5
"""Largest number of zones: with more, ranks over assignments are not computed."""


@one_thread()
def estimate_several(
    panel: Panel,
    outcomes: Sequence[Outcome],
    designs: Sequence[FewDesign],
    *,
    name: str = "main",
    excluded: Mapping[str, str] | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    draws: int = DRAWS,
    seed: int = 0,
) -> SeveralEffects:
    """Estimate the effects of several zones on all outcomes jointly.

    Parameters
    ----------
    panel, outcomes, name, excluded, thresholds
        As in `estimate_few`.
    designs
        One design per zone: unit, start, window and fitted periods. Estimator and pools must be the same in all.
    draws, seed
        Number of random assignments if there are more than a million possible ones, and seed of their draw.

    Returns
    -------
    SeveralEffects

    Raises
    ------
    UsageError
        If there are fewer than two designs, the designs contradict one another, or the estimator has no placebos for
        several zones.
    MethodError
        If the data cannot carry a design.

    Notes
    -----
    Each zone is fitted from units that are not zones. A placebo assignment gives the zones' dates to other units; each
    of these is fitted from units outside the assignment (with pools ``exclude_treated`` also outside the actual zones).
    Up to a million assignments are enumerated. If there are more, p is (1 + b) / (1 + B): B assignments are drawn, and
    b of them are at least as extreme.

    A null effect is subtracted from every actual zone from its start on. If zones have different dates, the post-period
    of one zone can be among the fitted periods of a later date. Weights then depend on the null effect, and everything
    is fitted again for each null effect.

    Placebo effects at earlier dates move all zones to the same date before the first start, so the data behind them are
    untreated (see `several.earlier`).
    """
    ordered = _checked([design.dated(panel.frequency) for design in designs], draws, seed)
    common, notes = _common_periods(panel, outcomes, ordered)
    reasons = _one_pool(common, outcomes, ordered, dict(excluded or {}))
    parts = tuple(
        estimate_few(
            common,
            outcomes,
            design,
            name=f"{name}, {design.unit}",
            excluded=_others(ordered, design) | reasons,
            thresholds=thresholds,
        )
        for design in ordered
    )
    units = sorted({*parts[0].fits[0].units, *(design.unit for design in ordered)})
    kinds = _kinds(ordered)
    assigned = all_or_drawn(
        [panel.label(unit) for unit in units],
        kinds,
        [design.start for design in ordered],
        [units.index(design.unit) for design in ordered],
        draws=draws,
        seed=seed,
    )
    if assigned.drawn:
        notes.append(f"p-values are Monte Carlo estimates over {draws} random assignments (seed {seed}).")
    notes += [note for part in parts for note in part.notes if note not in notes]
    joint = _joint(common, outcomes, ordered, kinds, parts, units, assigned)
    return SeveralEffects(name, ordered, joint, parts, tuple(dict.fromkeys(notes)))


def _checked(designs: Sequence[FewDesign], draws: int, seed: int) -> tuple[FewDesign, ...]:
    """Return the designs by date, or say what contradicts."""
    zones = [design.unit for design in designs]
    if len(zones) < _FEWEST_ZONES:
        raise UsageError(
            f"there are {len(zones)} zones.", allowed="two or more; for one zone use synthetic_control or estimate_few"
        )
    if len(zones) > MOST_ZONES:
        raise UsageError(
            f"there are {len(zones)} zones.",
            allowed=f"two to {MOST_ZONES}; with more zones, ranks over assignments are not computed",
        )
    twice = sorted({zone for zone in zones if zones.count(zone) > 1})
    if twice:
        raise UsageError(f"zones appear twice: {listing(twice)}.", allowed="each zone once, with one start")
    for key in ("estimator", "pools"):
        found = sorted({str(getattr(design, key)) for design in designs})
        if len(found) > 1:
            raise UsageError(f"the zones' {key} differ: {listing(found)}.", allowed="the same for all zones")
    if any(design.ranking != ALL_UNITS for design in designs):
        raise UsageError(
            "a zone is ranked among a part of the units, or groups are not donors for their own units.",
            allowed="these with one zone only; assignments of several zones are drawn from all units",
        )
    if not ESTIMATORS[designs[0].estimator].several_zones:
        raise UsageError(
            f"estimator {designs[0].estimator!r} has no placebos over assignments of several zones.",
            allowed=estimators_that(lambda record: record.several_zones),
        )
    if whole_number(draws, "draws") < 1:
        raise UsageError(f"draws is {draws}.", allowed="1, 2, 3, ... random assignments")
    whole_seed(seed)
    return tuple(sorted(designs, key=_kind_of))


def _kind_of(design: FewDesign) -> tuple[int, tuple[int, int], int, int]:
    earliest = -1 if design.pre_from is None else design.pre_from
    return design.start, design.window, design.anticipation, earliest


def _kinds(designs: Sequence[FewDesign]) -> tuple[int, ...]:
    """Return a number per design; those with the same dates share it."""
    seen = list(dict.fromkeys(_kind_of(design) for design in designs))
    return tuple(seen.index(_kind_of(design)) for design in designs)


def _others(designs: Sequence[FewDesign], own: FewDesign) -> dict[str, str]:
    return {item.unit: f"is a zone itself, from {item.start}" for item in designs if item.unit != own.unit}


def _common_periods(panel: Panel, outcomes: Sequence[Outcome], designs: Sequence[FewDesign]) -> tuple[Panel, list[str]]:
    """Leave out, for all zones, the periods that any of them lacks: each has to be able to take another's date."""
    rows = [panel.unit_index(design.unit) for design in designs]
    values, notes = dict(panel.values), []
    for outcome in outcomes:
        paths = panel.matrix(outcome.name)
        lacking = np.isnan(paths[rows])
        seen = [panel.periods[k] for k in np.flatnonzero(lacking.sum(axis=0) == 0)]
        for design in designs:
            _can_be_fitted(panel, outcome, design, designs, seen)
        uneven = lacking.any(axis=0) & ~lacking.all(axis=0)
        if not uneven.any():
            continue
        changed = paths.copy()
        changed[np.ix_(np.array(rows), np.flatnonzero(uneven))] = np.nan
        values[outcome.name] = changed
        periods = [panel.periods[k] for k in np.flatnonzero(uneven)]
        lack = [panel.label(panel.units[row]) for row, gone in zip(rows, lacking[:, uneven], strict=True) if gone.any()]
        notes.append(f"{outcome.title}: {listing(periods)} left out for every zone, missing for {listing(lack)}.")
    return replace(panel, values=values), notes


def _can_be_fitted(
    panel: Panel, outcome: Outcome, design: FewDesign, designs: Sequence[FewDesign], seen: Sequence[int]
) -> None:
    """Refuse a zone that lacks what a date needs, by its own name, and a date before which nothing is left of all."""
    for other in designs:
        needed_periods(panel, outcome, replace(design, unit=other.unit))
    fitted = [
        period for period, phase in zip(panel.periods, design.phases(panel.periods), strict=True) if phase == "pre"
    ]
    if set(seen).isdisjoint(fitted):
        raise MethodError(
            f"{outcome.name!r} has no period from {fitted[0]} to {fitted[-1]} that all zones are observed in.",
            allowed="at least one fitted period of each zone in which no other zone is missing",
            todo="bring the figures, or leave a zone out",
        )


def _one_pool(
    panel: Panel, outcomes: Sequence[Outcome], designs: Sequence[FewDesign], excluded: dict[str, str]
) -> dict[str, str]:
    """Return why units are not donors, for any zone's sake: every unit has to be able to take every date."""
    reasons = dict(excluded)
    for design in designs:
        needed = {outcome: needed_periods(panel, outcome, design)[0] for outcome in outcomes}
        for decision in admit_donors(panel, design, needed, _others(designs, design) | excluded):
            if not decision.admitted and decision.unit not in {item.unit for item in designs}:
                reasons.setdefault(decision.unit, decision.reason)
    return reasons


def _joint(
    panel: Panel,
    outcomes: Sequence[Outcome],
    designs: tuple[FewDesign, ...],
    kinds: tuple[int, ...],
    parts: Sequence[FewEffects],
    units: list[str],
    assigned: Assignments,
) -> JointEffects:
    rows = [panel.unit_index(unit) for unit in units]
    zones = {units.index(design.unit): design.start for design in designs}
    donors = donor_masks(len(units), list(zones), designs[0].pools)
    fewest = len(units) - len(zones) - (len(zones) if designs[0].pools == "exclude_treated" else 0)
    if fewest < 1:
        raise MethodError(
            f"{len(units)} units leave some assignments of {len(zones)} zones without a donor.",
            todo="bring more units, or set pools = 'symmetric'",
        )
    matrices = [panel.matrix(outcome.name)[rows] for outcome in outcomes]
    sheets = [_dated(paths, panel, designs, kinds, zones) for paths in matrices]
    largest = [float(np.nanmax(np.abs(paths))) for paths in matrices]
    intercept = ESTIMATORS[designs[0].estimator].shifted

    questions = ask(assigned.rows, kinds, len(units))
    found = [placebo_effects(sheet, questions, donors, intercept=intercept) for sheet in sheets]

    @lru_cache(maxsize=16)  # a million assignments take 16 MB each
    def restate(column: int, effect: float) -> tuple[Floats, Floats]:
        paths = {kind: seen.without(effect) for kind, seen in sheets[column].items()}
        anew = placebo_effects(paths, questions, donors, intercept=intercept, known=found[column].fits)
        return without_rounding(anew.mean_gap, largest[column] + abs(effect)), anew.pre_rmspe

    fitted = [_fitted(paths[list(zones)], panel, designs, kinds) for paths in matrices]
    spans = {kind: _window_length(panel, design) for kind, design in zip(kinds, designs, strict=True)}
    linear = not any(seen.touched_early.any() for sheet in sheets for seen in sheet.values())
    gaps = [without_rounding(item.mean_gap, size) for item, size in zip(found, largest, strict=True)]
    mean_gap = np.column_stack(gaps)
    windows = [design.window for design in designs]
    return JointEffects(
        unit=", ".join(design.unit for design in designs),
        start=designs[0].start,
        window=tuple(p for p in panel.periods if any(first <= p <= last for first, last in windows)),
        estimator=designs[0].estimator,
        outcomes=tuple(outcomes),
        estimate=mean_gap[assigned.actual],
        placebos=PlaceboDraws(
            units=assigned,
            treated=assigned.actual,
            mean_gap=mean_gap,
            slope=np.column_stack([item.slope for item in found]),
            pre_rmspe=np.column_stack([item.pre_rmspe for item in found]),
            pool_rule=designs[0].pools,
            restate=None if linear else restate,
            drawn=assigned.drawn,
            earlier=cache(partial(earlier_effects, matrices, fitted, spans, questions, donors, intercept=intercept)),
        ),
        identification=tuple(_identified(panel, k, parts) for k in range(len(outcomes))),
        zones=len(designs),
    )


def _dated(
    paths: Floats, panel: Panel, designs: Sequence[FewDesign], kinds: Sequence[int], zones: Mapping[int, int]
) -> dict[int, DatedPaths]:
    """Return what the zones of each kind see of an outcome, and where there was a zone."""
    touched = np.zeros(paths.shape, dtype=bool)
    for row, start in zones.items():
        touched[row] = [period >= start for period in panel.periods]
    fitted, found = _fitted(paths[list(zones)], panel, designs, kinds), {}
    for kind, design in zip(kinds, designs, strict=True):
        early, late = fitted[kind], np.array(design.phases(panel.periods)) == "window"
        found[kind] = DatedPaths(
            np.ascontiguousarray(paths[:, early]), paths[:, late], touched[:, early], touched[:, late]
        )
    return found


def _fitted(
    own: Floats, panel: Panel, designs: Sequence[FewDesign], kinds: Sequence[int]
) -> dict[int, NDArray[np.bool_]]:
    """Return which periods the zones of each kind are fitted on, given the zones' own paths."""
    seen = ~np.isnan(own).any(axis=0)
    return {
        kind: (np.array(design.phases(panel.periods)) == "pre") & seen
        for kind, design in zip(kinds, designs, strict=True)
    }


def _window_length(panel: Panel, design: FewDesign) -> int:
    return design.phases(panel.periods).count("window")


def _identified(panel: Panel, column: int, parts: Sequence[FewEffects]) -> Identification:
    """Join the checks of all zones: the mean is identified where each of its parts is."""
    checks = [
        replace(check, label=f"{panel.label(part.design.unit)}: {check.label}")
        for part in parts
        for check in part.joint.identification[column].checks
    ]
    return Identification(parts[0].joint.identification[column].outcome, tuple(checks))
