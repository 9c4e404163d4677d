"""Effects of one zone on several outcomes: donors, fits, placebos and identification for one design."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import EarlierEffects, JointEffects, PlaceboDraws, UsageError, listing, one_thread, uneven_spacing
from pilotzone.evaluation.few.fits import fit_paths
from pilotzone.evaluation.few.identification.checks import identify
from pilotzone.evaluation.few.identification.thresholds import DEFAULT_THRESHOLDS
from pilotzone.evaluation.few.inference.drift import held_out
from pilotzone.evaluation.few.pool import admit_donors, needed_periods, pooled, uneven_fits
from pilotzone.evaluation.few.predictors.characteristics import Characteristics
from pilotzone.evaluation.few.register import ESTIMATORS
from pilotzone.evaluation.few.result import FewEffects
from pilotzone.evaluation.few.weights.material import Material
from pilotzone.evaluation.few.weights.shared import shared_views

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Break, Outcome, Panel
    from pilotzone.evaluation.few.design import FewDesign
    from pilotzone.evaluation.few.identification.thresholds import Thresholds
    from pilotzone.evaluation.few.outcome_fit import OutcomeFit
    from pilotzone.evaluation.few.pool import DonorDecision
    from pilotzone.evaluation.few.weights.material import Beside

    Floats = NDArray[np.float64]

__all__ = ["admit", "estimate_few", "material_of"]

_EQUAL = 1e-9
"""Effects that differ by less, relative to their size, are the same."""


@one_thread()
def estimate_few(
    panel: Panel,
    outcomes: Sequence[Outcome],
    design: FewDesign,
    *,
    name: str = "main",
    excluded: Mapping[str, str] | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    shared_with: Sequence[Outcome] = (),
) -> FewEffects:
    """Estimate the effects of one zone on all outcomes jointly.

    Parameters
    ----------
    panel
        The data. Every outcome must be one of its series.
    outcomes
        Outcomes to estimate effects on. All of them use the same pool of donors.
    design
        Treated unit, dates, periods and estimator.
    name
        Name of the design, shown in tables.
    excluded
        Unit to reason, for units that must not be donors. Units with missing values are always left out.
    thresholds
        Values beyond which a diagnostic fails.
    shared_with
        Further outcomes that help to fit shared weights; no effect on them is estimated. Donors need values in the
        fitted periods of these outcomes, not in the window. Only ``sc_shared`` uses them.

    Returns
    -------
    FewEffects

    Raises
    ------
    UsageError
        If there are no outcomes, an outcome appears twice, or a name is not in the panel.
    MethodError
        If the data cannot carry the design.
    """
    design = design.dated(panel.frequency)
    shared_with = shared_with if ESTIMATORS[design.estimator].shares_weights else ()
    donors, units, notes = admit(panel, outcomes, design, excluded, shared_with)
    materials = [material_of(panel, item, design, units) for item in (*outcomes, *shared_with)]
    views = _beside(panel, design, units, materials)
    fits = [
        replace(
            fit_paths(outcome, design, units, item.periods, item.phases, item.paths, beside),
            breaks=_breaks(panel, outcome, design),
            base=panel.series[outcome.name].base,
        )
        for outcome, item, beside in zip(outcomes, materials, views, strict=False)
    ]
    uneven = uneven_spacing(panel.periods)
    if uneven:
        notes.append(f"Periods are {uneven}. Each counts once in fits and means; anticipation counts observed periods.")
    notes += [note for fit in fits for note in _weight_notes(fit)]
    return FewEffects(
        name=name,
        design=design,
        joint=_joint(design, panel, fits, thresholds),
        fits=tuple(fits),
        donors=donors,
        notes=tuple(notes),
        label=panel.label(design.unit),
    )


def _breaks(panel: Panel, outcome: Outcome, design: FewDesign) -> tuple[Break, ...]:
    """Return the breaks in an outcome's series that concern the treated unit, the zone itself apart.

    Charts draw the treated unit's path: the break of another unit would look like its own.
    """
    found = panel.series[outcome.name].breaks
    unit = design.unit
    return tuple(item for item in found if item.concerns([unit], [(unit, design.start)]))


def admit(
    panel: Panel,
    outcomes: Sequence[Outcome],
    design: FewDesign,
    excluded: Mapping[str, str] | None,
    shared_with: Sequence[Outcome] = (),
) -> tuple[tuple[DonorDecision, ...], list[str], list[str]]:
    """Return the decision on each donor, the units in use (sorted, the treated one among them) and remarks."""
    if not outcomes:
        raise UsageError("there is no outcome to estimate an effect on.")
    names = [outcome.name for outcome in (*outcomes, *shared_with)]
    twice = sorted({item for item in names if names.count(item) > 1})
    if twice:
        raise UsageError(f"outcomes appear twice: {listing(twice)}.", allowed="each outcome once, with one role")
    needed, notes = {}, []
    for outcome in outcomes:
        needed[outcome], remarks = needed_periods(panel, outcome, design)
        notes += remarks
    for outcome in shared_with:
        needed[outcome], remarks = needed_periods(panel, outcome, design, window=False)
        notes += remarks
    notes += uneven_fits(panel, design, {outcome: needed[outcome] for outcome in outcomes})
    donors = admit_donors(panel, design, needed, excluded or {})
    return donors, pooled(design, donors), notes


def material_of(panel: Panel, outcome: Outcome, design: FewDesign, units: Sequence[str]) -> Material:
    """Return what an outcome's effect is estimated on, units in rows."""
    paths, phases = panel.matrix(outcome.name)[[panel.unit_index(unit) for unit in units]], design.phases(panel.periods)
    # Periods in which the treated unit was not observed have no gap to show and are not fitted.
    seen = np.flatnonzero(~np.isnan(paths[list(units).index(design.unit)]))
    return Material(paths[:, seen], tuple(panel.periods[k] for k in seen), tuple(phases[k] for k in seen))


def _beside(
    panel: Panel, design: FewDesign, units: Sequence[str], materials: Sequence[Material]
) -> Sequence[Beside | None]:
    """Return what the weights for each outcome are fitted on besides its own path."""
    if design.predictors:
        return [Characteristics.of(panel, design.predictors, units, design.importance)] * len(materials)
    return shared_views(materials) if ESTIMATORS[design.estimator].shares_weights else [None] * len(materials)


def _joint(design: FewDesign, panel: Panel, fits: Sequence[OutcomeFit], thresholds: Thresholds) -> JointEffects:
    first = fits[0]
    mean_gap = np.column_stack([fit.mean_gap for fit in fits])
    slope = np.column_stack([fit.weights[:, fit.place] for fit in fits])
    slope[first.treated] = -1.0
    window = design.window
    return JointEffects(
        unit=design.unit,
        start=design.start,
        window=tuple(period for period in panel.periods if window[0] <= period <= window[1]),
        estimator=design.estimator,
        outcomes=tuple(fit.outcome for fit in fits),
        estimate=mean_gap[first.treated],
        placebos=PlaceboDraws(
            units=first.units,
            treated=first.treated,
            mean_gap=mean_gap,
            slope=slope,
            pre_rmspe=np.column_stack([fit.pre_rmspe for fit in fits]),
            pool_rule=design.pools,
            earlier=cache(partial(_earlier, tuple(fits), design)),
        ),
        identification=tuple(identify(fit, design, thresholds, panel.labels) for fit in fits),
    )


def _earlier(fits: Sequence[OutcomeFit], design: FewDesign) -> EarlierEffects:
    """Return the range of every unit's placebo effects at dates before the start, on each outcome."""
    record = ESTIMATORS[design.estimator]
    found = [held_out(fit.material, record, fit.places, fit.masks(design.pools)) for fit in fits]
    return EarlierEffects(np.column_stack([item.low for item in found]), np.column_stack([item.high for item in found]))


def _weight_notes(fit: OutcomeFit) -> list[str]:
    """Say whether weights are unique, whether the effect depends on the choice among them, and what a ridge did."""
    if fit.validation_rmspe is not None:
        return _predictor_notes(fit, float(fit.validation_rmspe[fit.treated]))
    notes = [] if fit.ridge is None else [_ridge_note(fit, float(fit.ridge[fit.treated]))]
    notes += [] if fit.alone_rmspe is None else [_shared_note(fit)]
    return notes if fit.unique[fit.treated] else [*notes, _choice_note(fit)]


def _ridge_note(fit: OutcomeFit, ridge: float) -> str:
    row = fit.weights[fit.treated]
    below = float(-row[row < 0].sum())
    signs = f"negative weights sum to {-below:.2g}" if below else "no weight is negative"
    return f"{fit.outcome.title}: the ridge penalty chosen by leaving out one period at a time is {ridge:.3g}; {signs}."


def _shared_note(fit: OutcomeFit) -> str:
    """Say what sharing weights costs in fit, for the treated unit and for its placebos."""
    if fit.fit_loss_beside is None or fit.alone_rmspe is None:
        return ""
    words, (loss, usual) = fit.outcome.worded, fit.fit_loss_beside
    shared, alone = (words(float(item[fit.treated])) for item in (fit.pre_rmspe, fit.alone_rmspe))
    if not np.isfinite(loss):
        times = "its own weights would meet the path"
    else:
        times = f"shared weights fit it {loss:.2f} times as badly as its own would"
    median = f"{usual:.2f} times" if np.isfinite(usual) else "own weights that meet the path"
    against = f"(RMSPE before the zone {shared} against {alone}); the placebos' median is {median}."
    return f"{fit.outcome.title}: {times} {against}"


def _predictor_notes(fit: OutcomeFit, error: float) -> list[str]:
    """Say how important predictors are, how well they agree, and what equally good importance would give."""
    outcome, title = fit.outcome, fit.outcome.title
    parts = [
        f"{row['predictor']} {row['importance']:.2f} ({row['treated']:.4g}, {row['synthetic']:.4g}, "
        f"{row['donors_mean']:.4g})"
        for row in fit.balance().records()
    ]
    low, high = fit.effect_range
    notes = [
        f"{title}: importance of the predictors (means of zone, synthetic control and all donors): {'; '.join(parts)}.",
        _chosen_note(fit, error),
    ]
    if abs(high - low) > _EQUAL * max(1.0, abs(low), abs(high)):
        notes.append(
            f"{title}: other importance of the predictors has the same error over those periods, or other weights fit "
            f"them as well. With these effects lie between {outcome.worded(low)} and {outcome.worded(high)}."
        )
    return notes


def _chosen_note(fit: OutcomeFit, error: float) -> str:
    """Say how importance was chosen, and the error that it was chosen by."""
    how = fit.beside.importance if isinstance(fit.beside, Characteristics) else "validation"
    if how == "validation":
        return (
            f"{fit.outcome.title}: their importance was chosen by the error over the later half of the fitted periods, "
            f"{error:.3g}."
        )
    if how == "in_sample":
        return (
            f"{fit.outcome.title}: their importance was chosen by the error over the fitted periods themselves, "
            f"{error:.3g}. The fit before the start is not a test of it."
        )
    return f"{fit.outcome.title}: their importance was given; the error over the fitted periods is {error:.3g}."


def _choice_note(fit: OutcomeFit) -> str:
    low, high = fit.effect_range
    outcome = fit.outcome
    head = f"{outcome.title}: optimal weights are not unique; those of least norm are used."
    spread = abs(high - low)
    if spread <= _EQUAL * max(1.0, abs(low), abs(high)):
        return f"{head} The effect does not depend on the choice."
    between = f"{outcome.worded(low)} and {outcome.worded(high)}"
    return f"{head} Other optimal weights would give effects between {between}."
