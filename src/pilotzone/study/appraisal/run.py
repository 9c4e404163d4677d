"""Running an appraisal: the account of the campus first, then what rests on it, then the region and the past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pilotzone.core import Table
from pilotzone.study.appraisal.backtesting import backtests_of
from pilotzone.study.appraisal.capital import capital_of
from pilotzone.study.appraisal.chance import chance_of, options_of, stranded
from pilotzone.study.appraisal.effectiveness import effectiveness_of
from pilotzone.study.appraisal.findings import AppraisalFindings
from pilotzone.study.appraisal.firms import firms_of
from pilotzone.study.appraisal.handing import burdens_in_place, handed_over
from pilotzone.study.appraisal.impact import impact_found
from pilotzone.study.appraisal.landing import landed_of
from pilotzone.study.appraisal.money import money_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.appraisal import Stranding, Venture
    from pilotzone.study.appraisal.file import AppraisalFile, AppraisalStudy
    from pilotzone.study.appraisal.findings import ChanceFound, ImpactFound, MoneyFound, OptionsFound
    from pilotzone.study.appraisal.material import AppraisalMaterial
    from pilotzone.study.runs.kind import Progress

__all__ = ["STAGES", "appraisal_findings"]

STAGES = ("account", "impact", "draws", "capital", "backtest")


def appraisal_findings(
    study: AppraisalStudy, material: AppraisalMaterial, given: Mapping[str, Any], progress: Progress
) -> AppraisalFindings:
    """Weigh a campus; return all that an appraisal's report shows.

    Raises
    ------
    StudyError
        If parts of the study do not go together.
    """
    file = study.spec
    progress("account", None)
    money = None
    if file.investment is not None:
        handed = handed_over(file, given)
        file = burdens_in_place(file, handed)
        money = money_of(file, material.venture(file, handed), handed.co2_t)
    weighed = _weighed(file, material, money, progress)
    progress("capital", None)
    capital = None if file.misallocation is None else capital_of(study, material)
    firms = None if file.firms is None else firms_of(study)
    progress("backtest", None)
    return AppraisalFindings(
        name=study.name,
        title=file.title,
        question=file.question,
        region=material.region_label,
        notes=(*file.appraisal.notes, *material.notes),
        figures=None if money is None else _figures(money.venture),
        assumptions=material.assumptions,
        money=money,
        impact=weighed.impact,
        chance=weighed.chance,
        options=weighed.options,
        stranding=weighed.stranding,
        capital=capital,
        firms=firms,
        backtests=() if file.backtest is None else backtests_of(file.backtest, material),
        landed=None if money is None else landed_of(file, material, given, money, weighed.impact, weighed.chance),
        effectiveness=None
        if money is None or file.effectiveness is None
        else effectiveness_of(file, file.effectiveness, money.venture, given),
    )


class _Weighed(NamedTuple):
    """What rests on the account of the campus, as far as it was asked for."""

    impact: ImpactFound | None = None
    chance: ChanceFound | None = None
    options: OptionsFound | None = None
    stranding: Stranding | None = None


def _weighed(
    file: AppraisalFile, material: AppraisalMaterial, money: MoneyFound | None, progress: Progress
) -> _Weighed:
    """Return what was asked for that rests on the account; nothing where there is no account."""
    progress("impact", None)
    impact = None if money is None or file.impact is None else impact_found(file, material, money)
    progress("draws", 0.0)
    if money is None:
        return _Weighed()
    return _Weighed(
        impact,
        chance_of(file, money.venture, progress) if file.driver else None,
        options_of(file, material, money) if file.options is not None else None,
        stranded(file, material, money) if file.stranding is not None else None,
    )


def _figures(venture: Venture) -> Table:
    """Return a row for each figure of the campus."""
    rows = [
        (name, entry.status, entry.value, entry.low, entry.high, entry.unit, entry.source)
        for name, entry in venture.figures.items()
    ]
    names = ["figure", "status", "value", "low", "high", "unit", "source"]
    return Table.from_rows(names, rows, title="Every figure of the campus")
