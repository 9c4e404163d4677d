"""An appraisal as plain data and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.core import Table
from pilotzone.study.appraisal.wording import SENTENCE, appraisal_words

if TYPE_CHECKING:
    from pilotzone.appraisal import Backtest, CostEffectiveness, InternalRates, MonteCarlo, Stranding
    from pilotzone.study.appraisal.findings import (
        AppraisalFindings,
        CapitalFound,
        ChanceFound,
        FirmsFound,
        ImpactFound,
        MoneyFound,
        OptionsFound,
    )

__all__ = ["appraisal_record", "appraisal_tables"]

_NOTHING = Table.from_rows(["asked"], [("no",)])


def appraisal_record(found: AppraisalFindings) -> dict[str, Any]:
    """Return an appraisal as plain data: what ``appraisal.json`` holds and ``--json`` prints."""
    record: dict[str, Any] = {
        "name": found.name,
        "title": found.title,
        "region": found.region,
        "notes": list(found.notes),
        "words": appraisal_words(found),
    }
    if found.money is not None:
        record["money"] = _money(found.money)
    if found.landed is not None:
        record["landed"] = found.landed.to_table().records()
    if found.impact is not None:
        record["impact"] = _impact(found.impact)
    if found.chance is not None:
        record["chance"] = _chance(found.chance)
    if found.effectiveness is not None:
        record["effectiveness"] = _effectiveness(found.effectiveness)
    if found.options is not None:
        record["options"] = _options(found.options)
    if found.stranding is not None:
        record["stranding"] = _stranding(found.stranding)
    return record | _region(found)


def _region(found: AppraisalFindings) -> dict[str, Any]:
    """Return what was found of the region's capital, of firms, and of forecasts."""
    record: dict[str, Any] = {}
    if found.capital is not None:
        record["misallocation"] = _capital(found.capital)
    if found.firms is not None:
        record["firms"] = _firms(found.firms)
    if found.backtests:
        record["backtests"] = [_backtest(item) for item in found.backtests]
    return record


def _impact(found: ImpactFound) -> dict[str, Any]:
    return {
        "basis": found.impact.construction.economy.basis,
        "effects": found.effects.records(),
        "jobs_on_site": {"construction_job_years": found.jobs[0], "operation": found.jobs[1]},
        "cautions": list(found.cautions),
        "virginia_not_asserted": found.elsewhere.records(),
    }


def _effectiveness(found: CostEffectiveness) -> dict[str, Any]:
    return {
        "level": found.level,
        "effects": [
            {
                "outcome": item.outcome,
                "unit": item.unit,
                "effect": item.estimate,
                "se": item.se,
                "degrees": item.degrees,
                "source": item.source,
            }
            for item in found.effects
        ],
        "per_cost": found.to_table().records(),
        "note": found.note,
    }


def _stranding(found: Stranding) -> dict[str, Any]:
    return {
        "draws": found.draws,
        "break_even": found.spec.break_even,
        "probability": found.probability,
        "probability_error": found.error,
        "idle_cost": float(found.idle_cost.mean()),
        "never_used_mw": float(found.never_used_mw.mean()),
        "never_used_cost": float(found.never_used_cost.mean()),
        "never_fills": found.never_fills,
        "money": found.spec.money,
    }


def _capital(found: CapitalFound) -> dict[str, Any]:
    table, more = found.table, found.corrected
    record = {
        "sentence": SENTENCE,
        "region": table.region,
        "year": table.year,
        "for": table.count("for"),
        "against": table.count("against"),
        "neither": table.count("neither"),
        "measures": table.to_table().records(),
        "cannot": list(table.cannot),
        "warnings": list(found.warnings),
    }
    if more is not None:
        record["corrected"] = {
            "source": found.corrections_source,
            "spread_of_log": more.spreads,
            "regions": more.to_table().records(),
        }
    return record


def _firms(found: FirmsFound) -> dict[str, Any]:
    one = found.allocation
    return {
        "productivity_over_efficient": one.ratio,
        "gain": one.gain,
        "elasticity": one.sigma,
        "trimmed_at_each_end": one.trimmed,
        "firms_read": found.read,
        "firms_counted": sum(one.firms),
        "log_tfpr": {"sd": one.spread, "75-25": one.between(0.25, 0.75), "90-10": one.between(0.1, 0.9)},
        "industries": found.industries.records(),
        "elasticities": found.elasticities.records(),
        "source": found.source,
        "shares_source": found.shares_source,
        "cannot": list(found.cannot),
    }


def _backtest(found: Backtest) -> dict[str, Any]:
    return {
        "day": found.frozen.day.isoformat(),
        "label": found.label,
        "coverage": None if found.coverage is None else found.coverage.told,
        "scored": found.to_table().records(),
        "open": len(found.open),
    }


def _money(money: MoneyFound) -> dict[str, Any]:
    return {
        "prices": {
            "currency": money.flows.prices.currency,
            "year": money.flows.prices.year,
            "deflator": money.flows.prices.deflator,
        },
        "real_rate": money.rate,
        "npv": dict(money.values),
        "internal_rates": {party: _rates(rates) for party, rates in money.rates.items()},
        "payback_years": None if money.simple is None else money.simple.years,
        "discounted_payback_years": None if money.discounted is None else money.discounted.years,
        "break_even": money.even.utilisation,
        "full_mwh": money.full_mwh,
        "co2_t": money.co2_t,
        "units": money.units.to_table().records(),
        "burdens": money.burdens.to_table().records(),
    }


def _rates(found: InternalRates) -> dict[str, Any]:
    return {"roots": list(found.roots), "statement": found.statement}


def _outcome(found: MonteCarlo) -> dict[str, Any]:
    return {
        "draws": found.draws,
        "mean": found.mean,
        "mean_error": found.mean_error,
        "sd": found.sd,
        "loss": found.loss,
        "loss_error": found.loss_error,
        "quantiles": [
            {"probability": p, "value": float(q), "error": float(e)}
            for p, q, e in zip(found.probabilities, found.quantiles, found.quantile_errors, strict=True)
        ],
    }


def _chance(found: ChanceFound) -> dict[str, Any]:
    own = found.outcomes[found.party]
    return {
        "party": found.party,
        "unit": own.unit,
        "outcomes": {party: _outcome(item) for party, item in found.outcomes.items()},
        "shapley": [] if own.effects is None else own.effects.to_table().records(),
        "sobol_of_independent_groups": [] if own.shares is None else own.shares.to_table().records(),
        "correlations": found.correlations.records(),
        "note": own.note,
    }


def _options(found: OptionsFound) -> dict[str, Any]:
    return {
        "value": found.value,
        "investment": found.investment,
        "perpetual": {
            "beta": found.perpetual.beta,
            "trigger": found.perpetual.trigger,
            "value": found.perpetual.value,
            "invest": found.perpetual.invest,
        },
        "years": found.years,
        "american": found.american,
        "european": found.european,
        "staging": None
        if found.staging is None
        else {
            "committed": found.staging.committed,
            "staged": found.staging.staged,
            "value": found.staging.value,
            "stages": found.staging.to_table().records(),
        },
        "terms": found.terms.records(),
    }


def appraisal_tables(found: AppraisalFindings) -> dict[str, Table]:
    """Return the tables by the name of their file; one that was not asked for says so."""
    money, chance = found.money, found.chance
    corrected = None if found.capital is None else found.capital.corrected
    effects = None if chance is None else chance.outcomes[chance.party].effects
    backtests = [
        (item.frozen.day.isoformat(), item.label, *row.values())
        for item in found.backtests
        for row in item.to_table().records()
    ]
    heads = ["frozen", "label", *(found.backtests[0].to_table().columns if found.backtests else ())]
    return {
        "flows.csv": _NOTHING if money is None else _flows(money),
        "payers.csv": _NOTHING if money is None else money.payers.to_table(),
        "landed.csv": _NOTHING if found.landed is None else found.landed.to_table(),
        "burdens.csv": _NOTHING if money is None else money.burdens.to_table(),
        "impact.csv": _NOTHING if found.impact is None else found.impact.effects,
        "effectiveness.csv": _NOTHING if found.effectiveness is None else found.effectiveness.to_table(),
        "distribution.csv": _NOTHING if chance is None else chance.outcomes[chance.party].bins(),
        "tornado.csv": _NOTHING if chance is None else chance.tornado.to_table(),
        "shares.csv": _NOTHING if effects is None else effects.to_table(),
        "stranding.csv": _NOTHING if found.stranding is None else found.stranding.to_table(),
        "misallocation.csv": _NOTHING if found.capital is None else found.capital.table.to_table(),
        "capital.csv": _NOTHING if found.capital is None else found.capital.measures,
        "corrected.csv": _NOTHING if corrected is None else corrected.to_table(),
        "firms.csv": _NOTHING if found.firms is None else found.firms.industries,
        "backtest.csv": Table.from_rows(heads, backtests) if backtests else _NOTHING,
        "figures.csv": _NOTHING if found.figures is None else found.figures,
        "assumptions.csv": found.assumptions.to_table(),
    }


def _flows(money: MoneyFound) -> Table:
    """Return the account line by line; sources stand in the table of figures."""
    found = money.flows.to_table()
    kept = {name: cells for name, cells in found.columns.items() if name != "source"}
    return Table(kept, title=found.title, units=found.units, note=found.note)
