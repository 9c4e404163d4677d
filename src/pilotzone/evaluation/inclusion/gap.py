"""Does a zone close its gap to the national mean: effects on the logarithm of the gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import JointEffects, MethodError, Outcome, Result, Table, UsageError, check_level
from pilotzone.evaluation.inclusion.effects import checked_sides, effect_summary, joint_of
from pilotzone.evaluation.inclusion.spread import Spread, spread_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.evaluation.inclusion.sample import MicroData

    Floats = NDArray[np.float64]

__all__ = ["Convergence", "convergence", "gap_effect"]

GAP = Outcome("log_gap", None, "up", None, "log", "income relative to the nation")
"""The log gap is the logarithm of the zone's mean over the nation's: below zero while the zone is poorer."""
_REST, _NO_GAP = 2, 1e-9
"""Code of rows of neither zone nor comparison, and a gap of which no share can be said."""


@dataclass(frozen=True, eq=False)
class Convergence(Result):
    """What a zone did to its gap to the national mean.

    Attributes
    ----------
    joint
        Effect on the log gap, with its variance, as a verdict takes it.
    before, after, without
        Logarithm of the zone's mean over the nation's: before the start, since, and since had there been no effect.
    closed
        Share of the gap `without` that the effect closes: 1 all of it, negative where it widens; NaN where there is
        next to no gap.
    share
        The zone's share of the nation's people since the start.
    spread, level, why
        As in `IndexEffects`.
    """

    joint: JointEffects
    before: float
    after: float
    without: float
    closed: float
    share: float
    spread: Spread
    level: float
    why: str

    def summary(self) -> Table:
        """Return the effect on the gap, in percent of the national mean."""
        return effect_summary(self.joint, self.spread, self.level, self.why, title="Effect on the gap to the nation")

    def to_table(self) -> Table:
        """Return the gap before and since the start, without an effect, and the share closed."""
        rows = [
            ("log gap before", self.before),
            ("log gap since", self.after),
            ("log gap since, without an effect", self.without),
            ("effect on the log gap", float(self.joint.estimate[0])),
            ("standard error", None if self.why else float(self.spread.se[0])),
            ("share of the gap closed", None if np.isnan(self.closed) else self.closed),
            ("zone's share of people", self.share),
        ]
        return Table.from_rows(("what", "value"), rows, title="Does the zone close its gap to the national mean?")


def gap_effect(effect: float, *, share: float, ratio: float) -> float:
    """Return the effect on the log gap that follows from one on the logarithm of the zone's mean.

    The nation's mean holds the zone's, so that it rises as well.

    Parameters
    ----------
    effect
        Effect on the logarithm of the zone's mean income; ends of intervals are turned likewise.
    share
        The zone's share of the nation's people, from 0 and below 1.
    ratio
        The zone's mean over the nation's, with the effect in both.

    Raises
    ------
    UsageError
        If the zone has no share or more income than the nation.

    Examples
    --------
    >>> round(gap_effect(0.1, share=0.0, ratio=0.5), 3), round(gap_effect(0.1, share=0.2, ratio=0.5), 4)
    (0.1, 0.0904)
    """
    if not 0 <= share < 1 or not 0 <= share * ratio < 1:
        raise UsageError(
            f"the zone has {share:.4g} of the people and {share * ratio:.4g} of the income.",
            allowed="shares from 0 and below 1",
        )
    return float(effect + np.log1p(share * ratio * np.expm1(-effect)))


def convergence(data: MicroData, *, start: int, level: float = 0.95) -> Convergence:
    """Return a zone's effect on its gap to the national mean.

    The effect on the logarithm of the zone's mean is its change less that of the comparison. The nation's mean without
    the effect follows from the zone's share of it.

    Parameters
    ----------
    data
        Rows with `zone` and `periods`; rows of neither zone nor comparison are the rest of the nation.
    start
        First period with the zone's programme. Rows before it, and since it, are taken together.
    level
        Level of the pointwise interval.

    Returns
    -------
    Convergence

    Raises
    ------
    MethodError
        If a mean is not positive, or a side has no rows in a period.
    """
    check_level(level, name="level", such=0.95)
    zone, periods, after = checked_sides(data, start)
    late = np.asarray(data.periods) >= start
    cells = {
        (side, when): _mean(data, rows & (late == when), f"the {side}, {'since' if when else 'before'} the start")
        for side, rows in (("zone", zone), ("comparison", np.asarray(data.comparison)), ("nation", np.ones_like(zone)))
        for when in (False, True)
    }
    growth = {side: cells[side, True][0] - cells[side, False][0] for side in ("zone", "comparison", "nation")}
    effect = growth["zone"] - growth["comparison"]
    before, now = (cells["zone", when][0] - cells["nation", when][0] for when in (False, True))
    rows = late / data.weights[late].sum() * data.weights
    share = float(rows[zone].sum())
    part = share * float(np.exp(now))
    on_gap = gap_effect(effect, share=share, ratio=float(np.exp(now)))
    # d on_gap: in the effect directly, and in the zone's share of national income.
    left = 1 + part * np.expm1(-effect)
    by_effect, by_part = 1 - part * np.exp(-effect) / left, np.expm1(-effect) / left
    of_effect = cells["zone", True][1] - cells["zone", False][1]
    of_effect = of_effect - cells["comparison", True][1] + cells["comparison", False][1]
    of_income = rows * data.income * (zone - part) / (rows @ data.income)
    contribution = by_effect * of_effect + by_part * of_income
    side = np.where(zone, 1, np.where(np.asarray(data.comparison), 0, _REST))
    strata = 3 * late.astype(np.intp) + side if data.clusters is None else side
    # Clusters of the rest of the nation are drawn as well, though the effect alone rests on zone and comparison.
    spread = spread_of(contribution[:, None], data.clusters, strata)
    counts = tuple(
        int(rows.sum()) if data.clusters is None else len(np.unique(data.clusters[rows]))
        for rows in (zone, np.asarray(data.comparison))
    )
    sided = side != _REST
    draws = None if data.clusters is None else data.clusters[sided]
    own = spread_of(of_effect[sided][:, None], draws, strata[sided])
    why = own.refusal(data.drawn)
    spread = Spread(spread.matrix, own.degrees, own.fewest, own.counts)
    joint = joint_of(
        (GAP,),
        np.array([on_gap]),
        spread,
        counts=(counts[0], counts[1]),
        drawn=data.drawn,
        window=np.array(periods)[after].tolist(),
        why=why,
        method="influence functions, differences in differences of log means",
    )
    without = now - on_gap
    closed = on_gap / -without if abs(without) > _NO_GAP else float("nan")
    return Convergence(joint, before, now, without, closed, share, spread, level, why)


def _mean(data: MicroData, rows: NDArray[np.bool_], where: str) -> tuple[float, Floats]:
    """Return the logarithm of a mean, and each row's contribution to its deviation, shape (n,)."""
    weights = np.where(rows, data.weights, 0.0)
    weights /= weights.sum()
    mean = float(weights @ data.income)
    if not mean > 0:
        raise MethodError(f"mean income of {where} is {mean:.4g}.", allowed="a positive mean, which has a logarithm")
    return float(np.log(mean)), weights * (data.income - mean) / mean
