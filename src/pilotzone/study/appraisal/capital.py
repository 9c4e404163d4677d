"""The zone's province beside all others: capital, what it returns, and what the figures cannot bear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.appraisal import (
    CapitalPanel,
    Fact,
    icor,
    marginal_product,
    misallocation_table,
    perpetual_inventory,
)
from pilotzone.core import DataError, MethodError, StudyError, Table
from pilotzone.gather import capital_formation, data_centre_facts, evidence_panel, load_campus, load_evidence
from pilotzone.study.appraisal.columns import Columns
from pilotzone.study.appraisal.corrections import corrected_of
from pilotzone.study.appraisal.findings import CapitalFound
from pilotzone.study.runs.saying import within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.gather import CapitalFormation
    from pilotzone.study.appraisal.asked import MisallocationEntry
    from pilotzone.study.appraisal.file import AppraisalStudy
    from pilotzone.study.appraisal.material import AppraisalMaterial

    Floats = NDArray[np.float64]

__all__ = ["capital_of"]

_WARNED = ("capital-share", "capital-sum", "capital-start", "capital-early", "capital-price-flat")
_NATION = ("year", "gdp", "formation")


def capital_of(study: AppraisalStudy, material: AppraisalMaterial) -> CapitalFound:
    """Return what figures say for and against misallocation.

    Raises
    ------
    StudyError
        If a year is not in the evidence.
    DataError
        If a file that the study names cannot be used.
    """
    asked, region = study.spec.misallocation, study.spec.appraisal.region
    assert asked is not None  # noqa: S101 - asked for
    loss = material.assumed("depreciation", asked.depreciation, region).value
    share = material.assumed("capital_share", asked.capital_share, region).value
    panel, codes, price = _panel(study, asked, loss)
    name = load_evidence().region(region).name
    real, built = panel.gdp / price, panel.formation / price
    table = misallocation_table(
        panel,
        name,
        year=asked.year,
        since=asked.since,
        capital_share=share,
        gdp_constant=real,
        formation_constant=built,
        facts=_facts(),
    )
    return CapitalFound(
        panel=panel,
        table=table,
        measures=_measures(panel, asked.year, asked.since, share, real, built),
        warnings=(*_warnings(), *(line for line in panel.cautions if name in line or "of the provinces" in line)),
        corrected=corrected_of(study, panel, codes, share),
        corrections_source=asked.corrections_source,
    )


def _panel(
    study: AppraisalStudy, asked: MisallocationEntry, loss: float
) -> tuple[CapitalPanel, tuple[str, ...], Floats]:
    """Return all regions, their codes, and the price level of investment by region and year."""
    gdp = evidence_panel(["gdp_nominal_cny"])
    spent = {code: capital_formation(code) for code in gdp.units}
    years = _years(asked, [int(year) for year in gdp.periods], min(int(one.periods[-1]) for one in spent.values()))
    rows = [_stock(one, loss, years) for one in spent.values()]
    money, price, stock = (np.array(part) for part in zip(*rows, strict=True))
    at = [list(gdp.periods).index(year) for year in years]
    nation = _nation(study, asked.nation, years) if asked.nation else (None, None)
    panel = CapitalPanel(
        regions=tuple(load_evidence().region(code).name for code in gdp.units),
        years=years,
        gdp=gdp.matrix("gdp_nominal_cny")[:, at],
        formation=money,
        capital=stock,
        unit="CNY",
        nation_gdp=nation[0],
        nation_formation=nation[1],
    )
    return panel, tuple(gdp.units), price


def _years(asked: MisallocationEntry, periods: list[int], last: int) -> tuple[int, ...]:
    """Return the years of the evidence, having looked that those asked for are among them."""
    years = tuple(year for year in periods if year <= last)
    for name in ("since", "year"):
        if getattr(asked, name) not in years:
            raise StudyError(
                f"misallocation.{name} is {getattr(asked, name)}.",
                allowed=f"{years[0]} to {years[-1]}, the years of the evidence",
            )
    if asked.since >= asked.year:
        raise StudyError(
            f"misallocation.since is {asked.since}, and misallocation.year {asked.year}.", allowed="since before year"
        )
    return years


def _stock(found: CapitalFormation, loss: float, years: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
    """Return formation, price level and capital at the prices of each year, for the years that are asked for.

    The first stock is the first year's formation over depreciation, a rule; it has lost most of its weight since.
    """
    periods = found.periods.tolist()
    at = [periods.index(year) for year in years]
    stock = perpetual_inventory(
        found.formation_cny,
        found.price_index,
        depreciation=loss,
        initial=float(found.formation_cny[0]) / loss,
        initial_prices="first year",
        base=at[-1],
    )
    relative = found.price_index / found.price_index[at[-1]]
    return found.formation_cny[at], relative[at], (stock * relative)[at]


def _measures(panel: CapitalPanel, year: int, since: int, share: float, real: Floats, built: Floats) -> Table:
    t, start = panel.years.index(year), panel.years.index(since)
    product = marginal_product(panel.gdp[:, t], panel.capital[:, t], share)
    rows = []
    for i, region in enumerate(panel.regions):
        try:
            ratio: float | None = icor(built[i, start : t + 1], real[i, start : t + 1])
        except (DataError, MethodError):
            ratio = None  # output did not grow, so it has no meaning
        rows.append(
            (
                region,
                float(panel.formation_share[i, t]),
                float(panel.capital_output[i, t]),
                float(product[i]),
                ratio,
            )
        )
    rows.sort(key=lambda row: row[3])
    names = ["region", "formation over GDP", "capital over GDP", "marginal product", "ICOR"]
    found = Table.from_rows(names, rows)
    return Table(
        found.columns,
        title=f"Capital and what it returns, {year}",
        note=f"Marginal product {share:g} x GDP / capital, both at prices of the year; land is not taken "
        f"out. ICOR {since} to {year}, "
        "GDP and formation both deflated by the price index of investment, for want of one of GDP.",
    )


def _facts() -> tuple[Fact, ...]:
    why = {
        "rack-utilisation-2017": "of all of China: it says nothing of one province",
        "rack-utilisation-zhongwei-2021": "of Zhongwei in Ningxia: what may happen, not what happened in another place",
        "rack-utilisation-hubs-2024": "of all hubs together: below the 65 % that their start areas are to reach",
    }
    found = []
    for fact in data_centre_facts():
        if fact.name in why and fact.value is not None:
            name = f"racks in use, {fact.place}, {fact.period}"
            found.append(Fact(name, fact.value, "%", "neither", why[fact.name], fact.study))
    return tuple(found)


def _warnings() -> list[str]:
    told = {item.name: item.text for item in load_campus("capital_formation").caveats}
    return [told[name] for name in _WARNED if name in told]


def _nation(study: AppraisalStudy, file: str, years: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return GDP and formation of the nation by year, from the user's file."""
    with within("misallocation.nation"):
        sheet = Columns(study.path(file))
        if not set(_NATION) <= set(sheet.table.header):
            told_columns = ", ".join(sheet.table.header)
            raise DataError(f"{file} has the columns {told_columns}.", allowed=", ".join(_NATION))
        told = [sheet.numbers(name) for name in _NATION]
        rows = {int(year): (made, spent) for year, made, spent in zip(*told, strict=True)}
        left = [year for year in years if year not in rows]
        if left:
            raise DataError(f"{file} has no year {left[0]}.", allowed=f"all years from {years[0]} to {years[-1]}")
    values = np.array([rows[year] for year in years])
    return values[:, 0], values[:, 1]
