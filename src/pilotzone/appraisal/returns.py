"""What capital returns, corrected for land and for prices: the four measures of Caselli and Feyrer.

Caselli and Feyrer 2007, "The marginal product of capital", Quarterly Journal of Economics 122, 535-568.
With a the share of capital in income, s that of reproducible capital in all capital, and P the price of capital over
that of output, the marginal product is ``a Y/K`` in quantities and ``a Y/(P K)`` in values; of reproducible capital
alone a becomes ``a s``. GDP and capital at the prices of their year give ``Y/(P K)`` as it stands, so that prices are
in it already.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pilotzone.appraisal.checking import Floats, check_year, labels_of, share
from pilotzone.core import DataError, Result, Table, shown

__all__ = ["CorrectedReturns"]

_MEASURES = ("naive", "naive in quantities", "land taken out", "land taken out, in quantities")


@dataclass(frozen=True, eq=False, kw_only=True)
class CorrectedReturns(Result):
    """Marginal products of capital of R regions in a year; NaN is what was not given.

    Attributes
    ----------
    regions, year
        Which regions, and which year.
    capital_share
        Share of capital in income, land and natural resources within.
    output_capital
        GDP over capital, both at the prices of the year, shape (R,).
    reproducible_share
        Share of reproducible capital in all capital, above 0 to 1: land and natural resources taken out, shape (R,).
    capital_price
        Price of capital over that of output against one standard for all regions, above zero, shape (R,).

    Raises
    ------
    DataError
        If shapes differ or a figure is out of range.
    UsageError
        If the share of capital is out of range.

    Examples
    --------
    >>> found = CorrectedReturns(
    ...     regions=("A",),
    ...     year=2017,
    ...     capital_share=0.5,
    ...     output_capital=[0.4],
    ...     reproducible_share=[0.8],
    ...     capital_price=[2],
    ... )
    >>> round(float(found.in_values[0]), 12), round(float(found.reproducible_in_values[0]), 12)
    (0.2, 0.16)
    """

    regions: tuple[str, ...]
    year: int
    capital_share: float
    output_capital: Floats
    reproducible_share: Floats
    capital_price: Floats

    def __post_init__(self) -> None:
        labels_of("the list of regions", self.regions)
        check_year("the year", self.year)
        share("the share of capital", self.capital_share)
        for name, most in (("output_capital", np.inf), ("reproducible_share", 1.0), ("capital_price", np.inf)):
            object.__setattr__(self, name, self._checked(name, most))

    def _checked(self, name: str, most: float) -> Floats:
        values = np.array(getattr(self, name), dtype=np.float64)
        if values.shape != (len(self.regions),):
            raise DataError(f"{name} has the shape {values.shape}.", allowed=f"{len(self.regions)} values in a row")
        bad = np.flatnonzero(np.isinf(values) | (values <= 0) | (values > most))
        if bad.size:
            bound = f"above 0 to {most:g}" if np.isfinite(most) else "finite numbers above 0"
            raise DataError(
                f"{name} of {shown(self.regions[bad[0]])} is {values[bad[0]]:g}.", allowed=f"{bound}; NaN is missing"
            )
        values.flags.writeable = False
        return values

    @property
    def in_values(self) -> Floats:
        """What a unit of money in capital brings a year, land within, shape (R,): naive."""
        return np.asarray(self.capital_share * self.output_capital)

    @property
    def in_quantities(self) -> Floats:
        """What a unit of capital brings in units of output, land within, shape (R,)."""
        return np.asarray(self.in_values * self.capital_price)

    @property
    def reproducible_in_values(self) -> Floats:
        """What a unit of money in reproducible capital brings a year, shape (R,): both corrections made."""
        return np.asarray(self.in_values * self.reproducible_share)

    @property
    def reproducible_in_quantities(self) -> Floats:
        """What a unit of reproducible capital brings in units of output, shape (R,)."""
        return np.asarray(self.in_quantities * self.reproducible_share)

    @property
    def measures(self) -> dict[str, Floats]:
        """The four measures by name, each of shape (R,)."""
        parts = (self.in_values, self.in_quantities, self.reproducible_in_values, self.reproducible_in_quantities)
        return dict(zip(_MEASURES, parts, strict=True))

    @property
    def spreads(self) -> dict[str, float]:
        """Standard deviation of the log of each measure over the regions that have all four; empty for fewer than two.

        One set of regions for all: spreads over different ones could not be compared.
        """
        every = np.array([*self.measures.values()])
        known = np.isfinite(every).all(axis=0)
        if known.sum() < 2:  # noqa: PLR2004 - one region has no spread
            return {}
        return {name: float(np.log(values[known]).std()) for name, values in zip(_MEASURES, every, strict=True)}

    def to_table(self) -> Table:
        """Return a row for each region; ``not given`` says which figures were not."""
        rows = []
        for i, region in enumerate(self.regions):
            told = (("reproducible share", self.reproducible_share[i]), ("price of capital", self.capital_price[i]))
            cells = [None if np.isnan(part[i]) else float(part[i]) for part in self.measures.values()]
            left = ", ".join(name for name, value in told if np.isnan(value))
            rows.append((region, *cells, left))
        spread = "; ".join(f"{name} {value:.3f}" for name, value in self.spreads.items())
        note = (
            f"Naive: {self.capital_share:g} x GDP / capital, both at the prices of {self.year}, so that prices are in "
            "it. In quantities: times the price of capital over that of output, as at one price for all regions. Land "
            "taken out: times the share of reproducible capital. After Caselli and Feyrer 2007."
        )
        last = f" Standard deviation of the log over regions with all four: {spread}." if spread else ""
        title = f"What capital returns, corrected for land and prices, {self.year}"
        return replace(Table.from_rows(["region", *_MEASURES, "not given"], rows, title=title), note=note + last)
