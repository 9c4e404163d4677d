"""Capital by perpetual inventory, and what it returns: from panels of provinces, with what the figures cannot bear.

``K_t = (1 - d) K_{t-1} + I_t``, formation at the prices of one year. The naive marginal product is ``a Y/K`` with a the
share of capital in income; Caselli and Feyrer 2007 correct it for land and for the price of capital beside that of
output, ``a_w (P_Y Y)/(P_K K)``, which needs figures that only a user has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.appraisal.checking import Floats, check_year, labels_of, number, share, vector
from pilotzone.core import DataError, MethodError, Result, Table, UsageError, check_choice, shown, unknown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["CapitalPanel", "InitialPrices", "icor", "marginal_product", "perpetual_inventory", "scaled", "steady_stock"]

InitialPrices = Literal["first year", "base year"]
"""Prices of the first stock: those of its own year, or those of the base year already."""

HIGH_FORMATION = 0.6
"""Capital formation above this share of GDP is warned of, unless another limit is named."""


def perpetual_inventory(
    formation: ArrayLike,
    price_index: ArrayLike,
    *,
    depreciation: float,
    initial: float,
    initial_prices: InitialPrices,
    base: int,
) -> Floats:
    """Return the capital stock at the end of each year, at the prices of the base year, shape (T,).

    Parameters
    ----------
    formation
        Gross fixed capital formation at the prices of each year, shape (T,); that of the first year is taken to be in
        the initial stock. A few figures of early years are below zero at their source and are taken as they stand.
    price_index
        Price level of investment, above zero, shape (T,).
    depreciation
        Share of the stock that is lost a year.
    initial
        Stock at the end of the first year.
    initial_prices
        Prices of the initial stock. Zhang 2008, as the package CHNCapitalStock has it, takes it at base-year prices.
    base
        Position of the base year, from 0.

    Raises
    ------
    DataError
        If a price is not above zero, the stock falls below zero, or shapes differ.
    UsageError
        If depreciation, the initial stock or the base is out of range.

    Examples
    --------
    >>> perpetual_inventory(
    ...     [10, 10, 10], [1, 1, 1], depreciation=0.1, initial=100, initial_prices="base year", base=0
    ... ).tolist()
    [100.0, 100.0, 100.0]
    """
    spent = vector("capital formation", formation)
    level = vector("the price index of investment", price_index, len(spent))
    if (level <= 0).any():
        k = int(np.argmax(level <= 0))
        raise DataError(f"the price index of investment is {level[k]:g} in year {k + 1}.", allowed="prices above zero")
    share("depreciation", depreciation)
    check_choice(initial_prices, InitialPrices, "the prices of the initial stock")
    if not 0 <= base < len(spent):
        raise UsageError(
            f"base is {base}, the position of a year among {len(spent)}.", allowed=f"0 to {len(spent) - 1}"
        )
    relative = level / level[base]
    stock = np.empty(len(spent))
    stock[0] = number("the initial stock", initial, low=0) / (relative[0] if initial_prices == "first year" else 1.0)
    for t in range(1, len(spent)):
        stock[t] = (1 - depreciation) * stock[t - 1] + spent[t] / relative[t]
    if (stock < 0).any():
        k = int(np.argmax(stock < 0))
        raise DataError(
            f"the capital stock falls below zero in year {k + 1}: formation there is {spent[k]:g}.",
            allowed="formation that takes no more away than there is",
        )
    return stock


def steady_stock(formation: float, growth: float, depreciation: float) -> float:
    """Return the stock that keeps growing at a rate: formation over growth plus depreciation.

    Parameters
    ----------
    formation
        Formation of the first year.
    growth
        Growth of formation, a year.
    depreciation
        A year.

    Raises
    ------
    UsageError
        If growth and depreciation do not add up to more than zero.
    """
    number("growth plus depreciation", growth + depreciation, above=0)
    return number("formation", formation, low=0) / (growth + depreciation)


def scaled(values: Floats, nation: ArrayLike) -> Floats:
    """Return provincial figures that sum to the nation's in each year, shape (R, T).

    Parameters
    ----------
    values
        Formation by province and year, shape (R, T). Where one is missing (NaN) in a year, the year cannot be scaled
        and is NaN.
    nation
        National figures by year, above zero, shape (T,).

    Raises
    ------
    DataError
        If shapes differ or a national figure is not above zero.
    """
    whole = vector("the nation's figures", nation, values.shape[1])
    if (whole <= 0).any():
        raise DataError("a national figure is not above zero.", allowed="figures above zero")
    return np.asarray(values * (whole / values.sum(axis=0)))


def marginal_product(
    gdp: ArrayLike,
    capital: ArrayLike,
    capital_share: float,
    *,
    natural_share: float = 0.0,
    price_ratio: float = 1.0,
) -> Floats:
    """Return the marginal product of capital, of the shape of the figures.

    Parameters
    ----------
    gdp, capital
        Both at the prices of the same year; capital above zero.
    capital_share
        Share of capital in income, land and other natural capital within.
    natural_share
        Share of land and natural resources in income, a user's figure; zero leaves the naive product.
    price_ratio
        Price of output over that of capital, a user's figure.

    Raises
    ------
    DataError
        If GDP or capital is not above zero.
    UsageError
        If a share or the ratio is out of range.
    """
    made, stock = np.asarray(gdp, dtype=np.float64), np.asarray(capital, dtype=np.float64)
    for name, values in (("GDP", made), ("capital", stock)):
        if (values <= 0).any() or np.isinf(values).any():
            raise DataError(f"{name} is not above zero everywhere.", allowed="figures above zero; NaN is missing")
    if share("the share of natural capital", natural_share) >= share("the share of capital", capital_share):
        raise UsageError(
            f"natural capital has {natural_share:g} of income, all capital {capital_share:g}.",
            allowed="a smaller part of the share of capital",
        )
    number("the price ratio", price_ratio, above=0)
    return np.asarray((capital_share - natural_share) * price_ratio * made / stock)


def icor(formation: ArrayLike, gdp: ArrayLike) -> float:
    """Return the incremental capital-output ratio: formation of all years but the last over the growth of GDP.

    Parameters
    ----------
    formation, gdp
        Both at constant prices, by year, shape (T,), two years or more.

    Raises
    ------
    MethodError
        If GDP did not grow: the ratio has no meaning then.
    DataError
        If figures are not in a form that can be used, or GDP is not above zero.

    Examples
    --------
    >>> icor([30, 30, 30], [100, 105, 110])
    6.0
    """
    spent = vector("capital formation", formation, low=0)
    made = vector("GDP", gdp, len(spent))
    if len(made) < 2 or (made <= 0).any():  # noqa: PLR2004 - growth is between two years
        raise DataError("GDP is not above zero in two years or more.", allowed="two years or more, above zero")
    if made[-1] <= made[0]:
        raise MethodError(
            f"GDP went from {made[0]:g} to {made[-1]:g}: without growth the ratio has no meaning.",
            allowed="a span of years over which GDP grew",
        )
    return float(spent[:-1].sum() / (made[-1] - made[0]))


@dataclass(frozen=True, eq=False, kw_only=True)
class CapitalPanel(Result):
    """Provinces by years; NaN is missing.

    Attributes
    ----------
    regions, years
        R regions and T years, ascending.
    gdp, formation, capital
        At the prices of each year, shape (R, T); GDP and capital above zero.
    unit
        Unit of money.
    nation_gdp, nation_formation
        National GDP and gross capital formation, shape (T,); ``None`` if not given.
    high_formation
        Share of GDP above which formation is warned of.
    scaled_to_nation
        Whether the figures were scaled; set by `to_nation`.

    Raises
    ------
    DataError
        If shapes differ, or GDP or capital is not above zero where it is not missing.
    """

    regions: tuple[str, ...]
    years: tuple[int, ...]
    gdp: Floats
    formation: Floats
    capital: Floats
    unit: str
    nation_gdp: Floats | None = None
    nation_formation: Floats | None = None
    high_formation: float = HIGH_FORMATION
    scaled_to_nation: bool = False

    def __post_init__(self) -> None:
        labels_of("the list of regions", self.regions)
        years = [check_year("a year", year) for year in self.years]
        if years != sorted(set(years)) or not years:
            raise DataError("the years are not ascending.", allowed="each year once, ascending")
        for name in ("gdp", "formation", "capital"):
            object.__setattr__(self, name, self._checked(name, strict=name != "formation"))
        for name in ("nation_gdp", "nation_formation"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, vector(name, getattr(self, name), self.years, low=0))

    def _checked(self, name: str, *, strict: bool) -> Floats:
        values = np.array(getattr(self, name), dtype=np.float64)
        if values.shape != (len(self.regions), len(self.years)):
            raise DataError(
                f"{name} has the shape {values.shape}.", allowed=f"{len(self.regions)} by {len(self.years)}"
            )
        bad = np.argwhere(np.isinf(values) | ((values <= 0) if strict else (values < 0)))
        if bad.size:
            i, t = bad[0].tolist()
            raise DataError(
                f"{name} of {shown(self.regions[i])} is {values[i, t]:g} in {self.years[t]}.",
                allowed=f"figures {'above zero' if strict else 'of zero or more'}; NaN is missing",
            )
        values.flags.writeable = False
        return values

    @property
    def formation_share(self) -> Floats:
        """Capital formation over GDP, shape (R, T)."""
        return np.asarray(self.formation / self.gdp)

    @property
    def capital_output(self) -> Floats:
        """Capital over GDP, shape (R, T)."""
        return np.asarray(self.capital / self.gdp)

    def at(self, region: str, year: int) -> tuple[int, int]:
        """Return the positions of a region and a year.

        Raises
        ------
        UsageError
            If there is no such region or year.
        """
        if region not in self.regions:
            raise unknown("region", region, self.regions, error=UsageError, of="the panel")
        if year not in self.years:
            raise UsageError(f"the panel has no year {year}.", allowed=f"{self.years[0]} to {self.years[-1]}")
        return self.regions.index(region), self.years.index(year)

    def to_nation(self) -> CapitalPanel:
        """Return the panel with GDP and formation scaled to the nation, and capital as formation.

        Capital is scaled by the factor that formation has in its year: an approximation, since older formation
        had other factors.

        Raises
        ------
        MethodError
            If the nation's figures are missing.
        """
        if self.nation_gdp is None or self.nation_formation is None:
            raise MethodError("the nation's GDP or formation is missing.", todo="give nation_gdp and nation_formation")
        factor = self.nation_formation / self.formation.sum(axis=0)
        return replace(
            self,
            gdp=scaled(self.gdp, self.nation_gdp),
            formation=scaled(self.formation, self.nation_formation),
            capital=self.capital * factor,
            scaled_to_nation=True,
        )

    @property
    def cautions(self) -> tuple[str, ...]:
        """What these figures cannot bear, a sentence each."""
        ratio = self.formation_share
        found = []
        for i, region in enumerate(self.regions):
            high = np.flatnonzero(ratio[i] > self.high_formation)
            if high.size:
                last, most = int(high[-1]), int(high[np.argmax(ratio[i][high])])
                peak = "" if last == most else f" and {ratio[i, most]:.0%} in {self.years[most]}"
                found.append(
                    f"{region}: capital formation is {ratio[i, last]:.0%} of GDP in {self.years[last]}{peak}, above "
                    f"{self.high_formation:.0%} in {high.size} of {len(self.years)} years; it counts money that was "
                    "spent, not plant that works."
                )
        for name, parts, whole in (
            ("GDP", self.gdp, self.nation_gdp),
            ("Capital formation", self.formation, self.nation_formation),
        ):
            if whole is None:
                continue
            over = parts.sum(axis=0) / np.where(whole > 0, whole, np.nan) - 1
            if np.isfinite(over).any() and np.nanmax(np.abs(over)) > 0.005:  # noqa: PLR2004 - rounding of published sums
                t = int(np.nanargmax(np.abs(over)))
                found.append(f"{name} of the provinces sums to {over[t]:+.1%} of the nation's in {self.years[t]}.")
        return tuple(found)

    def to_table(self) -> Table:
        """Return a row for each region and year."""
        parts = (self.gdp, self.formation, self.capital, self.formation_share, self.capital_output)
        rows = [
            (region, year, *(None if np.isnan(part[i, t]) else float(part[i, t]) for part in parts))
            for i, region in enumerate(self.regions)
            for t, year in enumerate(self.years)
        ]
        names = ["region", "year", "gdp", "formation", "capital", "formation_share", "capital_output"]
        found = Table.from_rows(names, rows)
        return Table(
            found.columns,
            title="Capital and output" + (", scaled to the nation" if self.scaled_to_nation else ""),
            units=dict.fromkeys(("gdp", "formation", "capital"), self.unit),
            note=" ".join(self.cautions),
        )
