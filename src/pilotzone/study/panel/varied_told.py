"""What stands beside the claim of a panel study: as plain data, in sentences and for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.report import (
    Words,
    bare_title,
    effect_text,
    margin_text,
    p_text,
    plain,
)
from pilotzone.study.runs.plain import finite

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pilotzone.report import Block
    from pilotzone.study.panel.findings import EvaluationFindings
    from pilotzone.study.panel.varied import Variant, VariantEffect, VariantFamily

__all__ = ["DESIGNS", "NULLS", "beside_text", "of_families", "variant_lines", "variant_words", "variants_record"]

DESIGNS: tuple[VariantFamily, ...] = ("alternative", "one out")
NULLS: tuple[VariantFamily, ...] = ("placebo outcome", "placebo date")


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
        "p_harm_excluded_holm": effect.p_harm_excluded_holm,
        "treated_units": effect.treated_units,
        "control_units": effect.control_units,
        "window": list(effect.window),
        "test": effect.test,
    }


# ------------------------------------------------------------------------------------------------------ in words


def beside_text(findings: EvaluationFindings) -> str:
    """Return in a sentence or two what stands beside the claim; empty where nothing was declared beside it."""
    alpha = 0.05 if findings.verdict is None else findings.verdict.alpha
    tested = [each.p_holm for item in of_families(findings, "secondary") for each in item.effects]
    secondary = [p for p in tested if p is not None]
    designs = [item for item in of_families(findings, *DESIGNS) if item.headline]
    nulls = [each.p for item in of_families(findings, *NULLS) for each in item.effects if each.p is not None]
    told = []
    if secondary:
        told.append(f"effects show on {_of(secondary, alpha)} secondary outcomes (Holm)")
    if designs and findings.verdict is not None:
        same = sum(item.answer == findings.verdict.label for item in designs)
        told.append(f"{same} of {len(designs)} other designs give the same label")
    if nulls:
        told.append(f"effects show in {_of(nulls, alpha)} negative controls")
    return f"Beside the claim: {'; '.join(told)}." if told else ""


def _of(p_values: Sequence[float], alpha: float) -> str:
    return f"{sum(p <= alpha for p in p_values)} of {len(p_values)}"


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
    judged = [each for each in tested if each.p_harm_excluded_holm is not None]
    if judged:
        kept = [each for each in judged if each.p_harm_excluded_holm is not None and each.p_harm_excluded_holm <= alpha]
        names = ", ".join(f"{bare_title(each.outcome)} ({margin_text(each.outcome)})" for each in kept)
        yield (
            f"Of {len(judged)} with a margin, adjusted likewise, harm beyond it is excluded "
            f"{f'on {names}' if kept else 'on none'}."
        )


def _design_words(findings: EvaluationFindings) -> Iterator[str]:
    designs = [item for item in of_families(findings, *DESIGNS) if item.headline]
    if not designs or findings.verdict is None:
        return
    failed = [item for item in of_families(findings, *DESIGNS) if item.failure]
    same = sum(item.answer == findings.verdict.label for item in designs)
    yield (
        f"{same} of {len(designs)} other designs, one change at a time, give the same label, {findings.verdict.label}. "
        "They share most of their figures, so that this share is not a probability."
    )
    if failed:
        told = "; ".join(f"{item.label or item.name} ({item.failure.rstrip('.')})" for item in failed)
        yield f"{len(failed)} more could not be estimated: {told}."
    for k, row in enumerate(findings.effects.overall):
        values = [item.effects[k].estimate for item in designs]
        low, high = (effect_text(row.outcome, value) for value in (min(values), max(values)))
        yield f"{bare_title(row.outcome)}: over these designs the effect runs from {low} to {high}."


def _null_words(findings: EvaluationFindings, alpha: float) -> Iterator[str]:
    tests = [(item, each) for item in of_families(findings, *NULLS) for each in item.effects if each.p is not None]
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
    for item in of_families(findings, "secondary", "mechanism", *NULLS):
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
    harm = effect.p_harm_excluded_holm
    p += "" if harm is None else f"; harm of {margin_text(outcome)} or more: p = {p_text(harm)} (Holm)"
    what = f"{item.label}, {bare_title(outcome)}" if item.family == "placebo date" else bare_title(outcome)
    return f"{item.family}: {what} {effect_text(outcome, effect.estimate)}{ends}{p}"
