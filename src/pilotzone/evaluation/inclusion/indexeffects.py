"""Effects of a zone on indices: differences in differences of an index from repeated cross-sections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import Outcome, UsageError, check_choice, check_level
from pilotzone.evaluation.inclusion.effects import checked_sides, contributions_of, effects_of_cells, side_counts
from pilotzone.evaluation.inclusion.indices import INDICES, checked_indices, index_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Scale
    from pilotzone.evaluation.inclusion.effects import IndexEffects
    from pilotzone.evaluation.inclusion.indices import IndexRecord
    from pilotzone.evaluation.inclusion.sample import MicroData

    Floats = NDArray[np.float64]

__all__ = ["Errors", "index_effects", "outcomes_of"]

Errors = Literal["influence", "jackknife"]
"""Where standard errors come from."""


def index_effects(
    data: MicroData,
    indices: Sequence[Outcome | str] | Outcome | str,
    *,
    start: int,
    line: float | None = None,
    level: float = 0.95,
    errors: Errors = "influence",
) -> IndexEffects:
    """Return effects of a zone on indices, by differences in differences.

    The index is computed in zone and comparison, period by period. The effect is its mean change in the zone, from the
    periods before the start to those since, less that in the comparison.

    Parameters
    ----------
    data
        Rows with `zone` and `periods`. Different people may have been asked in each period.
    indices
        Names from `INDICES`, or outcomes that have such a name. An outcome says role and margin; with scale ``log`` the
        effect is on the logarithm of the index.
    start
        First period with the zone's programme.
    line
        Poverty line, in the unit of income, the same in all periods: incomes have to be at constant prices.
    level
        Level of pointwise intervals.
    errors
        ``influence``: standard errors by influence functions. ``jackknife``: by leaving out one cluster after another,
        for few clusters with few rows each, such as regions with their means.

    Returns
    -------
    IndexEffects

    Raises
    ------
    UsageError
        If an index is unknown, its line is missing, or a jackknife has no clusters to leave out.
    MethodError
        If the zone or the comparison misses a period, or there is none before or since the start.

    Notes
    -----
    With clusters, a cluster's contributions are added up over periods; without, each row is drawn by itself. Influence
    functions are a first-order approximation. The delete-one jackknife errs on the side of too large a variance (Efron
    and Stein 1981, "The jackknife estimate of variance", Annals of Statistics 9), and covers better with few clusters:
    docs/explanation/inclusion.md. The effect is one on the index of a place and not on its people: who lives
    there may change. Fewer than five draws on a side give no standard error. Where there are two periods or more before
    the start, `joint` holds two checks of them and the breakdown of every finding (`pilotzone.judgement.judge`).
    """
    outcomes, records = outcomes_of(indices, line)
    check_level(level, name="level", such=0.95)
    check_choice(errors, Errors, "errors")
    if errors == "jackknife" and data.clusters is None:
        raise UsageError("the micro data have no clusters to leave out.", allowed='clusters, or errors="influence"')

    def value_of(rows: NDArray[np.bool_], k: int) -> tuple[float, Floats]:
        return index_of(records[k], data.income[rows], data.weights[rows], line)

    counts = side_counts(data, checked_sides(data, start)[0])

    def cell(rows: NDArray[np.bool_], k: int) -> tuple[float, Floats]:
        scale = outcomes[k].scale
        if errors == "jackknife":
            clusters = np.where(rows, np.asarray(data.clusters), -1)
            of_side = counts[0 if np.asarray(data.zone)[rows][0] else 1]
            return _left_out(clusters, of_side, scale, lambda some: value_of(some, k)[0])
        value, influence = value_of(rows, k)
        return value, contributions_of(value, influence, data.weights[rows], scale)

    how = "delete-one jackknife" if errors == "jackknife" else "influence functions"
    return effects_of_cells(data, outcomes, cell, start, level, how)


def _left_out(
    clusters: NDArray[np.intp], count: int, scale: Scale, value_of: Callable[[NDArray[np.bool_]], float]
) -> tuple[float, Floats]:
    """Return an index of the rows with a cluster (not -1), and what each cluster adds to its deviation.

    It stands at the cluster's first row; others add nothing. `spread_of` takes squares about their mean times
    G / (G - 1), with G the `count` of clusters on the side: of (G - 1) / G times what the index moves by leaving a
    cluster out, that is the delete-one jackknife.
    """
    rows = clusters >= 0
    whole = value_of(rows)
    names, first = np.unique(clusters[rows], return_index=True)
    found = np.zeros(int(rows.sum()))
    if len(names) > 1:
        others = np.array([value_of(rows & (clusters != name)) for name in names])
        moved = np.log(whole / others) if scale == "log" else whole - others
        found[first] = moved * (1 - 1 / count)
    return whole, found


def _check_margin(outcome: Outcome, record: IndexRecord) -> None:
    """Refuse a margin as wide as all values of an index: no harm could ever be beyond it."""
    if record.share and outcome.scale == "level" and outcome.margin is not None and outcome.margin >= 1:
        raise UsageError(
            f"the margin of outcome {outcome.name!r} is {outcome.margin:g}: {record.label} lies between 0 and 1.",
            allowed="a margin below 1",
            todo="write points as a fraction, such as 0.02 for 2 points; percent go with scale 'log'",
        )


def outcomes_of(
    indices: Sequence[Outcome | str] | Outcome | str, line: float | None
) -> tuple[tuple[Outcome, ...], tuple[IndexRecord, ...]]:
    """Return outcomes and indices; a name alone has no role."""
    asked = (indices,) if isinstance(indices, (str, Outcome)) else tuple(indices)
    records = checked_indices([item if isinstance(item, str) else item.name for item in asked], line)
    outcomes = []
    for item, record in zip(asked, records, strict=True):
        outcome = item if isinstance(item, Outcome) else Outcome(record.name, None, record.good, None, "level")
        if outcome.good != record.good:
            raise UsageError(
                f"outcome {outcome.name!r} says that good is {outcome.good}.",
                allowed=f"{record.good}: {INDICES[record.name].label} moves that way when those with least gain",
            )
        _check_margin(outcome, record)
        outcomes.append(outcome if outcome.label else replace(outcome, label=record.label))
    return tuple(outcomes), records
