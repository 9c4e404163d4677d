"""The report of an appraisal: who pays, what chance does, what the province gets, its capital, and the backtest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.appraisal import (
    VENTURE_FIGURES,
    capital_figure,
    distribution_figure,
    landed_figure,
    landed_shapes,
    tornado_figure,
    utilisation_figure,
    waterfall_figure,
)
from pilotzone.core import Table
from pilotzone.report import Section, answer_texts, assembled, audit_sheet, plain_section, plain_sheet
from pilotzone.study.appraisal.answer import appraisal_answer
from pilotzone.study.appraisal.wording import SENTENCE, appraisal_words, effectiveness_words, option_words
from pilotzone.study.runs.assumed import assumed_table

if TYPE_CHECKING:
    from pilotzone.appraisal import Landed
    from pilotzone.core import Assumptions
    from pilotzone.report import Figure, Sheet
    from pilotzone.study.appraisal.findings import AppraisalFindings, CapitalFound, ChanceFound, MoneyFound

__all__ = ["appraisal_beside", "appraisal_figures", "appraisal_shapes", "appraisal_sheets", "render_appraisal"]

_SHEETS = (
    *("payers", "flows", "units", "burdens", "impact", "virginia", "outcomes", "shares", "groups", "correlations"),
    *(
        "terms",
        "staging",
        "effectiveness",
        "landed",
        "misallocation",
        "measures",
        "corrected",
        "firms",
        "elasticities",
        "backtests",
        "figures",
        "assumptions",
    ),
)
_CHARTS = ("map", "waterfall", "distribution", "tornado", "utilisation", "capital")
"""What the template asks for by name; ``None`` where it was not asked for, or stands in the first screen."""
_MAIN = ("waterfall", "capital", "map")
"""Charts for the first screen: the first that there is."""
_CAPITAL_SOURCE = (
    "National Bureau of Statistics of China and provincial statistics as compiled by CHNCapitalStock 0.1.1; "
    "computed by pilotzone"
)


def render_appraisal(
    found: AppraisalFindings, audit: Mapping[str, Any] | None = None, sections: Sequence[Section] = ()
) -> str:
    """Return the report as the text of one HTML file, to be written as UTF-8."""
    figures = appraisal_figures(found)
    main = next((name for name in _MAIN if name in figures), "")
    return assembled(
        __package__,
        "appraisal.html.jinja",
        found.name,
        list(figures.values()),
        shapes=appraisal_shapes(found),
        found=found,
        answer=appraisal_answer(found),
        words=appraisal_words(found),
        main=figures.get(main),
        charts=dict.fromkeys(_CHARTS) | {name: figure for name, figure in figures.items() if name != main},
        sheets=dict.fromkeys(_SHEETS) | appraisal_sheets(found),
        sentence=SENTENCE,
        option_words=option_words(found),
        effectiveness_words=effectiveness_words(found),
        audit_sheet=audit_sheet(audit) if audit else None,
        sections=sections,
    )


def appraisal_beside(found: AppraisalFindings) -> Section:
    """Return what stands of an appraisal in another study's report."""
    sheets = appraisal_sheets(found)
    shown = [
        sheets[name] for name in ("landed", "payers", "effectiveness", "misallocation", "backtests") if name in sheets
    ]
    flat = [sheet for item in shown for sheet in (item if isinstance(item, list) else [item])]
    heading = f"What it would take and bring: {found.title}"
    figures = [figure for name, figure in appraisal_figures(found).items() if name != "tornado"]
    return plain_section(
        "beside-appraisal", heading, answer_texts(appraisal_answer(found)), sheets=flat, figures=figures,
        shapes=appraisal_shapes(found),
    )  # fmt: skip


def appraisal_shapes(found: AppraisalFindings) -> dict[str, Any]:
    """Return the shapes that the map needs, by code; none without a map."""
    known = None if found.landed is None else landed_shapes(found.landed)
    return {} if known is None else known[1]


def appraisal_figures(found: AppraisalFindings) -> dict[str, Figure]:
    """Return the charts of the page by name; only what was asked for."""
    drawn: dict[str, Figure] = {}
    placed = None if found.landed is None else landed_figure(found.landed)
    if placed is not None:
        drawn["map"] = placed
    if found.money is not None:
        drawn["waterfall"] = waterfall_figure(found.money.payers)
    if found.chance is not None:
        own = found.chance.outcomes[found.chance.party]
        if not own.note:
            drawn["distribution"] = distribution_figure(own)
            drawn["tornado"] = tornado_figure(found.chance.tornado, found.assumptions.title_of)
    if found.stranding is not None:
        drawn["utilisation"] = utilisation_figure(found.stranding)
    if found.capital is not None:
        drawn["capital"] = _capital(found.capital)
    return drawn


def _capital(found: CapitalFound) -> Figure:
    row = next(row for row in found.table.rows if row[0].startswith("naive"))
    title = (
        f"{found.table.region} ranks {row[3]} of {row[4]} from the lowest by what capital returns, {found.table.year}"
    )
    note = f"{found.measures.note} {found.warnings[0]}"
    return capital_figure(found.measures, found.table.region, title, note, _CAPITAL_SOURCE)


def appraisal_sheets(found: AppraisalFindings) -> dict[str, Sheet | list[Sheet]]:
    """Return the tables of the page by name; only what was asked for."""
    tables: dict[str, Table | Sequence[Table] | None] = {
        "assumptions": assumed_table(found.assumptions),
        "figures": found.figures,
        **_of_money(found.money),
        **_of_chance(found.chance),
        "landed": None if found.landed is None else _landed(found.landed),
        "effectiveness": None if found.effectiveness is None else found.effectiveness.to_table(),
        "impact": None if found.impact is None else found.impact.effects,
        "virginia": None if found.impact is None else found.impact.elsewhere,
        "terms": None if found.options is None else found.options.terms,
        "staging": None if found.options is None or found.options.staging is None else found.options.staging.to_table(),
        "misallocation": None if found.capital is None else found.capital.table.to_table(),
        "measures": None if found.capital is None else found.capital.measures,
        "corrected": None
        if found.capital is None or found.capital.corrected is None
        else found.capital.corrected.to_table(),
        "firms": None if found.firms is None else found.firms.industries,
        "elasticities": None if found.firms is None else found.firms.elasticities,
        "backtests": [item.to_table() for item in found.backtests],
    }
    return {
        name: plain_sheet(name, _worded(table, found.assumptions))
        if isinstance(table, Table)
        else [plain_sheet(f"{name}-{k}", _worded(item, found.assumptions)) for k, item in enumerate(table, start=1)]
        for name, table in tables.items()
        if table is not None and (isinstance(table, Table) or len(table))
    }


def _landed(found: Landed) -> Table:
    """Return what lands where, saying so where there is no map of it."""
    table = found.to_table()
    if landed_shapes(found) is not None:
        return table
    note = f"{table.note} There is no map: the evidence has no shapes of {found.region}."
    return Table(table.columns, title=table.title, units=table.units, note=note)


def _worded(table: Table, assumptions: Assumptions) -> Table:
    """Return a table whose headings, and figures that stand in it by their keys, are words."""
    known = {name: assumptions.title_of(name) for name in VENTURE_FIGURES}
    columns = {
        name.replace("_", " "): tuple(known.get(cell, cell) if isinstance(cell, str) else cell for cell in cells)
        for name, cells in table.columns.items()
    }
    units = {name.replace("_", " "): unit for name, unit in table.units.items()}
    return Table(columns, title=table.title, units=units, note=table.note)


def _of_money(money: MoneyFound | None) -> dict[str, Table | None]:
    if money is None:
        return {}
    return {
        "payers": money.payers.to_table(),
        "flows": money.flows.summary(),
        "units": money.units.to_table(),
        "burdens": money.burdens.to_table() if money.burdens.lines else None,
    }


def _of_chance(chance: ChanceFound | None) -> dict[str, Table | Sequence[Table] | None]:
    if chance is None:
        return {}
    own = chance.outcomes[chance.party]
    return {
        "outcomes": [item.to_table() for item in chance.outcomes.values()],
        "shares": None if own.effects is None else own.effects.to_table(),
        "groups": None if own.shares is None else own.shares.to_table(),
        "correlations": chance.correlations if len(chance.correlations) else None,
    }
