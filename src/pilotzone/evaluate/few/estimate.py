"""Effects of one zone on several outcomes: donors, fits, placebos and identification for one design."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import JointEffects, PlaceboDraws, UsageError, listing
from pilotzone.evaluate.few.identification import DEFAULT_THRESHOLDS, identify
from pilotzone.evaluate.few.pool import admit_donors, needed_periods
from pilotzone.evaluate.few.result import FewEffects
from pilotzone.evaluate.few.synthetic import fit_paths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pilotzone.core import Outcome, Panel
    from pilotzone.evaluate.few.design import FewDesign
    from pilotzone.evaluate.few.identification import Thresholds
    from pilotzone.evaluate.few.result import OutcomeFit

__all__ = ["estimate_few"]


def estimate_few(
    panel: Panel,
    outcomes: Sequence[Outcome],
    design: FewDesign,
    *,
    name: str = "main",
    excluded: Mapping[str, str] | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
) -> FewEffects:
    """Estimate the effects of one zone on all outcomes jointly.

    Parameters
    ----------
    panel
        The data; every outcome is one of its series.
    outcomes
        What is estimated. One pool of donors serves all of them.
    design
        Who, when, over which periods and how.
    name
        Name of the design in tables.
    excluded
        Unit to reason, for units that must not be donors. Units with missing values are left out besides.
    thresholds
        Of the identification checks.

    Returns
    -------
    FewEffects

    Raises
    ------
    UsageError
        If there are no outcomes or one appears twice, or names are not in the panel.
    MethodError
        If the data cannot carry the design.
    """
    if not outcomes:
        raise UsageError("there is no outcome to estimate an effect on.")
    names = [outcome.name for outcome in outcomes]
    twice = sorted({item for item in names if names.count(item) > 1})
    if twice:
        raise UsageError(f"outcomes appear twice: {listing(twice)}.", allowed="each outcome once, with one role")
    needed, notes = {}, []
    for outcome in outcomes:
        needed[outcome.name], remarks = needed_periods(panel, outcome, design)
        notes += remarks
    donors = admit_donors(panel, design, needed, excluded or {})
    units = sorted([design.unit, *(decision.unit for decision in donors if decision.admitted)])
    rows = [panel.unit_index(unit) for unit in units]
    phases = design.phases(panel.periods)
    fits = []
    for outcome in outcomes:
        paths = panel.matrix(outcome.name)[rows]
        # Periods in which the treated unit was not observed have no gap to show and are not fitted.
        seen = np.flatnonzero(~np.isnan(paths[units.index(design.unit)]))
        periods, placed = [panel.periods[k] for k in seen], [phases[k] for k in seen]
        fits.append(fit_paths(outcome, design, units, periods, placed, paths[:, seen]))
    notes += [note for fit in fits for note in _weight_notes(fit)]
    return FewEffects(
        name=name,
        design=design,
        joint=_joint(design, panel, fits, thresholds),
        fits=tuple(fits),
        donors=donors,
        notes=tuple(notes),
    )


def _joint(design: FewDesign, panel: Panel, fits: Sequence[OutcomeFit], thresholds: Thresholds) -> JointEffects:
    first = fits[0]
    mean_gap = np.column_stack([fit.mean_gap for fit in fits])
    slope = np.column_stack([fit.weights[:, first.treated] for fit in fits])
    slope[first.treated] = -1.0
    window = design.window
    return JointEffects(
        unit=design.unit,
        start=design.start,
        window=tuple(period for period in panel.periods if window[0] <= period <= window[1]),
        estimator=design.estimator,
        outcomes=tuple(fit.outcome for fit in fits),
        estimate=mean_gap[first.treated],
        draws=PlaceboDraws(
            units=first.units,
            treated=first.treated,
            mean_gap=mean_gap,
            slope=slope,
            pre_rmspe=np.column_stack([fit.pre_rmspe for fit in fits]),
            pool_rule=design.pools,
        ),
        identification=tuple(identify(fit, design, thresholds, panel.labels) for fit in fits),
    )


def _weight_notes(fit: OutcomeFit) -> list[str]:
    """Say whether weights are unique, whether the effect depends on the choice among them, and what a ridge did."""
    notes = [] if fit.ridge is None else [_ridge_note(fit, float(fit.ridge[fit.treated]))]
    return notes if fit.unique[fit.treated] else [*notes, _choice_note(fit)]


def _ridge_note(fit: OutcomeFit, ridge: float) -> str:
    row = fit.weights[fit.treated]
    below = float(-row[row < 0].sum())
    signs = f"negative weights sum to {-below:.2g}" if below else "no weight is negative"
    return f"{fit.outcome.title}: the ridge penalty chosen by leaving out one period at a time is {ridge:.3g}; {signs}."


def _choice_note(fit: OutcomeFit) -> str:
    low, high = fit.effect_range
    outcome = fit.outcome
    head = f"{outcome.title}: optimal weights are not unique; those of least norm are used."
    spread = abs(high - low)
    if spread <= 1e-9 * max(1.0, abs(low), abs(high)):
        return f"{head} The effect does not depend on the choice."
    between = f"{outcome.worded(low)} and {outcome.worded(high)}"
    return f"{head} Other optimal weights would give effects between {between}."
