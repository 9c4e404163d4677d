"""Tables for papers: a study's main results with captions, units, notes and sources, as LaTeX or for Word."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from pilotzone.core import GRADE_WORDS, Table, TableFormat, check_choice
from pilotzone.evaluation.few import ESTIMATORS
from pilotzone.judgement import STATISTICS
from pilotzone.report import (
    CHECK_SYMBOLS,
    LABEL_WORDS,
    MINUS,
    bare_title,
    harm_word,
    number_text,
    plain_unit,
)
from pilotzone.study.zone.basis import SHORT_STATISTICS, paper_basis
from pilotzone.study.zone.sheets import designs_sheet
from pilotzone.study.zone.wording import source_line, weights_note
from pilotzone.study.zone.zones import starts_text, window_text, windows_text, zones_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pilotzone.core import Cell, Outcome
    from pilotzone.evaluation.few import FewEffects
    from pilotzone.judgement import ConfidenceSet, Interval, OutcomeTest, SpecificationCurve, Verdict
    from pilotzone.study.zone.findings import DesignFindings, Findings

__all__ = ["paper_files", "paper_names", "paper_tables"]

_NAMES = ("verdict", "effects", "checks", "estimators", "sensitivity")
_ENDINGS: dict[TableFormat, str] = {"latex": ".tex", "word": ".rtf"}
_OVER_TIME = "conformal"


def paper_names(form: TableFormat) -> list[str]:
    """Return the names of all files that `paper_files` may give in a format."""
    return [f"table-{name}{_ENDINGS[form]}" for name in _NAMES]


def paper_files(findings: Findings, forms: Sequence[TableFormat]) -> dict[str, str]:
    """Return the tables of a study as files, by name; those of LaTeX are in UTF-8, those for Word in ASCII.

    Parameters
    ----------
    findings
        What the study found.
    forms
        ``latex`` (``table-NAME.tex``), ``word`` (``table-NAME.rtf``) or both.

    Raises
    ------
    UsageError
        If a format is unknown.
    """
    for form in forms:
        check_choice(form, TableFormat, "the format of tables")
    if not forms:
        return {}
    study = re.sub(r"[^A-Za-z0-9]+", "-", findings.name).strip("-")
    prefix = f"tab:{study}-" if study else "tab:"
    files = {}
    for name, table in paper_tables(findings).items():
        if "latex" in forms:
            files[f"table-{name}.tex"] = table.to_latex(label=prefix + name)
        if "word" in forms:
            files[f"table-{name}.rtf"] = table.to_rtf()
    return files


def paper_tables(findings: Findings) -> dict[str, Table]:
    """Return the tables of a study, by name: verdict, effects, checks, estimators, and sensitivity where there is any.

    Effects are in readable units, percent on a log scale, and rounded as a paper prints them; ``verdict.json`` has
    all digits.
    """
    tables = {"verdict": _verdict(findings), "effects": _effects(findings), "checks": _checks(findings)}
    if findings.estimators:
        tables["estimators"] = _estimators(findings)
    if findings.curve is not None:
        tables["sensitivity"] = _sensitivity(findings)
    return tables


# ------------------------------------------------------------------------------------------------- tables


def _verdict(findings: Findings) -> Table:
    main = findings.main
    verdict = main.verdict
    sheet = designs_sheet(findings.panel, [main, *findings.alternatives])
    heads = [sheet.columns[0].head, *_distinct([main.label, *(item.label for item in findings.alternatives)])]
    note = (
        f"{paper_basis(verdict)} The p of the whole claim is {_claim_parts(verdict)}. "
        f"Mean gaps are to the synthetic path over the window. {sheet.note}"
    )
    rows = [[_spoken(cell.text) for cell in row] for row in sheet.rows]
    return _table(heads, rows, f"{findings.title}: verdict", note, _sources(findings, main.joint.outcomes))


def _claim_parts(verdict: Verdict) -> str:
    """Return what the p of the claim is that of."""
    gain, excluded = "a gain in development", "harm to every safeguard excluded"
    if math.isnan(verdict.p_safeguards) or math.isnan(verdict.p_development):
        return f"that of {excluded if math.isnan(verdict.p_development) else gain}"
    return f"the larger of its two parts, {gain} and {excluded}"


def _effects(findings: Findings) -> Table:
    main = findings.main
    joint = main.joint
    sets = {(item.outcome.name, item.statistic): item for item in main.sets}
    rows = [_tested_row(main, test, sets.get((test.outcome.name, test.statistic))) for test in main.verdict.tests]
    # Of several zones the mean is tested; what each of them had stands below.
    untested = (*(main.parts if main.zones else ()), *findings.secondary, *findings.longer)
    others = [(effects, k) for effects in untested for k in range(len(effects.fits))]
    whose = {part.design.unit: f", {findings.panel.label(part.design.unit)}" for part in main.parts if main.zones}
    rows += [_untested_row(effects, k, whose.get(effects.design.unit, "")) for effects, k in others]
    heads = ("Outcome", "Window", "Gap", "Not rejected", "Margin", "p gain", "p excl.", "p harm", "Finding")
    gap, constant = "mean of actual less synthetic over the window", "constant over the window"
    if main.zones:
        gap = "mean of actual less synthetic over a zone's window, where it is tested averaged over the zones"
        if any(outcome.scale == "log" for outcome in joint.outcomes):
            gap += " (percentages as logarithms)"
        constant = "the same for every zone and constant over its window"
    attained = f" at {main.sets[0].attained:.1%} confidence, for an effect {constant}" if main.sets else ""
    test = "the two-sided placebo test does" if main.ranked is None else "conformal tests of either side do"
    alone = "single zones or " if main.zones else ""
    margins = "; ".join(f"{bare_title(o)}, a {harm_word(o)}" for o in joint.outcomes if o.margin is not None)
    note = (
        f"Gap: {gap}, by {ESTIMATORS[main.effects.design.estimator].label}. Not "
        f"rejected: effects that {test} not reject{attained}. Margin: harm that would still "
        f"count as none ({margins}). p gain: against no improvement; p excl.: against harm of at least the margin; p "
        "harm: against harm of at most the margin; Finding: whether a gain, harm excluded or harm holds, with the "
        "declared allowance for drift or without only."
        + (f" Rows without p-values are {alone}no part of the claim." if others else "")
        + _after(weights_note([fit for _, fit in main.fits]))
    )
    label = zones_text(findings.panel, main)
    outcomes = [*joint.outcomes, *(outcome for effects, _ in others for outcome in effects.joint.outcomes)]
    return _table(heads, rows, f"Effects on {label}, from {starts_text(main)}", note, _sources(findings, outcomes))


def _tested_row(design: DesignFindings, test: OutcomeTest, found: ConfidenceSet | None) -> list[Cell]:
    outcome = test.outcome
    return [
        _named(outcome),
        windows_text(design),
        _shown(outcome, outcome.display(test.estimate)),
        "" if found is None else _set(found),
        outcome.margin,
        _p(test.p_improved),
        _p(test.p_harm_excluded),
        _p(test.p_harm_shown),
        GRADE_WORDS[test.main.grade],
    ]


def _untested_row(effects: FewEffects, k: int, whose: str) -> list[Cell]:
    fit = effects.fits[k]
    outcome = fit.outcome
    gap = _shown(outcome, outcome.display(float(fit.mean_gap[fit.treated])))
    return [f"{_named(outcome)}{whose}", window_text(effects.design), gap, "", None, None, None, None, ""]


def _checks(findings: Findings) -> Table:
    joint = findings.main.joint
    rows = [
        [bare_title(outcome), check.label, _three(check.value), _three(check.threshold), str(check.state),
         check.meaning]
        for outcome in joint.outcomes
        for check in joint.identification_of(outcome.name).checks
    ]  # fmt: skip
    note = "A check fails by the size of what it measures, never by a p-value, and decides no verdict."
    heads = ("Outcome", "Check", "Measured", "Fails above", "State", "If it fails")
    return _table(heads, rows, "Diagnostics", note, _sources(findings, joint.outcomes))


def _estimators(findings: Findings) -> Table:
    outcomes = {outcome.name: outcome for outcome in findings.main.joint.outcomes}
    rows = [
        [_named(outcome), ESTIMATORS[row.estimator].label, _shown(outcome, outcome.display(row.effect)),
         _three(row.placebo_sd), _p(row.p_good), _three(row.pre_rmspe),
         "exact" if row.pools == "symmetric" else "approximate"]
        for name, outcome in outcomes.items()
        for row in findings.estimators
        if row.outcome == name
    ]  # fmt: skip
    zones, whose = (
        (", averaged over the zones", "other assignments'") if findings.main.zones else ("", "donors' placebo")
    )
    note = (
        f"Gap: mean of actual less synthetic over {windows_text(findings.main)}{zones}. Placebo s.d.: standard "
        f"deviation of the {whose} gaps around their mean; it and the RMSPE before the start are in log points "
        "where the unit is percent. p gain: one-sided rank p of an improvement; ranks are approximate where placebos "
        "are made without the treated unit."
    )
    heads = ("Outcome", "Estimator", "Gap", "Placebo s.d.", "p gain", "RMSPE", "Ranks")
    return _table(heads, rows, "Estimators side by side", note, _sources(findings, outcomes.values()))


def _sensitivity(findings: Findings) -> Table:
    assert findings.curve is not None  # noqa: S101 - by the caller
    rows = [
        [
            str(family),
            SHORT_STATISTICS[statistic] if statistic else _OVER_TIME,  # type: ignore[index]
            LABEL_WORDS[label],  # type: ignore[index]
            count,
            round(100 * float(share or 0), 1),
        ]
        for family, statistic, label, count, share in findings.curve.label_table().rows()
    ]
    note = (
        "How often each verdict comes out when the main design is varied. Specifications share most of their data, so "
        "that a share is not a probability."
        + (
            " conformal: by conformal p-values."
            if findings.main.ranked is not None
            else _statistics_told(findings.curve)
        )
    )
    heads = ("Varied", "Statistic", "Verdict", "Specifications", "Share")
    outcomes = findings.main.joint.outcomes
    return _table(heads, rows, "Verdicts over specifications", note, _sources(findings, outcomes), {"Share": "%"})


def _statistics_told(curve: SpecificationCurve) -> str:
    """Return what the statistics of a curve are, in full."""
    used = dict.fromkeys(item.statistic for item in curve.specifications if item.statistic)
    told = "; ".join(f"{SHORT_STATISTICS[item]}: {STATISTICS[item]}" for item in used)
    return f" {told[0].upper()}{told[1:]}." if told else ""


# -------------------------------------------------------------------------------------------------- cells


def _table(
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    title: str,
    note: str,
    source: str,
    units: dict[str, str] | None = None,
) -> Table:
    columns = {head: tuple(row[k] for row in rows) for k, head in enumerate(heads)}
    return Table(columns, title, units or {}, f"{note.strip()} {source}")


def _sources(findings: Findings, outcomes: Iterable[Outcome]) -> str:
    return source_line(findings.panel, *outcomes)


def _distinct(labels: Sequence[str]) -> list[str]:
    return [label if labels.count(label) == 1 else f"{label} ({k})" for k, label in enumerate(labels, start=1)]


def _named(outcome: Outcome) -> str:
    """Return what was measured and the unit of its gaps and margins."""
    unit = "%" if outcome.scale == "log" else plain_unit(outcome.unit)
    return f"{bare_title(outcome)}, {unit}" if unit else bare_title(outcome)


def _spoken(text: str) -> str:
    """Return a state without its sign, which fonts for papers seldom have."""
    sign, _, words = text.partition(" ")
    return words if sign in CHECK_SYMBOLS.values() else text


def _shown(outcome: Outcome, value: float) -> float | None:
    """Return a displayed value as it is printed: percent to one decimal, others to three digits."""
    return round(value, 1) if outcome.scale == "log" and math.isfinite(value) else _three(value)


def _three(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(f"{value:.3g}")


def _p(p: float) -> float | None:
    """Return a p-value to three decimals, one too small for that to one digit."""
    return None if math.isnan(p) else round(p, 3) or float(f"{p:.1g}")


def _after(text: str) -> str:
    return f" {text}" if text else ""


def _set(found: ConfidenceSet) -> str:
    """Return a confidence set as intervals, square brackets at ends that belong to it."""
    pairs = zip(found.intervals, found.displayed, strict=True)
    return " and ".join(_interval(found.outcome, own, shown) for own, shown in pairs) or "none"


def _interval(outcome: Outcome, own: Interval, shown: Interval) -> str:
    ends = [
        number_text(bound) if math.isinf(bound) else _number(outcome, value)
        for bound, value in ((own.low, shown.low), (own.high, shown.high))
    ]
    return f"{'[' if own.low_closed else '('}{ends[0]}, {ends[1]}{']' if own.high_closed else ')'}"


def _number(outcome: Outcome, value: float) -> str:
    return f"{value:.1f}".replace("-", MINUS) if outcome.scale == "log" else number_text(value)
