"""Effects on many units as columns of a table side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.core import DataError
from pilotzone.evaluation.many import MANY_ESTIMATORS, effect_table
from pilotzone.study.runs.models import Estimate, Model, facts_of, number_of, p_of, row_name
from pilotzone.study.runs.plain import checks_record
from pilotzone.study.runs.records import table_of, tables_of

if TYPE_CHECKING:
    from pilotzone.evaluation.many import ManyEffects

__all__ = ["effects_part", "panel_models", "side_record"]

_KINDS = {
    "simple": "all treated cohorts and periods",
    "dynamic": "times since treatment",
    "group": "treated units",
    "calendar": "periods",
}
_FACTS = {
    "estimator": "Estimator",
    "controls": "Controls",
    "base": "Base before treatment",
    "covariates": "Covariates",
    "anticipation": "Anticipation, periods",
    "average": "Mean over",
}
_COUNTS = {
    "observations": "Observations",
    "units": "Units",
    "treated": "Treated units",
    "never": "Never treated",
    "clusters": "Clusters",
    "cohorts": "Treated cohorts",
    "periods": "Periods",
}
_LOG_POINTS = "log points"


def effects_part(effects: ManyEffects) -> dict[str, Any]:
    """Return the part of a record that `panel_models` reads."""
    return {
        "overall": effect_table(effects.overall).records(),
        "effects": effects.to_table().records(),
        "diagnostics": checks_record(effects.joint),
        "side": side_record(effects),
    }


def side_record(effects: ManyEffects) -> dict[str, Any]:
    """Return what a table side by side tells of an evaluation besides its effects, as plain data."""
    design, facts, how = effects.design, effects.facts, effects.effects.comparison
    last = facts.periods[-1]
    treated = [n for c, n in zip(facts.cohorts.tolist(), facts.counts.tolist(), strict=True) if c <= last]
    record = MANY_ESTIMATORS[design.estimator]
    return {
        "estimator": record.label,
        "controls": how.controls if design.spillovers is None else f"{how.controls}, unexposed",
        "base": how.base,
        "covariates": list(effects.covariates),
        "anticipation": how.anticipation,
        "average": design.summary,
        "level": design.level,
        "errors": effects.joint.covariance.method if effects.joint.covariance is not None else "",
        "observations": facts.rows,
        "units": facts.units,
        "treated": sum(treated),
        "never": facts.units - sum(treated),
        "clusters": None if facts.cluster_names is None else len(facts.cluster_names),
        "cohorts": len(treated),
        "periods": len(facts.periods),
        "others": [
            {"estimator": label, "overall": effect_table(rows).records()}
            for label, rows in effects.by_estimator().items()
            if label != record.label
        ],
    }


def panel_models(record: Mapping[str, Any]) -> Sequence[Model]:
    """Return a column for the estimator of a run, and one for each that stands beside it.

    Raises
    ------
    DataError
        If the record holds no effects.
    """
    if not isinstance(record.get("overall"), list):
        raise DataError("holds no effects.")
    side = table_of(record.get("side"))
    name = str(side.get("estimator") or "")
    notes = _notes(side, logs=any(row.get("effect_unit") == "%" for row in tables_of(record["overall"])))
    main = Model(name, _estimates(record["overall"]), _facts(record, side), notes, _events(record.get("effects")))
    others = [
        Model(
            str(item.get("estimator")),
            _estimates(item.get("overall")),
            _facts({}, {**side, "estimator": None, "controls": None, "base": None}),
            notes,
            beside=True,
        )
        for item in tables_of(side.get("others"))
    ]
    return (main, *others, *_dosed(record, notes))


def _dosed(record: Mapping[str, Any], notes: Mapping[str, str]) -> Iterator[Model]:
    """Return the column of effects by dose, where there are any."""
    dose = table_of(record.get("dose"))
    rows = {
        row_name(f"{row.get('outcome')}{f', per {per}' if (per := row.get('per')) else ''}", _scale_unit(row)): (
            _estimate(row, value)
        )
        for row, value in _estimated(dose.get("main"))
    }
    if rows:
        facts = {str(term): str(text) for term, text in table_of(dose.get("design")).items()}
        yield Model("By dose", rows, (facts,), {**notes, "se": ""}, beside=True)


def _scale_unit(row: Mapping[str, Any]) -> object:
    return _LOG_POINTS if row.get("effect_unit") == "%" else row.get("effect_unit")


def _estimates(rows: object) -> dict[str, Estimate]:
    """Return effects by outcome and unit, in the outcome's scale, as regressions print them."""
    return {_row(row): _estimate(row, value) for row, value in _estimated(rows)}


def _events(rows: object) -> dict[tuple[str, int], Estimate]:
    """Return effects by outcome and time since treatment; that of the reference is zero by definition and left out."""
    return {
        (_row(row), int(row["at"])): _estimate(row, value)
        for row, value in _estimated(rows)
        if row.get("kind") == "dynamic" and number_of(row.get("at")) is not None and not row.get("reference")
    }


def _estimated(rows: object) -> Iterator[tuple[Mapping[str, Any], float]]:
    """Go through the rows that have an estimate."""
    for row in tables_of(rows):
        value = number_of(row.get("estimate"))
        if value is not None:
            yield row, value


def _row(row: Mapping[str, Any]) -> str:
    return row_name(row.get("outcome"), _scale_unit(row))


def _estimate(row: Mapping[str, Any], value: float) -> Estimate:
    se, p = number_of(row.get("se")), number_of(row.get("p"))
    ends = [number_of(row.get(key)) for key in ("lower", "upper")]
    if p is None:
        p = number_of(row.get("p_by_lot"))
        ends = ends if None not in ends else [number_of(row.get(key)) for key in ("lower_by_lot", "upper_by_lot")]
    # Without either end there is no interval: that of randomisation inference is told with one at least.
    intervals = None if ends == [None, None] else ((ends[0], ends[1]),)
    return Estimate(value, se, p, intervals, "" if se is not None else str(row.get("refused") or ""))


def _facts(record: Mapping[str, Any], side: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    given = {key: side.get(key) for key in _FACTS}
    given["covariates"] = ", ".join(map(str, side["covariates"])) if isinstance(side.get("covariates"), list) else None
    given["controls"] = str(side.get("controls") or "").replace("_", " ")
    given["average"] = _KINDS.get(str(side.get("average")), "")
    given["anticipation"] = side.get("anticipation") or None
    counts = facts_of({head: side.get(key) for key, head in _COUNTS.items()})
    return (counts, {**facts_of({head: given[key] for key, head in _FACTS.items()}), **_before(record)})


def _before(record: Mapping[str, Any]) -> dict[str, str]:
    """Return p against no difference before treatment, by outcome."""
    found = {
        str(item.get("outcome")): p_of(check.get("value"))
        for item in tables_of(record.get("diagnostics"))
        for check in tables_of(item.get("checks"))
        if check.get("name") == "no_pre_trend"
    }
    told = {outcome: text for outcome, text in found.items() if text}
    alone = len(tables_of(record.get("diagnostics"))) == 1
    return {("Pre-trend p" if alone else f"Pre-trend p, {outcome}"): text for outcome, text in told.items()}


def _notes(side: Mapping[str, Any], *, logs: bool) -> dict[str, str]:
    level = number_of(side.get("level"))
    percent = "" if level is None else f"{level:.0%} "
    errors = str(side.get("errors") or "")
    return {
        "": "Effects on logarithms are in log points: 0.01 is about one percent." if logs else "",
        "se": f"Errors from {errors}." if errors else "",
        "p": "p: two-sided, of no effect; by randomisation inference where there is no standard error.",
        "interval": f"{percent}intervals, each for its own row; by randomisation inference where there is no standard"
        " error.",
    }
