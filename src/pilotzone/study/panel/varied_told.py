"""What stands beside the claim of a panel study: as plain data, in sentences, as tables and for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.report import (
    Cell,
    Column,
    Sheet,
    Words,
    bare_title,
    effect_cell,
    effect_text,
    end_cells,
    margin_text,
    number,
    p_cell,
    p_text,
    plain,
)
from pilotzone.study.runs.plain import finite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pilotzone.report import Block
    from pilotzone.study.panel.findings import EvaluationFindings
    from pilotzone.study.panel.varied import Variant, VariantEffect, VariantFamily

__all__ = ["of_families", "variant_lines", "variant_sheets", "variant_words", "variants_record"]

_DESIGNS: tuple[VariantFamily, ...] = ("alternative", "one out")
_NULLS: tuple[VariantFamily, ...] = ("placebo outcome", "placebo date")
_TESTS = {
    "effect": "randomisation inference by the effect itself",
    "studentised": "randomisation inference by the effect over its standard error",
    "pooled": "one variance pooled over cohorts",
    "influence": "variance of influence functions",
}


def of_families(findings: EvaluationFindings, *families: VariantFamily) -> list[Variant]:
    """Return the variants of some families, in the order in which they were declared."""
    return [item for item in findings.variants if item.family in families]


def variants_record(findings: EvaluationFindings) -> list[dict[str, Any]]:
    """Return the variants as plain data, one effect a row; one that could not be estimated has a row that says why."""
    rows: list[dict[str, Any]] = []
    for item in findings.variants:
        head = {"family": item.family, "name": item.name, "label": item.label}
        rows += [
            finite({**head, "verdict": item.headline or None, **_effect_record(effect)}) for effect in item.effects
        ]
        if item.failure:
            rows.append({**head, "failure": item.failure})
    return rows


def _effect_record(effect: VariantEffect) -> dict[str, Any]:
    low, high = effect.interval or (None, None)
    return {
        "outcome": effect.outcome.name,
        "estimate": effect.estimate,
        "effect": effect.outcome.display(effect.estimate),
        "effect_unit": effect.outcome.display_unit,
        "lower": low,
        "upper": high,
        "p": effect.p,
        "p_holm": effect.p_holm,
        "p_gain": effect.p_gain,
        "p_harm_excluded": effect.p_harm_excluded,
        "treated_units": effect.treated_units,
        "control_units": effect.control_units,
        "window": list(effect.window),
        "test": effect.test,
    }


# ------------------------------------------------------------------------------------------------------ in words


def variant_words(findings: EvaluationFindings) -> list[str]:
    """Return in sentences what secondary outcomes, other designs and negative controls come to."""
    alpha = 0.05 if findings.verdict is None else findings.verdict.alpha
    return [*_secondary_words(findings, alpha), *_design_words(findings), *_null_words(findings, alpha)]


def _secondary_words(findings: EvaluationFindings, alpha: float) -> Iterator[str]:
    tested = [each for item in of_families(findings, "secondary") for each in item.effects if each.p_holm is not None]
    if not tested:
        return
    found = [each for each in tested if each.p_holm is not None and each.p_holm <= alpha]
    names = "; ".join(f"{bare_title(each.outcome)} {effect_text(each.outcome, each.estimate)}" for each in found)
    what = f"effects show on {names}" if found else "no effect shows"
    yield f"Of {len(tested)} secondary outcomes, after Holm's adjustment for their number, {what}."


def _design_words(findings: EvaluationFindings) -> Iterator[str]:
    designs = [item for item in of_families(findings, *_DESIGNS) if item.headline]
    if not designs or findings.verdict is None:
        return
    same = sum(item.answer == findings.verdict.label for item in designs)
    yield (
        f"{same} of {len(designs)} other designs give the same label, {findings.verdict.label}. They share most of "
        "their figures, so that this share is no probability."
    )
    for k, row in enumerate(findings.effects.overall):
        values = [item.effects[k].estimate for item in designs]
        low, high = (effect_text(row.outcome, value) for value in (min(values), max(values)))
        yield f"{bare_title(row.outcome)}: over these designs the effect runs from {low} to {high}."


def _null_words(findings: EvaluationFindings, alpha: float) -> Iterator[str]:
    tests = [(item, each) for item in of_families(findings, *_NULLS) for each in item.effects if each.p is not None]
    if not tests:
        return
    found = [
        f"{item.label if item.family == 'placebo date' else ''} {bare_title(each.outcome)}".strip()
        for item, each in tests
        if each.p is not None and each.p <= alpha
    ]
    what = f"an effect shows in {len(found)}: {', '.join(found)}" if found else "no effect shows"
    yield f"Negative controls: in {len(tests)} tests of what should show nothing, {what}."


def variant_lines(findings: EvaluationFindings) -> Iterator[Block]:
    """Return the sentences, and each secondary outcome and negative control in a line."""
    if not findings.variants:
        return
    for text in variant_words(findings):
        yield Words(plain(text), hanging=True)
    for item in of_families(findings, "secondary", "mechanism", *_NULLS):
        for effect in item.effects:
            yield Words(plain(_line(item, effect)), hanging=True)
        if item.failure:
            yield Words(plain(f"{item.label or item.name}: cannot be estimated: {item.failure}"), hanging=True)
    yield Words()


def _line(item: Variant, effect: VariantEffect) -> str:
    outcome = effect.outcome
    ends = "" if effect.interval is None else " [{}, {}]".format(*(effect_text(outcome, x) for x in effect.interval))
    p = "" if effect.p is None else f", p = {p_text(effect.p)}"
    p += "" if effect.p_holm is None else f" (Holm {p_text(effect.p_holm)})"
    what = f"{item.label}, {bare_title(outcome)}" if item.family == "placebo date" else bare_title(outcome)
    return f"{item.family}: {what} {effect_text(outcome, effect.estimate)}{ends}{p}"


# ------------------------------------------------------------------------------------------------------- as tables


def variant_sheets(findings: EvaluationFindings) -> dict[str, list[Sheet]]:
    """Return tables by what they are on: ``secondary``, ``alternatives`` and ``nulls``; empty lists for nothing."""
    alpha = 0.05 if findings.verdict is None else findings.verdict.alpha
    level = f"{findings.effects.design.level:.0%}"
    second, mechanism = of_families(findings, "secondary"), of_families(findings, "mechanism")
    nulls = of_families(findings, *_NULLS)
    outcomes = [row.outcome for row in findings.effects.overall] if of_families(findings, *_DESIGNS) else []
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
    "p after Holm: adjusted for the number of secondary outcomes. No verdict rests on them. Each outcome has the years "
    "in which it can be compared, and the regions that have it."
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
        Cell(f"{first}\u2013{last}"),
        effect_cell(outcome, effect.estimate),
        *end_cells(outcome, effect.interval),
    )


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
    columns += [Column("Margin"), Column("p, harm excluded", numeric=True)] if judged else []
    columns += [Column("Treated", numeric=True), Column("Others", numeric=True), Column("Remark")]
    rows = []
    for item in items:
        for effect in item.effects:
            title = bare_title(effect.outcome)
            shown = f"{item.label}: {title}" if item.family == "placebo date" else title
            margin = "" if effect.outcome.margin is None else margin_text(effect.outcome)
            cells = [*_cells(shown, effect), _p(effect.p, alpha)]
            cells += [_p(effect.p_holm, alpha)] if holm else []
            cells += [Cell(margin), _p(effect.p_harm_excluded, alpha)] if judged else []
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
        Column("Verdict of the claim"),
        Column("Treated", numeric=True),
        Column("Others", numeric=True),
        Column("Why"),
    )
    verdict = "" if findings.verdict is None else findings.verdict.headline
    window = findings.effects.joint.window
    rows: list[tuple[Cell, ...]] = [
        (
            Cell("main design"),
            Cell(f"{window[0]}\u2013{window[-1]}"),
            effect_cell(main.outcome, main.estimate),
            *end_cells(main.outcome, main.interval or main.interval_by_lot),
            _p(main.p_improved_by_lot, alpha),
            _p(main.p_harm_excluded_by_lot, alpha),
            Cell(verdict),
            number(f"{main.treated_units:,}", main.treated_units),
            number(f"{main.control_units:,}", main.control_units),
            Cell(""),
        )
    ]
    for item in of_families(findings, *_DESIGNS):
        if item.failure:
            rows.append((Cell(item.label), *[Cell("")] * 9, Cell(f"cannot be estimated: {item.failure}")))
            continue
        effect = item.effects[k - 1]
        why = item.why if effect.test in _TESTS else f"No test: {effect.test}. {item.why}"
        rows.append(
            (
                *_cells(item.label, effect),
                _p(effect.p_gain, alpha),
                _p(effect.p_harm_excluded, alpha),
                Cell(item.headline),
                *_sizes(effect),
                Cell(why),
            )
        )
    return Sheet(name, f"{bare_title(main.outcome)}: designs declared beforehand", columns, tuple(rows), note=_OTHERS)


_OTHERS = (
    "The main design is tested by the effect over its standard error where cohorts are small, the others by the effect "
    "itself over 4,999 assignments, which is faster and errs more where the treated vary otherwise than the others."
)
