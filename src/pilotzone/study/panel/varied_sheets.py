"""What stands beside the claim of a panel study, as tables: further outcomes, other designs, negative controls."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core import span_text
from pilotzone.report import (
    EN_DASH,
    Cell,
    Column,
    Sheet,
    bare_title,
    effect_cell,
    end_cells,
    margin_text,
    number,
    p_cell,
)
from pilotzone.study.panel.varied_told import DESIGNS, NULLS, of_families

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.evaluation.many import EffectRow
    from pilotzone.study.panel.findings import EvaluationFindings
    from pilotzone.study.panel.varied import Variant, VariantEffect

__all__ = ["variant_sheets"]

_TESTS = {
    "effect": "randomisation inference by the effect itself",
    "studentised": "randomisation inference by the effect over its standard error",
    "pooled": "t test with one variance pooled over cohorts",
    "influence": "t test with the variance of influence functions",
}
_SHORT = {
    "effect": "randomisation, by the effect",
    "studentised": "randomisation, by the effect over its standard error",
    "pooled": "t, pooled variance",
    "influence": "t, standard error",
}
"""The same in a column."""


def variant_sheets(findings: EvaluationFindings) -> dict[str, list[Sheet]]:
    """Return tables by what they are on: ``secondary``, ``alternatives`` and ``nulls``; empty lists for nothing."""
    alpha = 0.05 if findings.verdict is None else findings.verdict.alpha
    level = f"{findings.effects.design.level:.0%}"
    second, mechanism = of_families(findings, "secondary"), of_families(findings, "mechanism")
    nulls = of_families(findings, *NULLS)
    outcomes = [row.outcome for row in findings.effects.overall] if of_families(findings, *DESIGNS) else []
    found = {
        "secondary": [
            _outcome_sheet("secondary", "Secondary outcomes", second, level, alpha, _HOLM),
            _outcome_sheet(
                "mechanism", "How an effect would come about: no part in the verdict", mechanism, level, alpha
            ),
        ],
        "alternatives": [
            _design_sheet(findings, k, f"alternatives-{k}", level, alpha) for k in range(1, len(outcomes) + 1)
        ],
        "nulls": [_outcome_sheet("nulls", "Negative controls: nothing should show here", nulls, level, alpha, _NULL)],
    }
    return {what: [sheet for sheet in sheets if sheet.rows] for what, sheets in found.items()}


_HOLM = (
    "p after Holm: adjusted for the number of secondary outcomes, that of harm for the number of those with a margin. "
    "No verdict rests on them. Each outcome has the years in which it can be compared, and the regions that have it."
)
_NULL = (
    "A placebo outcome is one that the programme should leave as it is; a placebo date pretends that every law came "
    "earlier, in years before the first one. A small p here speaks against the comparison."
)


def _head(first: str, level: str) -> tuple[Column, ...]:
    return (
        Column(first),
        Column("Years"),
        Column("Effect", numeric=True),
        Column(f"{level} interval, from", numeric=True),
        Column("to", numeric=True),
    )


def _cells(name: str, effect: VariantEffect) -> tuple[Cell, ...]:
    first, last = effect.window
    outcome = effect.outcome
    return (
        Cell(name),
        Cell(span_text(first, last, EN_DASH)),
        effect_cell(outcome, effect.estimate),
        *end_cells(outcome, effect.interval),
    )


def _there(p: float) -> float | None:
    return None if math.isnan(p) else p


def _p(p: float | None, alpha: float) -> Cell:
    return Cell("") if p is None else p_cell(p, alpha)


def _sizes(effect: VariantEffect) -> tuple[Cell, Cell]:
    return number(f"{effect.treated_units:,}", effect.treated_units), number(
        f"{effect.control_units:,}", effect.control_units
    )


def _outcome_sheet(
    name: str, caption: str, items: Sequence[Variant], level: str, alpha: float, note: str = ""
) -> Sheet:
    """Return outcomes that are not of the claim, one a row."""
    effects = [effect for item in items for effect in item.effects]
    holm = any(effect.p_holm is not None for effect in effects)
    judged = any(effect.outcome.margin is not None for effect in effects) and name == "secondary"
    columns = [*_head("Outcome", level), Column("p, no effect", numeric=True)]
    columns += [Column("p after Holm", numeric=True)] if holm else []
    if judged:
        columns += [Column("Margin"), Column("p, harm excluded", numeric=True), Column("p after Holm ", numeric=True)]
    columns += [Column("Treated", numeric=True), Column("Others", numeric=True), Column("Remark")]
    rows = []
    for item in items:
        for effect in item.effects:
            title = bare_title(effect.outcome)
            shown = f"{item.label}: {title}" if item.family == "placebo date" else title
            margin = "" if effect.outcome.margin is None else margin_text(effect.outcome)
            cells = [*_cells(shown, effect), _p(effect.p, alpha)]
            cells += [_p(effect.p_holm, alpha)] if holm else []
            if judged:
                cells += [Cell(margin), _p(effect.p_harm_excluded, alpha), _p(effect.p_harm_excluded_holm, alpha)]
            rows.append((*cells, *_sizes(effect), Cell(item.why or _test_words(effect))))
        if item.failure:
            blank = [Cell("")] * (len(columns) - 2)
            rows.append((Cell(item.label or item.name), *blank, Cell(f"cannot be estimated: {item.failure}")))
    return Sheet(name, caption, tuple(columns), tuple(rows), note=note)


def _test_words(effect: VariantEffect) -> str:
    return _TESTS.get(effect.test, f"no test: {effect.test}" if effect.test else "")


def _design_sheet(findings: EvaluationFindings, k: int, name: str, level: str, alpha: float) -> Sheet:
    """Return the effect on one outcome of the claim under every declared design."""
    main = findings.effects.overall[k - 1]
    columns = (
        *_head("Design", level),
        Column("p, gain", numeric=True),
        Column("p, harm excluded", numeric=True),
        Column("Test"),
        Column("Verdict of the claim"),
        Column("Treated", numeric=True),
        Column("Others", numeric=True),
        Column("Why"),
    )
    rows = [_main_row(findings, main, alpha)]
    for item in of_families(findings, *DESIGNS):
        if item.failure:
            blank = [Cell("")] * (len(columns) - 2)
            rows.append((Cell(item.label), *blank, Cell(f"cannot be estimated: {item.failure}")))
        else:
            rows.append(_design_row(item, item.effects[k - 1], alpha))
    return Sheet(name, f"{bare_title(main.outcome)}: designs declared beforehand", columns, tuple(rows), note=_OTHERS)


def _main_row(findings: EvaluationFindings, main: EffectRow, alpha: float) -> tuple[Cell, ...]:
    """Return the main design, with the tests that the verdict rests on."""
    verdict, window = findings.verdict, findings.effects.joint.window
    small = next((item for item in findings.effects.small if item.outcome == main.outcome), None)
    tests = () if verdict is None else verdict.tests
    test = next((test for test in tests if test.outcome == main.outcome and not test.why_none), None)
    by = "" if test is None else _SHORT["influence" if small is None else small.chosen[0]]
    return (
        Cell("main design"),
        Cell(span_text(window[0], window[-1], EN_DASH)),
        effect_cell(main.outcome, main.estimate),
        *end_cells(main.outcome, main.interval or main.interval_by_lot),
        _p(None if test is None else _there(test.p_improved), alpha),
        _p(None if test is None else _there(test.p_harm_excluded), alpha),
        Cell(by),
        Cell("" if verdict is None else verdict.headline),
        number(f"{main.treated_units:,}", main.treated_units),
        number(f"{main.control_units:,}", main.control_units),
        Cell(""),
    )


def _design_row(item: Variant, effect: VariantEffect, alpha: float) -> tuple[Cell, ...]:
    """Return one design that was estimated."""
    why = item.why if effect.test in _TESTS else f"No test: {effect.test}. {item.why}"
    return (
        *_cells(item.label, effect),
        _p(effect.p_gain, alpha),
        _p(effect.p_harm_excluded, alpha),
        Cell(_SHORT.get(effect.test, "none")),
        Cell(item.headline),
        *_sizes(effect),
        Cell(why),
    )


_OTHERS = (
    "One change at a time. Each row names its test: randomisation inference where cohorts are small, a t test where "
    "effects have "
    "standard errors. By lot, the main design is tested by the effect over its standard error, the others by the "
    "effect itself over 4,999 assignments, which is faster and errs more where the treated vary otherwise than the "
    "others; clusters by the former."
)
