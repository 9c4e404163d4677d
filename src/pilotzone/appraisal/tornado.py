"""How far each driver moves an outcome by itself: a tornado."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.appraisal.drivers import Drivers
from pilotzone.appraisal.montecarlo import Model, drivers_model
from pilotzone.core import Brief, Result, Table, UsageError, check_choice

if TYPE_CHECKING:
    import altair as alt

__all__ = ["Moving", "Swing", "Tornado", "tornado_of"]

Moving = Literal["alone", "together"]
"""Other drivers stay at their medians; or they go where their correlations with the moved one take them."""


@dataclass(frozen=True)
class Swing(Brief):
    """What one driver does.

    Attributes
    ----------
    driver, unit
        Its name and unit.
    low, high
        Its numbers at both ends.
    at_low, at_high
        Outcomes there.
    """

    driver: str
    unit: str
    low: float
    high: float
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        """How far apart the outcomes are."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True, eq=False)
class Tornado(Result):
    """Outcomes with each driver at its ends, the widest swing first.

    Attributes
    ----------
    name, unit
        Name and unit of the outcome.
    middle
        Outcome with all drivers at their medians.
    swings
        Swings of all drivers that vary.
    share
        Chance that a driver lies between its ends.
    moving
        What the other drivers do.
    """

    name: str
    unit: str
    middle: float
    swings: tuple[Swing, ...]
    share: float
    moving: Moving

    def to_table(self) -> Table:
        """Return a row for each driver."""
        rows = [(s.driver, s.low, s.high, s.unit, s.at_low, s.at_high, s.width) for s in self.swings]
        names = ["driver", "low", "high", "unit", "outcome at low", "outcome at high", "width"]
        return Table.from_rows(names, rows, title=f"{self.name} with each driver at its ends")

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return the tornado; it shows itself in a notebook, and ``.save("chart.png")`` writes it."""
        from pilotzone.appraisal.drawing import plot_figure, tornado_figure

        return plot_figure(tornado_figure(self))


def tornado_of(
    model: Model,
    drivers: Drivers,
    *,
    name: str = "net present value",
    unit: str = "1",
    share: float = 0.8,
    moving: Moving = "alone",
) -> Tornado:
    """Return how far each driver moves an outcome.

    Parameters
    ----------
    model, drivers
        As in `simulate`.
    name, unit
        Name and unit of the outcome.
    share
        Chance that a driver lies between its ends, as much left out below as above.
    moving
        Whether other drivers stay at their medians, or go to their medians given the moved one.

    Raises
    ------
    UsageError
        If the share is not between 0 and 1, or as in `simulate`.

    Notes
    -----
    It moves one driver at a time, so it sees no interactions, and by itself no correlations: Shapley effects do.
    """
    from scipy.special import ndtri

    check_choice(moving, Moving, "moving")
    if not 0 < share < 1:
        raise UsageError(f"the share of a tornado is {share:g}.", allowed="above 0 and below 1")
    count = len(drivers.varying)
    end = float(ndtri((1 + share) / 2))
    # Given one score of a Gaussian copula the others' medians are proportional to it.
    slopes = np.eye(count) if moving == "alone" else drivers.correlation
    scores = np.concatenate([np.zeros((1, count)), -end * slopes, end * slopes])
    outcomes = drivers_model(model, drivers)(scores)
    numbers = drivers.of_scores(scores)
    units = {entry.name: entry.unit for entry in drivers.entries}
    swings = [
        Swing(
            driver,
            units[driver],
            float(numbers[driver][1 + k]),
            float(numbers[driver][1 + count + k]),
            float(outcomes[1 + k]),
            float(outcomes[1 + count + k]),
        )
        for k, driver in enumerate(drivers.varying)
    ]
    return Tornado(name, unit, float(outcomes[0]), tuple(sorted(swings, key=lambda s: -s.width)), share, moving)
