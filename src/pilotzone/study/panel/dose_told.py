"""Effects by dose in words, tables and charts: what terminal, report, record and page tell alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.core import Table, p_text
from pilotzone.evaluation.dose import dose_figure
from pilotzone.report import (
    Cell,
    Column,
    Sheet,
    and_list,
    bare_title,
    check_sheet,
    effect_cell,
    effect_text,
    end_cells,
    headline,
    number,
    number_text,
)
from pilotzone.study.runs.plain import checks_record, finite

if TYPE_CHECKING:
    from pilotzone.evaluation.dose import DoseEffect
    from pilotzone.report import Figure
    from pilotzone.study.panel.dosed import DosePart

__all__ = ["dose_facts", "dose_figures", "dose_lines", "dose_record", "dose_sheets", "dose_table", "dose_words"]

_COMPARED = {
    "never_treated": "units that are never treated",
    "not_yet_treated": "units that are not treated yet, those never treated among them",
    "lowest_dose": "units of the same cohort with the lowest doses",
}
_WHAT = {"level": "mean effect of the doses that units got", "per_dose": "mean effect over mean dose, per {unit}"}
_SLOPE = "a further {unit}, mean over the treated"
_CHECKED = "Diagnostics decide no verdict. No trend before treatment tells whether doses may be compared."


def _main(part: DosePart) -> tuple[DoseEffect, ...]:
    """Return what is told first: slopes where doses may be compared, else the mean effect of the doses."""
    overall = part.effects.select(of="mean", quantity="slope" if part.effects.design.strong else "level")
    return tuple(row for row in overall if row.event is None)


def _per(part: DosePart, row: DoseEffect) -> float:
    return 1.0 if row.quantity == "level" else part.scale


def _doses(part: DosePart) -> str:
    """Return the doses there are, from the least to the greatest."""
    effects = part.effects
    doses = [effects.fit.units.doses[effects.fit.groups[g].units] for g in effects.fit.regressions]
    low, high = min(float(item.min()) for item in doses), max(float(item.max()) for item in doses)
    return f"{number_text(low)} to {number_text(high)}{f' {part.column_unit}' if part.column_unit else ''}"


def dose_words(part: DosePart) -> tuple[str, ...]:
    """Return effects by dose with their assumption, and the verdict per unit of dose, a sentence each."""
    level = f"{part.effects.design.level:.0%}"
    told = []
    for row in _main(part):
        by = _per(part, row)
        value, low, high = (effect_text(row.outcome, by * end) for end in (row.estimate, row.low, row.high))
        told.append(f"{bare_title(row.outcome)} {value} ({level} interval {low} to {high})")
    strong = part.effects.design.strong
    head = f"Per {part.unit}" if strong else "Mean effect of the doses that units got"
    said = [f"{head}: {and_list(told)}, {part.effects.assumption_words}."]
    if part.verdict is not None:
        said.append(f"Verdict per {part.unit}: {headline(part.verdict.label, part.verdict.grade)}.")
    if not strong:
        said.append(f"Effects per {part.unit} need strong parallel trends (dose.assumption = 'strong').")
    if part.unused_margins:
        said.append("Margins per unit of dose (dose.margins) are not used: they need that assumption as well.")
    return tuple(said)


def dose_lines(part: DosePart) -> list[str]:
    """Return the rest in lines for a terminal: doses, design, diagnostics and notes."""
    said = [f"{term}: {text}." for term, text in dose_facts(part)]
    joint = part.joint
    for outcome, item in zip(joint.outcomes, joint.identification, strict=True):
        said += [f"{bare_title(outcome)}: {check.label}: {check.state}. {check.statement}" for check in item.checks]
    return [*said, *part.effects.notes]


def dose_facts(part: DosePart) -> list[tuple[str, str]]:
    """Return the design of effects by dose, term by term."""
    design, fit = part.effects.design, part.effects.fit
    treated = sum(len(fit.groups[g].units) for g in fit.regressions)
    curve = f"B-splines of degree {design.degree} with {design.knots} inner knots"
    if design.basis == "bins":
        curve = f"{fit.layout.terms} bins, with a mean effect each"
    source = [("Source of doses", part.source)] if part.source else []
    return [
        ("Dose", f"{part.told.what}, column {part.column}: {_doses(part)} in {treated:,} treated units"),
        *source,
        ("Estimator by dose", "Callaway, Goodman-Bacon and Sant'Anna (2024), treatment with doses"),
        ("Assumption", part.effects.assumption_words),
        ("Compared with", _COMPARED[design.controls]),
        ("Effects over doses", curve),
        ("Per unit of dose", f"{part.unit}, which is {number_text(part.scale)} in the column"),
    ]


def dose_figures(part: DosePart, source: str) -> list[Figure]:
    """Return by outcome the curve over doses, effects by time since treatment, and placebo effects over doses."""
    effects, found = part.effects, []
    quantities = ("level", "slope") if effects.design.strong else ("level",)
    for k, outcome in enumerate(effects.outcomes, start=1):
        shown = [
            (f"dose-{of}-{quantity}-{k}", effects.select(outcome.name, quantity, of))  # type: ignore[arg-type]
            for of in ("curve", "events")
            for quantity in quantities
        ]
        shown.append((f"dose-before-{k}", tuple(row for row in effects.before if row.outcome.name == outcome.name)))
        found += [
            dose_figure(rows, effects.design, scale=part.told, name=name, source=source) for name, rows in shown if rows
        ]
    return found


def dose_sheets(part: DosePart) -> list[Sheet]:
    """Return the means over the treated, the tests of the verdict per unit of dose, and diagnostics."""
    joint = part.joint
    checks = [
        check_sheet(item.checks, f"{bare_title(outcome)}: diagnostics by dose", f"dose-checks-{k}", _CHECKED)
        for k, (outcome, item) in enumerate(zip(joint.outcomes, joint.identification, strict=True), start=1)
    ]
    return [_means_sheet(part), *_tests_sheets(part), *checks]


def _means_sheet(part: DosePart) -> Sheet:
    level = f"{part.effects.design.level:.0%}"
    columns = (
        Column("Outcome"),
        Column("What"),
        Column("Effect", numeric=True),
        Column(f"{level} interval, from", numeric=True),
        Column("to", numeric=True),
        Column("p, no effect", numeric=True),
    )
    rows = []
    for row in part.effects.select(of="mean"):
        if row.event is None:
            by, words = _per(part, row), _WHAT.get(row.quantity, _SLOPE).format(unit=part.unit)
            ends = end_cells(row.outcome, (by * row.low, by * row.high))
            effect = effect_cell(row.outcome, by * row.estimate)
            rows.append((Cell(bare_title(row.outcome)), Cell(words), effect, *ends, number(p_text(row.p), row.p)))
    note = f"Effects hold {part.effects.assumption_words}."
    return Sheet("dose-means", "Means over the treated", columns, tuple(rows), note=note)


def _tests_sheets(part: DosePart) -> list[Sheet]:
    if part.verdict is None:
        return []
    heads = ("p, improved", "p, worsened", "p, harm excluded", "p, harm shown")
    columns = (Column("Outcome"), Column("Margin"), *(Column(head, numeric=True) for head in heads))
    rows = []
    for test in part.verdict.tests:
        ps = (test.p_improved, test.p_worsened, test.p_harm_excluded, test.p_harm_shown)
        margin = "" if test.outcome.margin is None else effect_text(test.outcome, test.outcome.harm_boundary)
        rows.append((Cell(bare_title(test.outcome)), Cell(margin), *(number(p_text(p), p) for p in ps)))
    why = f" Reason for the margins: {part.why_margins.rstrip('.')}." if part.why_margins else ""
    title = f"Tests behind the verdict per {part.unit}, one-sided"
    return [Sheet("dose-tests", title, columns, tuple(rows), note=f"{part.verdict.sentence}{why}")]


def dose_table(part: DosePart) -> Table:
    """Return all effects by dose, those before treatment last; slopes are per unit of the column."""
    effects = part.effects
    return effects.to_table(effects.before)


def dose_record(part: DosePart) -> dict[str, Any]:
    """Return effects by dose as plain data."""
    main = [
        {
            "outcome": row.outcome.title,
            "name": row.outcome.name,
            "quantity": row.quantity,
            "per": part.unit if row.quantity != "level" else None,
            "effect_unit": row.outcome.display_unit,
            "estimate": _per(part, row) * row.estimate,
            "se": _per(part, row) * row.se,
            "p": row.p,
            "lower": _per(part, row) * row.low,
            "upper": _per(part, row) * row.high,
            "label": row.label,
        }
        for row in _main(part)
    ]
    return {
        "column": part.column,
        "what": part.what,
        "unit": part.unit,
        "scale": part.scale,
        "column_unit": part.column_unit,
        "source": part.source,
        "design": dict(dose_facts(part)),
        "assumption": part.effects.assumption,
        "level": part.effects.design.level,
        "main": [finite(row) for row in main],
        "effects": dose_table(part).records(),
        "diagnostics": checks_record(part.joint),
        "verdict": None if part.verdict is None else part.verdict.to_dict(),
        "why_margins": part.why_margins,
        "notes": list(part.effects.notes),
    }
