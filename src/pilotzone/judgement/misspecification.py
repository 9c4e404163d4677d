"""Which effects are consistent with errors that synthetic controls make elsewhere (Ferguson and Ross 2020).

A synthetic control that predicts a control unit's window misses it by an error that can be seen. If the zone's own is
at most as large, its effect lies within that error of the estimate: the misspecification set by that control.

The effects that at least k controls allow are those that the placebo test by the mean gap does not reject at level k/n,
n units with the zone. So this is a restatement of placebo errors, to be read in the outcome's unit and control by
control: no second check of how robust an effect is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import (
    EffectSet,
    Glance,
    Interval,
    MethodError,
    Outcome,
    Result,
    Table,
    UsageError,
    distinct_points,
    probes,
    united,
)
from pilotzone.judgement.given import effects_of, named_or_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import JointEffects
    from pilotzone.judgement.given import HasJoint

__all__ = ["ControlError", "MisspecificationSet", "misspecification_set"]

_WHOLE = (Interval(-math.inf, math.inf),)
_NOTE = "A restatement of placebo errors, and no check beside the placebo test."


@dataclass(frozen=True)
class ControlError(EffectSet):
    """The effects that one control unit's error allows.

    Attributes
    ----------
    unit
        The control.
    error
        Size of its mean gap over the window, in the outcome's own scale; infinite where it cannot be compared.
    outcome, intervals
        The outcome, and the effects that are allowed; several intervals where weights are not between zero and one.
    """

    unit: str
    error: float
    outcome: Outcome
    intervals: tuple[Interval, ...]


@dataclass(frozen=True)
class MisspecificationSet(Result):
    """Effects on one outcome that are consistent with the errors of predicting control units.

    Attributes
    ----------
    outcome
        The outcome.
    estimate
        Effect of the zone, in the outcome's own scale.
    controls
        The controls with the effects that each allows, the largest error first.
    """

    outcome: Outcome
    estimate: float
    controls: tuple[ControlError, ...]

    def allowing(self, effect: float) -> tuple[ControlError, ...]:
        """Return the controls whose error allows an effect of the zone, in the outcome's own scale, largest first."""
        return tuple(item for item in self.controls if effect in item)

    def at(self, count: int) -> tuple[Interval, ...]:
        """Return the effects that at least so many controls allow: the set by the `count`-th largest error.

        Raises
        ------
        UsageError
            If there are not so many controls.
        """
        given: object = count
        if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= len(self.controls):
            raise UsageError(f"count is {count!r}.", allowed=f"a number of controls from 1 to {len(self.controls)}")
        pieces = [piece for item in self.controls for piece in item.intervals]
        points = distinct_points(sorted({end for p in pieces for end in (p.low, p.high) if math.isfinite(end)}))
        # Cell 2k lies before point k, which is cell 2k + 1.
        allowed = np.zeros(2 * len(points) + 1, dtype=int)
        for piece in pieces:
            first = 0 if piece.low == -math.inf else 2 * _nearest(points, piece.low) + 1
            last = len(allowed) if piece.high == math.inf else 2 * _nearest(points, piece.high) + 2
            allowed[first:last] += 1
        kept = (allowed >= count).tolist()
        return united(points, kept[::2], kept[1::2])

    def to_table(self) -> Table:
        """Return one row per control and interval, the largest error first; ends and errors in readable units.

        An infinite end is ``None``. ``holds_zero`` and ``holds_margin`` say whether no effect, and harm as large as the
        margin, are allowed by the control's error; the latter is ``None`` without a margin.
        """
        names = ("outcome", "place", "control", "error", "low", "high", "unit", "holds_zero", "holds_margin")
        rows = [
            (
                self.outcome.name,
                place,
                item.unit,
                self.outcome.display(item.error) if math.isfinite(item.error) else None,
                *ends[:2],
                self.outcome.display_unit,
                0.0 in item,
                None if self.outcome.margin is None else self.outcome.harm_boundary in item,
            )
            for place, item in enumerate(self.controls, 1)
            for ends in item.end_cells()
        ]
        return Table.from_rows(names, rows, title=f"Effects within the errors of controls: {self.outcome.title}")

    def summary(self) -> Table:
        """Return for no effect, and for harm as large as the margin, by how many controls' errors it is allowed.

        ``smallest`` is the control with the smallest error among them, ``error`` that error in readable units.
        """
        nulls = [("no effect", 0.0)]
        nulls += [] if self.outcome.margin is None else [("harm of the margin", self.outcome.harm_boundary)]
        rows = []
        for words, effect in nulls:
            allowing = self.allowing(effect)
            last = allowing[-1] if allowing else None
            error = last.error if last is not None and math.isfinite(last.error) else None
            rows.append(
                (
                    words,
                    self.outcome.display(effect) if math.isfinite(effect) else None,
                    len(allowing),
                    len(self.controls),
                    None if last is None else last.unit,
                    None if error is None else self.outcome.display(error),
                    self.outcome.display_unit,
                )
            )
        names = ("null", "effect", "controls", "of", "smallest", "error", "unit")
        return Table.from_rows(names, rows, title=f"Effects within the errors of controls: {self.outcome.title}")

    def glance(self) -> Glance:
        """Return the summary, with the effects that the largest error allows, and what the set is not a check of."""
        pieces, lines = self.at(1), [_NOTE]
        if len(pieces) == 1 and math.isfinite(pieces[0].low) and math.isfinite(pieces[0].high):
            low, high = (self.outcome.worded(end, signed=True) for end in (pieces[0].low, pieces[0].high))
            lines.insert(0, f"By the largest error, that of {self.controls[0].unit}, the effect is {low} to {high}.")
        table = self.summary()
        return Glance(table.title, lines, table)


def misspecification_set(effects: JointEffects | HasJoint, outcome: str | None = None) -> MisspecificationSet:
    """Return the effects that are consistent with the errors of synthetic controls on control units.

    Parameters
    ----------
    effects
        Joint effects of one zone with placebo draws, or a result that contains them, such as that of
        `synthetic_control`.
    outcome
        Name of the outcome. It may be left out if there is only one.

    Returns
    -------
    MisspecificationSet

    Raises
    ------
    UsageError
        If the outcome is unknown, or the effects have a covariance instead of placebo draws.
    MethodError
        If the effects are those of several zones: an error then belongs to an assignment, not to a control unit.

    Notes
    -----
    Ferguson and Ross (2020) ask which effects are consistent with a misspecification error of the zone that is at most
    the one seen when a control unit is predicted. Errors here are mean gaps over the window, so that the set by control
    j holds tau where abs(g - tau) is at most abs(g_j + tau w_j), with g the zone's mean gap, g_j that of control j, and
    w_j the zone's weight in the prediction of j; tau is subtracted from the zone's path there. If the zone has no
    weight, the set is the estimate plus or minus the error of j. Weights depend on the pre-period only, so the ends of
    the set are exact.

    The set by the k-th largest error (`MisspecificationSet.at`) is the two-sided confidence set by the mean gap at
    level k/n. It presents placebo errors in another form and adds no evidence to the placebo test.

    References
    ----------
    Ferguson, B. and B. Ross (2020). Assessing the sensitivity of synthetic control treatment effect estimates to
    misspecification error. arXiv 2012.15367.
    """
    effects = effects_of(effects)
    if effects.covariance is not None:
        raise UsageError("these effects have a covariance.", allowed="effects of one zone, with placebo draws")
    if effects.zones > 1:
        raise MethodError(
            f"errors of single controls are not those of {effects.zones} zones together.",
            allowed="effects of one zone",
            todo="ask for a confidence set: it ranks assignments of all zones",
        )
    draws, column = effects.draws, named_or_only(effects, outcome)
    found, gaps, weights = effects.outcomes[column], draws.mean_gap[:, column], draws.slope[:, column]
    own, size = float(gaps[draws.treated]), float(np.nanmax(np.abs(gaps)))
    controls = [
        ControlError(unit, abs(gap) if gap == gap else math.inf, found, _allowed(own, gap, weight, size))  # noqa: PLR0124
        for k, (unit, gap, weight) in enumerate(zip(draws.units, gaps.tolist(), weights.tolist(), strict=True))
        if k != draws.treated
    ]
    return MisspecificationSet(found, own, tuple(sorted(controls, key=lambda item: (-item.error, item.unit))))


def _allowed(own: float, gap: float, weight: float, size: float) -> tuple[Interval, ...]:
    """Return where the zone's error, own - tau, is at most as large as the control's, gap + tau weight."""
    if math.isnan(own) or math.isnan(gap):
        return _WHOLE
    roots = [(own - sign * gap) / (1 + sign * weight) for sign in (1, -1) if 1 + sign * weight]
    points = distinct_points(sorted(roots))
    cells = [abs(own - tau) <= abs(gap + tau * weight) for tau in probes(points, size)]
    return united(points, cells, [True] * len(points))


def _nearest(points: Sequence[float], end: float) -> int:
    """Return which point an end is, rounding apart."""
    return min(range(len(points)), key=lambda k: abs(points[k] - end))
