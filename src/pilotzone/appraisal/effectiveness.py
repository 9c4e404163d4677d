"""Cost-effectiveness: an effect that was estimated elsewhere, per unit of what a campus costs, with its set of ratios.

The effect has an error of estimation; a cost is known, or as uncertain as its draws. A known cost divides the effect's
interval. Of a drawn cost the set is that of `pilotzone.core.drawn_ratio`; beside it stands Fieller's set, which takes
the draws for normal, and how far they are from that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pilotzone.core import (
    Ratio,
    Result,
    Table,
    UsageError,
    drawn_ratio,
    normal_distance,
    one_thread,
    ratio,
    shown,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.core import Cell

    Floats = NDArray[np.float64]

__all__ = ["CostEffectiveness", "DrawnCost", "EffectPerCost", "EstimatedEffect", "cost_effectiveness"]

_SAME = 1e-12
_KNOWN, _DRAWN, _FIELLER = "cost known", "draws of the cost", "Fieller, cost as if normal"
_NOTHING: Final = "none: this cost is zero"


@dataclass(frozen=True)
class EstimatedEffect:
    """An effect that was estimated elsewhere.

    Attributes
    ----------
    outcome, unit
        On what, and the unit of the effect.
    estimate, se
        Effect and its standard error, above zero.
    source
        Where it is from.
    degrees
        Degrees of freedom of its t distribution; ``None`` for the normal one.

    Raises
    ------
    UsageError
        If the estimate is not finite, the error is not above zero, or there is no source.
    """

    outcome: str
    unit: str
    estimate: float
    se: float
    source: str
    degrees: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.estimate) and math.isfinite(self.se) and self.se > 0):
            raise UsageError(
                f"the effect on {shown(self.outcome)} is {self.estimate!r} with the standard error {self.se!r}.",
                allowed="finite numbers, the standard error above zero",
            )
        if not self.source.strip():
            raise UsageError(f"the effect on {shown(self.outcome)} has no source.", todo="say where it comes from")


@dataclass(frozen=True, eq=False)
class DrawnCost:
    """A cost in the unit that effects are told per.

    Attributes
    ----------
    name
        What it is, such as ``public money``.
    unit
        What effects are told per, such as ``bn CNY``.
    values
        Draws of it, shape (n,), scrambles after one another; a single one where it is known.
    scrambles
        Independent sequences that the draws are of.
    """

    name: str
    unit: str
    values: Floats
    scrambles: int = 1

    @property
    def known(self) -> bool:
        """Whether it is the same in all draws."""
        return bool(np.ptp(self.values) <= _SAME * np.abs(self.values).max())


@dataclass(frozen=True, eq=False)
class EffectPerCost:
    """One effect per unit of one cost.

    Attributes
    ----------
    effect, cost
        The effect, and what it is told per.
    mean, sd
        Mean and standard deviation of the cost's draws.
    found
        The ratio with its set; ``None`` where the cost is zero.
    error
        Standard error of the set's finite ends by simulation, the larger; ``None`` where the cost is known.
    fieller
        Fieller's set, which takes the draws for normal; ``None`` where the cost is known.
    distance
        Largest difference of the draws' distribution from the normal one; ``None`` where the cost is known.
    """

    effect: EstimatedEffect
    cost: DrawnCost
    mean: float
    sd: float
    found: Ratio | None
    error: float | None = None
    fieller: Ratio | None = None
    distance: float | None = None

    def rows(self) -> list[tuple[Cell, ...]]:
        """Return a row for each interval of its sets."""
        head = (self.effect.outcome, self.cost.name, self.mean, self.sd, self.cost.unit)
        if self.found is None:
            return [(*head, None, None, None, "", _NOTHING, "", None)]
        rows: list[tuple[Cell, ...]] = []
        for told, how, error in (
            (self.found, _KNOWN if self.fieller is None else _DRAWN, self.error),
            (self.fieller, _FIELLER, None),
        ):
            if told is not None:
                rows += [(*head, row[0], row[1], row[2], row[3], row[4], how, error) for row in told.to_table().rows()]
        return rows


@dataclass(frozen=True, eq=False)
class CostEffectiveness(Result):
    """Effects per unit of costs.

    Attributes
    ----------
    items
        Each effect per each cost, effects first.
    level
        Level of the sets.
    basis
        What costs are counted in.
    """

    items: tuple[EffectPerCost, ...]
    level: float
    basis: str = ""

    @property
    def effects(self) -> tuple[EstimatedEffect, ...]:
        """Effects in their order, each once."""
        return tuple(dict.fromkeys(item.effect for item in self.items))

    @property
    def note(self) -> str:
        """What the sets rest on."""
        told = [*([self.basis] if self.basis else []), f"{100 * self.level:g} % sets; an empty end is unbounded."]
        told.append(
            "The effect's error and the cost are taken as independent. The ratio describes this campus only where the "
            "effect is that of a campus of this size."
        )
        away = [(item.cost.name, item.distance) for item in self.items if item.distance is not None]
        if away:
            parts = ", ".join(f"{name} {distance:.2g}" for name, distance in dict(away).items())
            told.append(
                "Draws of the cost are taken for what is known of it: sets hold the ratio as often as they say on "
                "average over these draws. Fieller's sets take the draws for normal; largest difference of "
                f"distribution functions: {parts}."
            )
        return " ".join(told)

    def to_table(self) -> Table:
        """Return a row for each interval of each set."""
        names = [
            *("outcome", "per", "cost", "cost_sd", "cost_unit", "estimate", "low", "high", "unit", "set", "by"),
            "error",
        ]
        rows = [row for item in self.items for row in item.rows()]
        found = Table.from_rows(names, rows)
        return Table(found.columns, title="Effect per unit of cost", note=self.note)


@one_thread()
def cost_effectiveness(
    effects: Sequence[EstimatedEffect], costs: Sequence[DrawnCost], *, level: float = 0.95, basis: str = ""
) -> CostEffectiveness:
    """Return every effect per unit of every cost.

    Parameters
    ----------
    effects
        Estimated elsewhere, in independent data.
    costs
        Known or drawn.
    level
        Level of the sets.
    basis
        What costs are counted in, as a sentence: prices and the year of present values.

    Raises
    ------
    UsageError
        If there is no effect or no cost, a cost is below zero, or the level is not one.

    Examples
    --------
    >>> jobs = EstimatedEffect("jobs", "job", 1200.0, 300.0, "an example")
    >>> found = cost_effectiveness([jobs], [DrawnCost("public money", "bn USD", np.array([0.5]))])
    >>> print(found.items[0].found.words)
    95 % interval: 1,220 to 3,580 job per bn USD.
    """
    if not effects or not costs:
        raise UsageError("there is no effect, or no cost.", allowed="one of each or more")
    return CostEffectiveness(tuple(_per(effect, cost, level) for effect in effects for cost in costs), level, basis)


def _per(effect: EstimatedEffect, cost: DrawnCost, level: float) -> EffectPerCost:
    mean, sd = float(cost.values.mean()), float(cost.values.std())
    unit = f"{effect.unit} per {cost.unit}"
    given = {"level": level, "degrees": effect.degrees, "unit": unit}
    if not np.abs(cost.values).max() > 0:
        return EffectPerCost(effect, cost, 0.0, 0.0, None)
    if cost.known:
        if mean < 0:
            raise UsageError(f"the cost {shown(cost.name)} is {mean:g}.", allowed="zero or more")
        return EffectPerCost(effect, cost, mean, 0.0, ratio(effect.estimate, effect.se, mean, **given))  # type: ignore[arg-type]
    found = drawn_ratio(effect.estimate, effect.se, cost.values, **given)  # type: ignore[arg-type]
    fieller = ratio(effect.estimate, effect.se, mean, amount_se=sd, **given)  # type: ignore[arg-type]
    return EffectPerCost(
        effect, cost, mean, sd, found, _error(effect, cost, level), fieller, normal_distance(cost.values)
    )


def _error(effect: EstimatedEffect, cost: DrawnCost, level: float) -> float | None:
    """Return the larger standard error of the set's ends over independent scrambles; ``None`` where one has no end."""
    parts = cost.values.reshape(cost.scrambles, -1)
    if cost.scrambles < 2 or not (parts > 0).any(axis=1).all():  # noqa: PLR2004 - a spread needs two
        return None
    sets = [
        drawn_ratio(effect.estimate, effect.se, part, level=level, degrees=effect.degrees).intervals[0]
        for part in parts
    ]
    ends = np.array([(item.low, item.high) for item in sets])
    finite = ends[:, np.isfinite(ends).all(axis=0)]
    if finite.size == 0:
        return None
    return float((finite.std(axis=0, ddof=1) / math.sqrt(cost.scrambles)).max())
