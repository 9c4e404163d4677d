"""From effects and averages to rows that may be printed: intervals, bands and p, where the guard allows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import t_quantile, t_tail
from pilotzone.evaluation.many.cells.weights import Weights
from pilotzone.evaluation.many.inference.bands import critical_value
from pilotzone.evaluation.many.inference.rows import EffectRow
from pilotzone.evaluation.many.variation.families import DenseFamily
from pilotzone.evaluation.many.variation.guard import refusals
from pilotzone.evaluation.many.variation.known import reliability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Outcome
    from pilotzone.evaluation.many.estimators.aggregates import AggregateEffects
    from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects
    from pilotzone.evaluation.many.inference.rows import RowKind
    from pilotzone.evaluation.many.variation.families import Family
    from pilotzone.evaluation.many.variation.known import Reliability

    Floats = NDArray[np.float64]

__all__ = ["printed_rows"]


@dataclass(frozen=True)
class _Item:
    """What a row is of."""

    outcome: str
    kind: RowKind
    at: int | None
    cohort: int | None
    period: int | None

    @property
    def family(self) -> object:
        """What shares a band: all effects of a kind on an outcome; an overall average stands alone."""
        return self.outcome, self.kind, self.kind == "cell" or self.at is not None


def printed_rows(
    effects: GroupTimeEffects, averages: AggregateEffects, outcomes: Sequence[Outcome], level: float, seed: int
) -> tuple[EffectRow, ...]:
    """Return all effects and averages as rows.

    Parameters
    ----------
    effects, averages
        What was estimated.
    outcomes
        On what; their names are those of the effects.
    level
        Level of intervals and bands.
    seed
        Seed of the draws behind bands.
    """
    return tuple(
        row
        for part in (_of_cells(effects), _of_averages(effects, averages))
        for row in _rows(part, effects, {outcome.name: outcome for outcome in outcomes}, level, seed)
    )


def average_rows(
    effects: GroupTimeEffects, averages: AggregateEffects, outcomes: Sequence[Outcome], level: float, seed: int
) -> tuple[EffectRow, ...]:
    """Return the averages alone as rows; parameters are those of `printed_rows`."""
    named = {outcome.name: outcome for outcome in outcomes}
    return tuple(_rows(_of_averages(effects, averages), effects, named, level, seed))


@dataclass(frozen=True, eq=False)
class _Part:
    """Effects, or averages of them: what they are of, and how far they are known; all arrays have shape (Q,).

    Attributes
    ----------
    items
        What they are of.
    weights
        Weights of effects in them, of shape (Q, C).
    estimate, variance
        As estimated, in multiples of outcomes' units and of these squared.
    known
        How far their standard errors can be relied upon.
    covariance
        Covariance of averages, shape (Q, Q); ``None`` for effects, whose influences know it.
    """

    items: list[_Item]
    weights: Weights
    estimate: Floats
    variance: Floats
    known: Reliability
    covariance: Floats | None

    def family(self, effects: GroupTimeEffects, at: NDArray[np.intp]) -> Family:
        """Return the joint distribution of some of them."""
        if self.covariance is None:
            return effects.influences.family(at)
        return DenseFamily(self.covariance[np.ix_(at, at)])


def _of_cells(effects: GroupTimeEffects) -> _Part:
    items = [_Item(cell.outcome, "cell", None, cell.cohort, cell.period) for cell in effects.cells]
    each, variance = Weights.each(len(items)), effects.variance
    return _Part(items, each, effects.estimate, variance, reliability(effects.variation, each, variance), None)


def _of_averages(effects: GroupTimeEffects, averages: AggregateEffects) -> _Part:
    items = [_Item(row.outcome, row.kind, row.at, None, None) for row in averages.rows]
    variance = averages.covariance.diagonal()
    known = reliability(effects.variation, averages.weighting, variance)
    return _Part(items, averages.weighting, averages.estimate, variance, known, averages.covariance)


def _rows(
    part: _Part, effects: GroupTimeEffects, outcomes: dict[str, Outcome], level: float, seed: int
) -> list[EffectRow]:
    """Return effects, or averages, as rows, in the outcomes' own units."""
    zero = _references(effects, part.weights)
    why = ["" if is_zero else text for is_zero, text in zip(zero, refusals(part.known, effects.drawn), strict=True)]
    told = np.array([not is_zero and not text for is_zero, text in zip(zero, why, strict=True)])
    half, bands, p = _sizes(part, effects, told, level, seed)
    treated, controls = _units(part.weights, effects)
    rows = []
    for q, item in enumerate(part.items):
        unit = effects.unit_of(item.outcome)
        value = float(part.estimate[q]) * unit
        rows.append(
            EffectRow(
                outcome=outcomes[item.outcome],
                kind=item.kind,
                at=item.at,
                cohort=item.cohort,
                period=item.period,
                estimate=value,
                se=float(np.sqrt(part.variance[q])) * unit if told[q] else None,
                interval=_around(value, half[q] * unit) if told[q] else None,
                band=_around(value, bands[q] * unit) if told[q] else None,
                p=float(p[q]) if told[q] else None,
                reference=bool(zero[q]),
                treated_units=treated[q],
                control_units=controls[q],
                refused=why[q],
            )
        )
    return rows


def _units(weights: Weights, effects: GroupTimeEffects) -> tuple[list[int], list[int]]:
    """Return on how many treated units each row rests, those of a cohort as in the rarest effect, and controls."""
    cohorts: list[dict[int, int]] = [{} for _ in range(len(weights))]
    controls = [0] * len(weights)
    for q, c in zip(weights.rows.tolist(), weights.columns.tolist(), strict=True):
        cell, own = effects.cells[c], cohorts[q]
        controls[q] = min(cell.control_units, controls[q]) if own else cell.control_units
        own[cell.cohort] = min(cell.treated_units, own.get(cell.cohort, cell.treated_units))
    return [sum(own.values()) for own in cohorts], controls


def _around(value: float, half: float) -> tuple[float, float]:
    return value - float(half), value + float(half)


def _references(effects: GroupTimeEffects, weights: Weights) -> NDArray[np.bool_]:
    """Return which rows are made of references of a universal base alone, shape (Q,)."""
    real = np.array([not cell.reference for cell in effects.cells])
    found: NDArray[np.bool_] = np.bincount(weights.rows, real[weights.columns], minlength=len(weights)) == 0
    return found


def _sizes(
    part: _Part, effects: GroupTimeEffects, told: NDArray[np.bool_], level: float, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Return half the length of intervals and of bands, and two-sided p-values, each of shape (Q,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.where(told, np.sqrt(part.variance) * part.known.inflation, np.nan)
        degrees = np.where(told, part.known.degrees, np.nan)
        half = t_quantile((1 + level) / 2, degrees) * se
        p = 2 * t_tail(np.abs(part.estimate) / se, degrees)
    bands = half.copy()
    families: dict[object, list[int]] = {}
    for q in np.flatnonzero(told).tolist():
        families.setdefault(part.items[q].family, []).append(q)
    for members in families.values():
        if len(members) > 1:
            at = np.array(members)
            fewest = float(degrees[at].min())
            own = np.sqrt(part.variance[at])
            critical = critical_value(part.family(effects, at), own, level, degrees=fewest, seed=seed)
            bands[at] = np.maximum(critical * se[at], half[at])
    return half, bands, p
