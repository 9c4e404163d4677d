"""Placebo effects of several zones: every assignment's mean gap, without fitting every assignment.

In an assignment of m zones, each unit is fitted by the units that are not a zone in it. A synthetic control without
weight on a unit is unchanged when that unit leaves the pool: it minimises over more than it has to. So each unit is
fitted once by all others, and again only without those zones of an assignment that had weight. That is exact for
simplex weights, those of least norm included. The module knows rows and columns, no panels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.evaluation.few.weights.simplex import solve_simplex_batch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Rows = NDArray[np.intp]

__all__ = ["DatedPaths", "Placebos", "Question", "ask", "placebo_effects"]

_CLEAR = 1e-6
"""Cosine between the miss and the way to a donor that counts as positive."""


@dataclass(frozen=True, eq=False)
class DatedPaths:
    """One outcome as the zones of one date see it.

    Attributes
    ----------
    early, late
        Paths of n units over the fitted periods and the window, shapes (n, T0) and (n, T1).
    touched_early, touched_late
        Where a unit was a zone at the time, of the same shapes, boolean.
    """

    early: Floats
    late: Floats
    touched_early: Mask
    touched_late: Mask

    def without(self, effect: float) -> DatedPaths:
        """Take a constant effect off wherever there was a zone."""
        early, late = self.early - effect * self.touched_early, self.late - effect * self.touched_late
        return DatedPaths(np.ascontiguousarray(early), late, self.touched_early, self.touched_late)


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of the zones of one kind of date: a unit's effect where some others are zones too.

    Attributes
    ----------
    units, others
        The Q different questions, shapes (Q,) and (Q, m - 1).
    back
        Which of them each assignment asks, one row per date of the kind, shape (dates, A).
    """

    units: Rows
    others: Rows
    back: Rows

    def same(self, other: Question) -> bool:
        """Whether the different questions are those of another kind."""
        return np.array_equal(self.units, other.units) and np.array_equal(self.others, other.others)


@dataclass(frozen=True, eq=False)
class Fits:
    """Fits of units without some others.

    Attributes
    ----------
    weights, rmspe
        Weights and pre-treatment RMSPE of F fits, shapes (F, n) and (F,).
    without
        Whom each does without, its own unit first, then -1 for nobody, shape (F, m).
    chosen
        Which fit answers each question, shape (Q,).
    """

    weights: Floats
    rmspe: Floats
    without: Rows
    chosen: Rows


@dataclass(frozen=True, eq=False)
class Placebos:
    """What each of A assignments would have had for effects.

    Attributes
    ----------
    mean_gap
        Mean over its zones of the mean gap over the window, shape (A,).
    slope
        Its derivative in a constant effect taken off wherever there was a zone, weights held fixed, shape (A,).
    pre_rmspe
        Root of the mean over its zones of the mean squared prediction error before, shape (A,).
    fits
        The fits behind it, by kind of date.
    """

    mean_gap: Floats
    slope: Floats
    pre_rmspe: Floats
    fits: Mapping[int, Fits]


def ask(rows: Rows, kinds: Sequence[int], count: int) -> dict[int, Question]:
    """Return what all assignments ask, by kind of date.

    Parameters
    ----------
    rows
        Unit of each date by assignment, shape (A, m).
    kinds
        Kind of each of the m dates.
    count
        Number of units.
    """
    found = {}
    for kind in dict.fromkeys(kinds):
        columns = [k for k, own in enumerate(kinds) if own == kind]
        codes = np.concatenate([_code(rows, k, count) for k in columns])
        distinct, back = np.unique(codes, return_inverse=True)
        digits = np.empty((len(distinct), len(kinds)), dtype=np.intp)
        for place in range(len(kinds) - 1, -1, -1):
            distinct, digits[:, place] = np.divmod(distinct, count)
        found[kind] = Question(digits[:, 0], digits[:, 1:], back.reshape(len(columns), len(rows)))
    return found


def _code(rows: Rows, column: int, count: int) -> NDArray[np.int64]:
    """Return the unit of a date and the other zones in ascending order as the digits of one number."""
    code = rows[:, column].astype(np.int64)
    for other in np.sort(np.delete(rows, column, axis=1), axis=1).T:
        code = code * count + other
    return code


def placebo_effects(
    paths: Mapping[int, DatedPaths],
    questions: Mapping[int, Question],
    donors: Mask,
    *,
    intercept: bool,
    known: Mapping[int, Fits] | None = None,
) -> Placebos:
    """Return the mean effects of all assignments.

    Parameters
    ----------
    paths
        What the zones of each kind of date see. Kinds that are fitted on one and the same array share their fits.
    questions
        What is asked of each kind (see `ask`).
    donors
        Who may be a donor for whom before the zones of an assignment are left out, shape (n, n).
    intercept
        Whether donors only have to agree up to a level of their own.
    known
        Fits to paths that differ from these only where a unit is touched. Those that stay optimal are not made again.
    """
    fits: dict[int, Fits] = {}
    parts, dates = [], 0
    for kind, seen in paths.items():
        asked = questions[kind]
        before = None if known is None else known[kind]
        alike = [k for k in fits if paths[k].early is seen.early and asked.same(questions[k])]
        if alike:
            fits[kind] = fits[alike[0]]
        elif before is not None and not seen.touched_early.any():
            fits[kind] = before
        else:
            fits[kind] = _fitted(asked, len(donors), _Maker(seen, donors, intercept, before))
        parts.append(_answers(seen, fits[kind], intercept=intercept)[:, asked.back].sum(axis=1))
        dates += len(asked.back)
    gap, slope, square = np.sum(parts, axis=0) / dates
    return Placebos(gap, slope, np.sqrt(square), fits)


def _answers(seen: DatedPaths, fits: Fits, *, intercept: bool) -> Floats:
    """Return gap, slope and mean squared error of each question, shape (3, Q)."""
    targets = fits.without[:, 0]
    gap = _gaps(seen.early, seen.late, fits.weights, targets, intercept=intercept)
    touched = seen.touched_early.astype(float), seen.touched_late.astype(float)
    slope = -_gaps(*touched, fits.weights, targets, intercept=intercept)
    answers: Floats = np.stack([gap, slope, fits.rmspe**2])[:, fits.chosen]
    return answers


def _gaps(early: Floats, late: Floats, weights: Floats, targets: Rows, *, intercept: bool) -> Floats:
    """Mean distance of the targets from their weighted paths in the window, over that before with an intercept."""
    rise = late.mean(axis=1) - (early.mean(axis=1) if intercept else 0.0)
    gaps: Floats = rise[targets] - weights @ rise
    return gaps


def _fitted(asked: Question, count: int, maker: _Maker) -> Fits:
    """Fit what the questions need, and say which fit answers which."""
    without = np.full((count, asked.others.shape[1] + 1), -1)
    without[:, 0] = np.arange(count)
    weights, rmspe = maker.fit(without)
    chosen, unsettled = asked.units.copy(), np.arange(len(asked.units))
    while True:
        leaning = weights[chosen[unsettled][:, None], asked.others[unsettled]] != 0
        some = leaning.any(axis=1)
        unsettled, leaning = unsettled[some], leaning[some]
        if not len(unsettled):
            return Fits(weights, rmspe, without, chosen)
        wanted = _united(without[chosen[unsettled]], np.where(leaning, asked.others[unsettled], -1))
        fresh, which = np.unique(wanted, axis=0, return_inverse=True)
        chosen[unsettled] = len(rmspe) + which.reshape(-1)
        more, errors = maker.fit(fresh)
        weights, rmspe = np.vstack([weights, more]), np.concatenate([rmspe, errors])
        without = np.vstack([without, fresh])


def _united(without: Rows, added: Rows) -> Rows:
    """Join what each fit did without with more of it: own unit first, the rest descending, -1 for nobody."""
    rest = np.sort(np.hstack([without[:, 1:], added]), axis=1)[:, ::-1]
    return np.column_stack([without[:, 0], rest[:, : without.shape[1] - 1]])


class _Maker:
    """Makes fits, and takes over those that are known and stay optimal.

    A known fit of an untouched unit without weight on touched ones stays optimal where moving weight to any of those,
    on their changed paths, would bring the synthetic path no nearer. With a strict inequality no optimal weights have
    any on them, so that the weights of least norm are the same as well.
    """

    def __init__(self, seen: DatedPaths, donors: Mask, intercept: bool, known: Fits | None) -> None:  # noqa: FBT001
        self._early, self._donors, self._intercept = seen.early, donors, intercept
        self._places: dict[tuple[int, ...], int] = {}
        if known is not None:
            self._weights, self._rmspe = known.weights, known.rmspe
            stays = self._stays(known, np.flatnonzero(seen.touched_early.any(axis=1)))
            places = np.flatnonzero(stays).tolist()
            self._places = dict(zip(map(tuple, known.without[stays].tolist()), places, strict=True))

    def _stays(self, known: Fits, touched: Rows) -> Mask:
        paths = self._early - self._early.mean(axis=1, keepdims=True) if self._intercept else self._early
        targets = known.without[:, 0]
        synthetic = known.weights @ paths
        miss = synthetic - paths[targets]
        stays: Mask = ~np.isin(targets, touched) & (known.weights[:, touched] == 0).all(axis=1)
        for unit in touched:
            away = paths[unit] - synthetic
            push = np.einsum("ft,ft->f", miss, away)
            # Clearly positive: beyond what rounding and the solver's own tolerance could make of zero.
            size = np.linalg.norm(miss, axis=1) * np.linalg.norm(away, axis=1)
            left_out = (known.without == unit).any(axis=1) | ~self._donors[targets, unit]
            stays &= left_out | (push > _CLEAR * size)
        return stays

    def fit(self, without: Rows) -> tuple[Floats, Floats]:
        """Return weights and RMSPE of units without some others."""
        places = np.array([self._places.get(tuple(row), -1) for row in without.tolist()], dtype=np.intp)
        fresh = places < 0
        weights, rmspe = np.empty((len(without), len(self._donors))), np.empty(len(without))
        if not fresh.all():
            weights[~fresh], rmspe[~fresh] = self._weights[places[~fresh]], self._rmspe[places[~fresh]]
        if fresh.any():
            targets = without[fresh, 0]
            masks = self._donors[targets].copy()
            for column in without[fresh, 1:].T:
                named = np.flatnonzero(column >= 0)
                masks[named, column[named]] = False
            found = solve_simplex_batch(self._early, targets, masks, intercept=self._intercept)
            weights[fresh], rmspe[fresh] = found.weights, found.rmspe
        return weights, rmspe
