"""The report of an evaluation of many units: one HTML file, and the same in lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.core import GRADE_WORDS, period_words
from pilotzone.evaluation.many import MANY_ESTIMATORS, event_breaks, event_figures
from pilotzone.report import (
    Cell,
    Column,
    Section,
    Sheet,
    and_list,
    assembled,
    assumption_sheet,
    audit_sheet,
    bare_title,
    check_sheet,
    effect_cell,
    end_cells,
    number,
    p_text,
    plain_sheet,
    rests_sheet,
    tone_of,
)
from pilotzone.study.panel.allowed import departures_sheet
from pilotzone.study.panel.answer import panel_answer
from pilotzone.study.panel.curve import curve_figures
from pilotzone.study.panel.dose_told import dose_facts, dose_figures, dose_sheets
from pilotzone.study.panel.findings import EvaluationFindings
from pilotzone.study.panel.map import map_geometries, treatment_map
from pilotzone.study.panel.told import treatment_facts, treatment_sheets
from pilotzone.study.panel.varied_sheets import variant_sheets
from pilotzone.study.panel.varied_told import variant_words
from pilotzone.study.runs.breaks_told import breaks_sheet
from pilotzone.study.runs.protocol import protocol_told
from pilotzone.study.runs.terms import terms_sheet

if TYPE_CHECKING:
    from pilotzone.evaluation.many import EffectRow, ManyEffects, RowKind
    from pilotzone.judgement import Verdict
    from pilotzone.report import Figure

__all__ = ["design_line", "design_words", "event_charts", "render_evaluation", "summary_sheets"]

_CONTROLS = {
    "never_treated": "units that are not treated within the periods",
    "not_yet_treated": "units that are not yet treated, those never treated among them",
}
_CLEAN = "units that are neither treated within the periods nor exposed to treatment nearby"
_BASES = {
    "varying": "the period before each, before treatment; the last one before treatment, after it",
    "universal": "the last period before treatment, throughout",
}
_ADJUSTMENTS = {
    "dr": "doubly robust: by outcome regression and inverse probability weighting (Sant'Anna and Zhao 2020)",
    "reg": "by outcome regression among controls",
    "ipw": "by inverse probability weighting of controls",
}
_CHECKED = (
    "Diagnostics decide no verdict. The first is judged by the smallest margin beyond which differences before "
    "treatment can be excluded: a large difference fails, and one that the data cannot exclude cannot be assessed."
)
_KINDS = {
    "simple": "mean over all cohorts and periods from treatment on",
    "dynamic": "mean over times since treatment",
    "group": "mean over treated units, each counted once",
    "calendar": "mean over periods",
}


def render_evaluation(
    findings: EvaluationFindings, audit: Mapping[str, Any] | None = None, sections: Sequence[Section] = ()
) -> str:
    """Return the report as the text of one HTML file, to be written as UTF-8."""
    effects, verdict = findings.effects, findings.verdict
    figures = event_charts(findings)
    curves = curve_figures(findings)
    geometries = map_geometries(findings)
    maps = treatment_map(findings, geometries)
    dosed = [] if findings.dose is None else dose_figures(findings.dose, findings.source)
    beside = variant_sheets(findings)
    tone, sign = tone_of(None if verdict is None else verdict.label)
    joint = effects.joint
    return assembled(
        __package__,
        "panel.html.jinja",
        findings.name,
        [*figures, *maps, *curves, *dosed],
        shapes=geometries,
        maps=maps,
        charts=figures,
        curves=curves,
        beside_sheets=beside,
        beside_words=variant_words(findings),
        protocol=protocol_told(audit),
        sections=sections,
        findings=findings,
        verdict=verdict,
        answer=panel_answer(findings),
        tone=tone,
        sign=sign,
        summary_sheet=_summary_sheet(effects),
        tests_sheet=None if verdict is None else _tests_sheet(verdict),
        departures_sheet=departures_sheet(joint, verdict),
        rests_sheet=None if verdict is None else rests_sheet(verdict.assumptions()),
        facts=design_words(effects),
        terms_sheet=terms_sheet(findings.terms),
        breaks_sheet=breaks_sheet(
            findings.breaks, str if findings.treatment is None else findings.treatment.policy.label
        ),
        treatment_facts=None if findings.treatment is None else treatment_facts(findings.treatment),
        treatment_sheets=[] if findings.treatment is None else treatment_sheets(findings.treatment),
        cohort_sheet=plain_sheet("cohorts", effects.cohorts()),
        left_out_sheet=plain_sheet("left-out", effects.left_out()) if effects.effects.left_out else None,
        check_sheets=[
            check_sheet(item.checks, f"{bare_title(outcome)}: diagnostics", f"checks-{k}", _CHECKED)
            for k, (item, outcome) in enumerate(zip(joint.identification, joint.outcomes, strict=True), start=1)
        ],
        other_sheets=[
            plain_sheet(f"others-{k}", table, "(standard error)", head="effect")
            for k, table in enumerate(findings.others, start=1)
        ],
        part_sheets=_part_sheets(effects),
        assumption_sheet=assumption_sheet(findings.assumptions) if findings.assumptions else None,
        audit_sheet=audit_sheet(audit) if audit else None,
        dosed=dosed,
        dose_facts=[] if findings.dose is None else dose_facts(findings.dose),
        dose_notes=[] if findings.dose is None else findings.dose.effects.notes,
        dose_sheets=[] if findings.dose is None else dose_sheets(findings.dose),
    )


def event_charts(found: EvaluationFindings) -> list[Figure]:
    """Return the effects by time since treatment, a chart for each outcome."""
    effects = found.effects
    return event_figures(
        effects.of("dynamic"),
        effects.design.level,
        found.source,
        effects.facts.frequency,
        event_breaks(effects.facts, effects.breaks, effects.starts),
    )


def design_words(effects: ManyEffects) -> list[tuple[str, str]]:
    """Return the design, term by term, in words."""
    design, facts = effects.design, effects.facts
    # What was done: estimators follow the design as far as they have use for it.
    how = effects.effects.comparison
    last = facts.periods[-1]
    treated = [(c, n) for c, n in zip(facts.cohorts.tolist(), facts.counts.tolist(), strict=True) if c <= last]
    never = facts.units - sum(n for _, n in treated)
    cohorts = f"{len(treated)} {'cohort' if len(treated) == 1 else 'cohorts'}"
    periods = [facts.label(period) for period in facts.periods]
    return [
        ("Estimator", MANY_ESTIMATORS[design.estimator].title),
        *_covariate_words(effects),
        (
            "Units",
            f"{facts.units:,}: {facts.units - never:,} treated in {cohorts}, {never:,} never",
        ),
        ("Periods", f"{len(periods)}, from {periods[0]} to {periods[-1]}"),
        ("Compared with", _CONTROLS[how.controls] if design.spillovers is None else _CLEAN),
        ("Base period", _BASES[how.base]),
        ("Anticipation", period_words(facts.frequency, how.anticipation) if how.anticipation else "none"),
        ("In one number", f"{_KINDS[design.summary]}{_counted(effects)}"),
        ("Intervals", f"{design.level:.0%}; bands by draws with seed {design.seed}"),
    ]


def design_line(effects: ManyEffects) -> str:
    """Return the design in a sentence: estimator, units, periods, and what the treated are compared with."""
    told = dict(design_words(effects))
    total, parts = told["Units"].split(": ")
    first, last = (effects.facts.label(effects.facts.periods[k]) for k in (0, -1))
    return (
        f"Design: {told['Estimator']}; {total} units ({parts}), {first} to {last}; compared with "
        f"{told['Compared with']}; in one number: {told['In one number']}."
    )


def _counted(effects: ManyEffects) -> str:
    """Return which effects count in averages, where not all do."""
    how = effects.effects.comparison
    told = [] if how.last_cohort is None else [f"cohorts up to {effects.facts.label(how.last_cohort)}"]
    told += [] if how.horizon is None else [f"times 0 to {how.horizon} since treatment"]
    return f"; counted are {' and '.join(told)}" if told else ""


def _covariate_words(effects: ManyEffects) -> list[tuple[str, str]]:
    """Return which covariates there are, and how they are used."""
    if not effects.covariates:
        return []
    return [("Covariates", f"{and_list(list(effects.covariates))}, {_ADJUSTMENTS[effects.design.adjustment]}")]


def _summary_sheet(effects: ManyEffects) -> Sheet:
    caption = f"Effects: {_KINDS[effects.design.summary]}"
    return _rows_sheet("summary", caption, effects.overall, effects.design.level, head="Outcome")


def _part_sheets(effects: ManyEffects) -> list[Sheet]:
    sheets = []
    kinds: tuple[tuple[RowKind, str], ...] = (("group", "Cohort"), ("calendar", "Period"))
    for k, outcome in enumerate(effects.outcomes, start=1):
        for kind, head in kinds:
            rows = [row for row in effects.of(kind) if row.outcome.name == outcome.name]
            caption = f"{bare_title(outcome)}: by {head.lower()}"
            sheets.append(_rows_sheet(f"{kind}-{k}", caption, rows, effects.design.level, head=head))
    return sheets


def _rows_sheet(name: str, caption: str, rows: Sequence[EffectRow], level: float, *, head: str) -> Sheet:
    units = {row.outcome.display_unit for row in rows}
    unit = next(iter(units)) if len(units) == 1 and units != {"1"} else ""
    columns = (
        Column(head),
        Column("Effect", unit, numeric=True),
        Column(f"{level:.0%} interval, from", unit, numeric=True),
        Column("to", unit, numeric=True),
        Column("p, no effect", numeric=True),
        Column("Treated units", numeric=True),
        Column("Other units", numeric=True),
        Column("Remark"),
    )
    body = tuple(
        (
            Cell(bare_title(row.outcome) if row.at is None else str(row.at)),
            effect_cell(row.outcome, row.estimate),
            *end_cells(row.outcome, row.interval),
            Cell("") if row.p is None else number(p_text(row.p), row.p),
            number(f"{row.treated_units:,}", row.treated_units),
            number(f"{row.control_units:,}", row.control_units),
            Cell(row.remark),
        )
        for row in rows
    )
    return Sheet(name, caption, columns, body)


def _tests_sheet(verdict: Verdict) -> Sheet:
    """Return the tests behind a verdict from a covariance."""
    columns = (
        Column("Outcome"),
        Column("Effect", numeric=True),
        Column("p, improved", numeric=True),
        Column("p, worsened", numeric=True),
        Column("p, harm excluded", numeric=True),
        Column("p, harm shown", numeric=True),
        Column("Finding"),
        Column("Diagnostics"),
    )
    rows = tuple(
        (
            Cell(bare_title(test.outcome)),
            effect_cell(test.outcome, test.estimate),
            *(
                number(p_text(p), p)
                for p in (test.p_improved, test.p_worsened, test.p_harm_excluded, test.p_harm_shown)
            ),
            Cell(f"{_FOUND[test.main.kind]}: {GRADE_WORDS[test.main.grade]}" if not test.why_none else "no test"),
            Cell(test.identification),
        )
        for test in verdict.tests
    )
    return Sheet("tests", "Tests behind the verdict, one-sided", columns, rows, note=_TESTED)


_FOUND = {"gain": "gain", "harm excluded": "harm excluded", "harm shown": "harm"}
_TESTED = (
    "p-values take trends as parallel. A finding holds with allowance if it is still found at the declared bound on "
    "departures from parallel trends."
)


def summary_sheets(findings: EvaluationFindings) -> list[Sheet]:
    """Return the effects in one number each, and the tests of the verdict where there is one."""
    tests = [] if findings.verdict is None else [_tests_sheet(findings.verdict)]
    departures = departures_sheet(findings.effects.joint, findings.verdict)
    return [_summary_sheet(findings.effects), *tests, *([] if departures is None else [departures])]
