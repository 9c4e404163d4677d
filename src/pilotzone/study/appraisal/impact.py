"""What spending on a campus calls for in its province: bills from the account, its table, households."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.appraisal import (
    Bill,
    Economy,
    Households,
    ProjectImpact,
    domestic_table,
    economy_of,
    project_impact,
    regionalised,
    split_purchases,
)
from pilotzone.core import StudyError, Table, unknown
from pilotzone.gather import capital_formation, data_centre_facts
from pilotzone.study.appraisal.findings import ImpactFound
from pilotzone.study.appraisal.tables import nation_output

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilotzone.appraisal import InputOutputTable
    from pilotzone.study.appraisal.asked import ImpactEntry
    from pilotzone.study.appraisal.file import AppraisalFile
    from pilotzone.study.appraisal.findings import MoneyFound
    from pilotzone.study.appraisal.material import AppraisalMaterial

    Floats = NDArray[np.float64]

__all__ = ["impact_found"]

_CONSUMED = ("agriculture", "light_industry", "utilities", "trade_transport", "information", "business", "public")
"""Sectors of the bundled tables that households buy from."""
_VIRGINIA = (
    "jobs-virginia-2024",
    "jobs-construction-virginia-2024",
    "jobs-operation-virginia-2024",
    "gdp-virginia-2024",
    "gdp-operation-virginia-2024",
)


def impact_found(file: AppraisalFile, material: AppraisalMaterial, money: MoneyFound) -> ImpactFound:
    """Return what building and running call for.

    Raises
    ------
    StudyError
        If a sector is unknown, or no price level is known between the years of table and account.
    """
    spec, table = file.impact, material.table
    assert spec is not None  # noqa: S101 - asked for
    assert table is not None  # noqa: S101 - read with it
    for name in (*spec.construction, *spec.operation):
        if name not in table.accounts:
            raise unknown("sector", name, table.accounts, error=StudyError, of="[impact]")
    bundled = spec.table is None
    delta = material.assumed("flq_delta", spec.flq_delta, file.appraisal.region)
    share = material.assumed("wage_share", spec.wage_share, file.appraisal.region)
    spent = material.assumed("spent_locally", spec.spent_locally, file.appraisal.region)
    bills = _Bills(file, spec, money, _deflator(file, spec, table.price_year))

    def effects(end: str) -> ProjectImpact:
        # A larger exponent leaves less to the province's own makers.
        own = _economy(spec, table, getattr(delta, end if end == "value" else "high" if end == "low" else "low"))
        homes = _households(own, table.output, getattr(share, end), getattr(spent, end), bundled=bundled)
        return project_impact(bills.construction(own), bills.operation(own), own, homes)

    middle, ends = effects("value"), [effects("low"), effects("high")]
    venture = money.venture
    size = venture.value("it_mw")
    return ImpactFound(
        impact=middle,
        effects=_effects(middle, ends, bills.size, file.appraisal.currency),
        jobs=(size * venture.value("construction_jobs_per_mw"), size * venture.value("jobs_per_mw")),
        elsewhere=_virginia(),
        cautions=_cautions(middle, bundled=bundled),
    )


def _economy(spec: ImpactEntry, table: InputOutputTable, delta: float) -> Economy:
    """Return the province's economy: the bundled table by location quotients, or a table of the user's."""
    if spec.table is None:
        return regionalised(
            economy_of(table), table.output, nation_output(), name=table.name, method="flq", delta=delta
        )
    if spec.table.exports is not None:
        return economy_of(domestic_table(table, exports=spec.table.exports))
    return economy_of(table)


class _Bills:
    """Bills of building and running, from the account."""

    def __init__(self, file: AppraisalFile, spec: ImpactEntry, money: MoneyFound, deflator: tuple[float, str]) -> None:
        self.file, self.spec, self.venture = file, spec, money.venture
        self.deflator, self.source = deflator
        self.year = file.appraisal.price_year
        self.size = 1.0 if spec.table is None else spec.table.unit_size

    def _split(
        self, amount: float, shares: dict[str, float], own: Economy
    ) -> tuple[dict[str, float], dict[str, float]]:
        amount /= self.size
        bought = {name: amount * share for name, share in shares.items()}
        local, imported = split_purchases(bought, own) if own.supply is not None else (bought, {})
        rest = amount * (1 - sum(shares.values()))
        return local, {**imported, "equipment and all else from outside": max(rest, 0.0)}

    def construction(self, own: Economy) -> Bill:
        v = self.venture.value
        amount = v("it_mw") * (v("building_per_mw") + v("equipment_per_mw"))
        local, imported = self._split(amount, self.spec.construction, own)
        return Bill(
            phase="construction",
            local=local,
            imported=imported,
            price_year=self.year,
            deflator=self.deflator,
            deflator_source=self.source,
            own_jobs=v("it_mw") * v("construction_jobs_per_mw"),
        )

    def operation(self, own: Economy) -> Bill:
        venture, v = self.venture, self.venture.value
        let = float(venture.let()[-1])
        mwh = let * v("it_mw") * v("load") * 8760
        invested = v("it_mw") * (v("building_per_mw") + v("equipment_per_mw"))
        amount = mwh * (v("pue") * v("paid_per_mwh") + v("water_m3_per_mwh") * v("water_price_per_m3")) + invested * v(
            "maintenance_share"
        )
        wages = v("it_mw") * v("jobs_per_mw") * v("wage")
        local, imported = self._split(amount, self.spec.operation, own)
        return Bill(
            phase="operation",
            local=local,
            imported=imported,
            own_jobs=v("it_mw") * v("jobs_per_mw"),
            own_wages=wages * v("residents") / self.size,
            own_value_added=wages / self.size,
            price_year=self.year,
            deflator=self.deflator,
            deflator_source=self.source,
        )


def _deflator(file: AppraisalFile, spec: ImpactEntry, of: int) -> tuple[float, str]:
    """Return the price level of the account's year over that of the table's year."""
    year = file.appraisal.price_year
    if spec.deflator is not None:
        return spec.deflator, spec.deflator_source
    if year == of:
        return 1.0, ""
    try:
        found = capital_formation(file.appraisal.region)
    except Exception as error:
        raise StudyError(
            f"[impact]: the table is at prices of {of}, the account at those of {year}.", todo="give deflator"
        ) from error
    periods = found.periods.tolist()
    if year not in periods or of not in periods:
        raise StudyError(
            f"[impact]: no price level is known between {of} and {year}.",
            allowed=f"price_year from {periods[0]} to {periods[-1]}",
            todo="give deflator and deflator_source",
        )
    ratio = found.price_index[periods.index(year)] / found.price_index[periods.index(of)]
    return float(ratio), f"price index of investment of the region, {year} over {of}, for want of one of output"


def _households(own: Economy, output: Floats, share: float, spent: float, *, bundled: bool) -> Households:
    """Return households: income a share of value added, spending over consumer sectors in proportion to output."""
    weights = own.present * output
    if bundled:
        weights *= np.isin(np.array(own.accounts), _CONSUMED)
    told = "consumer sectors" if bundled else "sectors"
    return Households(
        income=np.maximum(own.value_added, 0.0) * share,
        spending=weights / weights.sum() * spent,
        source=f"ASSUMED: {share:g} of value added is earned from work, {spent:g} of that is spent on products of the "
        f"province, in proportion to output of its {told}",
    )


def _effects(middle: ProjectImpact, ends: list[ProjectImpact], size: float, currency: str) -> Table:
    """Return effects by phase; money is brought from the table's unit back to the account's."""
    rows: list[tuple[str | float | None, ...]] = []
    for phase in ("construction", "operation"):
        now = getattr(middle, phase)
        low, high = (getattr(one, phase) for one in ends)
        money = f"{currency} of {now.bill.price_year}{' a year' if phase == 'operation' else ''}"
        for kind in now.first:
            by, unit = (1.0, "job-years" if phase == "construction" else "jobs") if kind == "jobs" else (size, money)
            told: list[float] = []
            for induced in (False, True):
                values = [by * one.total(kind, induced=induced) for one in (now, low, high)]
                told += [values[0], min(values), max(values)]
            rows.append((phase, kind, *told, unit))
        leaked = [size * now.leaked, *sorted((size * low.leaked, size * high.leaked))]
        rows.append((phase, "leaked at once", *leaked, *leaked, money))
    names = ["phase", "effect", "type I", "I low", "I high", "type II", "II low", "II high", "unit"]
    return Table.from_rows(names, rows, title="What spending on the campus calls for in the province")


def _virginia() -> Table:
    facts = {fact.name: fact for fact in data_centre_facts()}
    rows = [(f.quantity, f.value, f.unit, f.study, f.note) for f in (facts[name] for name in _VIRGINIA)]
    return Table.from_rows(
        ["figure", "value", "unit", "source", "note"], rows, title="Beside it, not asserted: Virginia"
    )


def _cautions(middle: ProjectImpact, *, bundled: bool) -> tuple[str, ...]:
    found = [*middle.construction.cautions]
    if bundled:
        found.append(
            "The table is of 2007 and holds imports that nothing tells apart: location quotients take them out, by "
            "assumption."
        )
    found.append(
        "Effects say what is called for, not what is gained: workers and plant that would have been busy elsewhere "
        "count in full. None of them is in a net present value."
    )
    found.append("Profit of the operator is left out of value added on the site: it goes where its owners are.")
    return tuple(dict.fromkeys(found))
