"""Arithmetic along periods: an index chained into a level, money at the prices of a period, a value held constant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from pilotzone.core import (
    DataError,
    IndexKind,
    UsageError,
    frequency_of,
    in_frequency,
    listing,
    significant,
    unit_at_prices,
    unit_log,
)
from pilotzone.gather.arithmetic import Arithmetic, Quantity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ArithmeticOverTime"]

_LEAST, _MOST = 50, 200
"""What the median of an index on the period before lies between: a change of half or double in every other period is
growth in percent, a ratio or an index with a fixed base, taken for one."""

_CHAINED: tuple[IndexKind, ...] = ("previous-year-100", "previous-period-100")
_DECLARE = (
    "declare an index of your own in the study file: [data.index] with a line such as NAME = 'previous-year-100' (or "
    "'previous-period-100', 'fixed-base'); in Python by read_panel(..., indices={'NAME': 'previous-year-100'})"
)


@dataclass(frozen=True)
class ArithmeticOverTime(Arithmetic):
    """Operations in which periods stand for something, beside those that treat each by itself.

    What is missing breaks a chain: beyond it, as seen from the period named, everything is missing. So does a period
    that the panel does not have.
    """

    def chain(self, index: Quantity, period: int) -> Quantity:
        """Return the logarithm of the level that an index on the period before adds up to.

        Parameters
        ----------
        index
            Shape (N, T), 100 for no change on the period before.
        period
            Where the logarithm of the level is 0, for every unit.

        Raises
        ------
        DataError
            If the index is not declared to be one on the period before, is not positive, or looks like something else.
        UsageError
            If the panel does not have the period.

        Notes
        -----
        With i the index and b the period named, the logarithm is the sum of log(i[s] / 100) over b < s <= t for later
        periods, and less the sum over t < s <= b for earlier ones. A unit without a link at b, to either side, is
        missing throughout: a level of 0 alone says nothing.
        """
        if index.index not in _CHAINED:
            what = "an index with a fixed base" if index.index == "fixed-base" else "not declared to be an index"
            todo = "take its logarithm: log(...)" if index.index == "fixed-base" else _DECLARE
            raise DataError(
                f"the series inside chain(...) is {what}.",
                allowed="an index of growth, on the year or period before",
                todo=todo,
            )
        base = str(self.periods[self._column(period)])
        return Quantity(self._chained(index, period), unit_log("index"), free=True, measures=index.measures, base=base)

    def deflate(self, amount: Quantity, prices: Quantity, period: int) -> Quantity:
        """Return an amount of money at the prices of a period.

        Parameters
        ----------
        amount
            At current prices, shape (N, T).
        prices
            A price index of the same units, on the period before (which is chained) or with a fixed base.
        period
            Whose prices they are.

        Raises
        ------
        DataError
            If the amount is none of money, the price index is not declared to be an index, is one of a volume, or is
            not positive.
        UsageError
            If the panel does not have the period.
        """
        import numpy as np

        column = self._column(period)
        if prices.measures == "volume":
            raise DataError(
                "the series used to deflate is an index of volume (at constant prices), not a price index.",
                allowed="a price index, on the year or period before or with a fixed base",
                todo="chain an index of a volume into real growth: chain(index, period); money needs a price index",
            )
        unit = unit_at_prices(amount.unit, str(self.periods[column]))
        if prices.index in _CHAINED:
            level = np.exp(self._chained(prices, period))
        elif prices.index == "fixed-base":
            self.refuse(prices.values <= 0, "a price index that is not positive")
            level = prices.values / prices.values[:, [column]]
        else:
            raise DataError(
                "the series used to deflate is not declared as an index.",
                allowed="a price index, on the year or period before or with a fixed base",
                todo=_DECLARE,
            )
        # The level of prices cancels: only that of the amount itself can be arbitrary.
        return self.result(lambda: amount.values / level, unit, free=amount.free)

    def at(self, quantity: Quantity, period: int) -> Quantity:
        """Return each unit's value of a period in all periods; where that is missing, all are.

        Raises
        ------
        UsageError
            If the panel does not have the period.
        """
        import numpy as np

        column = self._column(period)
        shape = (len(self.units), len(self.periods))
        held = np.broadcast_to(np.broadcast_to(quantity.values, shape)[:, [column]], shape)
        return replace(quantity, values=held, index="", measures="", changes=False, base="")

    def _column(self, period: int) -> int:
        wanted = in_frequency(period, frequency_of(self.periods), "the period named")
        if wanted not in self.periods:
            raise UsageError(
                f"the data have no period {wanted}.",
                allowed=listing([str(item) for item in self.periods], most=40),
            )
        return self.periods.index(wanted)

    def _chained(self, index: Quantity, period: int) -> Floats:
        import numpy as np

        column = self._column(period)
        links = self._links(index)
        level = np.full(links.shape, np.nan)
        level[:, column + 1 :] = np.cumsum(links[:, column + 1 :], axis=1)
        level[:, :column] = -np.cumsum(links[:, column:0:-1], axis=1)[:, ::-1]
        beside = level[:, max(column - 1, 0) : column + 2]
        level[~np.isnan(beside).all(axis=1), column] = 0.0
        return level

    def _links(self, index: Quantity) -> Floats:
        """Return the change of the logarithm of the level on the period before, shape (N, T)."""
        import numpy as np

        self._check_kind(index)
        self.refuse(index.values <= 0, "an index of growth that is not positive")
        with np.errstate(invalid="ignore", divide="ignore"):
            links: Floats = np.log(index.values / 100)  # of units that are not used it may be anything
        links[~np.isfinite(links)] = np.nan
        follows = [False, *(int(later - earlier) == 1 for earlier, later in pairwise(self.periods))]
        links[:, ~np.array(follows)] = np.nan
        return links

    def _check_kind(self, index: Quantity) -> None:
        """Refuse what is not an index on the period before, whatever is declared."""
        import numpy as np

        frequency = frequency_of(self.periods)
        if index.index == "previous-year-100" and frequency not in {"year", "number"}:
            raise DataError(
                f"the index is on the year before, and the periods of the data are {frequency}s.",
                allowed="an index on the period before",
                todo='if it is one, declare it as "previous-period-100"',
            )
        odd = []
        for unit, row in zip(self.units, index.values, strict=True):
            known = row[~np.isnan(row)]
            middle = float(np.median(known)) if len(known) else 100.0
            if unit not in self.unused and not _LEAST <= middle <= _MOST:
                odd.append(f"{unit} {significant(middle)}")
        if odd:
            raise DataError(
                f"an index of growth is near 100, and the median of this one is: {listing(odd)}.",
                allowed=f"figures such as 108.5 for growth of 8.5 percent; a median from {_LEAST} to {_MOST}",
                todo="if the figures are growth in percent, add 100 to each; if they are ratios, multiply them by 100",
            )
