"""From effects and averages to rows that may be printed: intervals, bands and p, where the guard allows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluate.many.bands import sup_t
from pilotzone.evaluate.many.guard import refusals
from pilotzone.evaluate.many.rows import EffectRow
from pilotzone.evaluate.many.students import t_quantile, t_tail
from pilotzone.evaluate.many.variation import reliability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pilotzone.core import Outcome
    from pilotzone.evaluate.many.aggregates import AggregateEffects
    from pilotzone.evaluate.many.effects import GroupTimeEffects
    from pilotzone.evaluate.many.rows import RowKind
    from pilotzone.evaluate.many.variation import Reliability

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
        Of intervals and bands.
    seed
        Of the draws behind bands.
    """
    items = [_Item(cell.outcome, "cell", None, cell.cohort, cell.period) for cell in effects.cells]
    items += [_Item(row.outcome, row.kind, row.at, None, None) for row in averages.rows]
    C = len(effects.cells)
    weights = np.vstack([np.eye(C), averages.weights])
    estimate = np.concatenate([effects.estimate, averages.estimate])
    # No band is over effects and averages together: how these go with one another is not needed.
    covariance = np.zeros((len(items), len(items)))
    covariance[:C, :C], covariance[C:, C:] = effects.covariance, averages.covariance
    known = reliability(effects.variation, weights, covariance.diagonal())
    zero = _references(effects, weights)
    why = ["" if is_zero else text for is_zero, text in zip(zero, refusals(known, effects.drawn), strict=True)]
    told = np.array([not is_zero and not text for is_zero, text in zip(zero, why, strict=True)])
    half, bands, p = _sizes(items, estimate, covariance, known, told, level, seed)
    named = {outcome.name: outcome for outcome in outcomes}
    rows = []
    for q, item in enumerate(items):
        used = [effects.cells[c] for c in np.flatnonzero(weights[q])]
        cohorts: dict[int, int] = {}
        for cell in used:
            cohorts[cell.cohort] = min(cell.treated_units, cohorts.get(cell.cohort, cell.treated_units))
        value = float(estimate[q])
        rows.append(
            EffectRow(
                outcome=named[item.outcome],
                kind=item.kind,
                at=item.at,
                cohort=item.cohort,
                period=item.period,
                estimate=value,
                se=float(np.sqrt(covariance[q, q])) if told[q] else None,
                interval=_around(value, half[q]) if told[q] else None,
                band=_around(value, bands[q]) if told[q] else None,
                p=float(p[q]) if told[q] else None,
                reference=bool(zero[q]),
                treated_units=sum(cohorts.values()),
                control_units=min((cell.control_units for cell in used), default=0),
                refused=why[q],
            )
        )
    return tuple(rows)


def _around(value: float, half: float) -> tuple[float, float]:
    return value - float(half), value + float(half)


def _references(effects: GroupTimeEffects, weights: Floats) -> NDArray[np.bool_]:
    """Return which rows are made of references of a universal base alone, shape (Q,)."""
    real = np.array([not cell.reference for cell in effects.cells])
    found: NDArray[np.bool_] = (weights[:, real] == 0).all(axis=1)
    return found


def _sizes(
    items: Sequence[_Item],
    estimate: Floats,
    covariance: Floats,
    known: Reliability,
    told: NDArray[np.bool_],
    level: float,
    seed: int,
) -> tuple[Floats, Floats, Floats]:
    """Return half the length of intervals and of bands, and two-sided p-values, each of shape (Q,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.where(told, np.sqrt(covariance.diagonal()) * known.inflation, np.nan)
        degrees = np.where(told, known.degrees, np.nan)
        half = t_quantile((1 + level) / 2, degrees) * se
        p = 2 * t_tail(np.abs(estimate) / se, degrees)
    bands = half.copy()
    families: dict[object, list[int]] = {}
    for q in np.flatnonzero(told).tolist():
        families.setdefault(items[q].family, []).append(q)
    for members in families.values():
        if len(members) > 1:
            at = np.array(members)
            scale = known.inflation[at]
            matrix = covariance[np.ix_(at, at)] * np.outer(scale, scale)
            critical = sup_t(matrix, level, degrees=float(degrees[at].min()), seed=seed)
            bands[at] = np.maximum(critical * se[at], half[at])
    return half, bands, p
