"""What stands in a report, in order: figures, tables and texts, ready for the templates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import GRADE_WORDS, SAFEGUARDS
from pilotzone.evaluation.few import ESTIMATORS, fit_breaks, gap_chart, path_chart
from pilotzone.report import (
    Figure,
    bare_title,
    bound_text,
    break_note,
    break_summary,
    effect_text,
    in_unit,
    margin_text,
    number_text,
    p_text,
)
from pilotzone.study.zone.basis import basis_facts
from pilotzone.study.zone.charts import joint_chart
from pilotzone.study.zone.drawn import gap_sheet, joint_sheet, path_sheet
from pilotzone.study.zone.wording import (
    gap_summary,
    gap_title,
    joint_summary,
    joint_title,
    path_summary,
    path_title,
    short_source_line,
    source_line,
)
from pilotzone.study.zone.zones import (
    anticipation_text,
    donor_count,
    fitted_text,
    parts_text,
    starts_text,
    windows_text,
    zones_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Grade, Outcome, Panel
    from pilotzone.evaluation.few import FewEffects, OutcomeFit
    from pilotzone.judgement import OutcomeTest, Verdict
    from pilotzone.study.zone.findings import DesignFindings, Findings

__all__ = [
    "Card",
    "cards",
    "design_facts",
    "gap_figures",
    "joint_figures",
    "path_figures",
]


@dataclass(frozen=True)
class Card:
    """One outcome of the claim at a glance."""

    title: str
    role: str
    effect: str
    what: str
    holds: str
    tone: str
    symbol: str
    not_passed: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]


def cards(findings: Findings) -> list[Card]:
    """Return one card per outcome of the claim."""
    return [_card(findings.panel, findings.main, test) for test in findings.main.verdict.tests]


def _card(panel: Panel, design: DesignFindings, test: OutcomeTest) -> Card:
    outcome, verdict = test.outcome, design.verdict
    identification = design.joint.identification_of(outcome.name)
    good = "a rise is good" if outcome.good == "up" else "a fall is good"
    facts = (
        *((("Each zone", parts_text(panel, design, outcome)),) if design.zones else ()),
        ("Margin", f"{margin_text(outcome)} would still count as no harm"),
        ("p, gain", f"{p_text(test.p_improved)}{_rank(test, verdict)}"),
        ("p, harm beyond the margin ruled out", p_text(test.p_harm_excluded)),
        ("p, harm beyond the margin shown", p_text(test.p_harm_shown)),
        ("Harm, at the level of the test", bound_text(outcome, test.smallest_excluded_margin)),
        *_breakdown_facts(test),
        *_ranked_facts(design, outcome),
    )
    holds, tone, symbol = _holds(test)
    return Card(
        title=bare_title(outcome),
        role=f"{outcome.role}; {good}",
        effect=effect_text(outcome, test.estimate),
        what=f"{_what(design)}, {windows_text(design)}",
        holds=holds,
        tone=tone,
        symbol=symbol,
        not_passed=tuple(f"{check.label} ({check.state})" for check in identification.not_passed()),
        facts=() if test.why_none else facts,
    )


def _rank(test: OutcomeTest, verdict: Verdict) -> str:
    return "" if test.rank_improved is None else f" (rank {test.rank_improved} of {verdict.unit_count})"


def _ranked_facts(design: DesignFindings, outcome: Outcome) -> list[tuple[str, str]]:
    """Return the placebo ranks of an outcome where they stand beside conformal p-values."""
    if design.ranked is None:
        return []
    test = next(item for item in design.ranked.tests if item.outcome.name == outcome.name)
    told = (
        f"p, gain {p_text(test.p_improved)}{_rank(test, design.ranked)}; harm ruled out {p_text(test.p_harm_excluded)}"
    )
    return [("Placebo ranks beside, no part of the verdict", told)]


_SYMBOLS: dict[Grade, tuple[str, str]] = {
    "with allowance": ("passed", "✓"),
    "without allowance": ("open", "◔"),
    "not shown": ("open", "○"),
}
_FOUND = {"gain": "Gain", "harm excluded": "Harm excluded", "harm shown": "Harm"}


def _holds(test: OutcomeTest) -> tuple[str, str, str]:
    """Return how the main finding on an outcome holds: in words, as a colour and as a sign."""
    if test.why_none:
        return f"No test. {test.why_none}", "failed", "✗"
    tone, symbol = _SYMBOLS[test.main.grade]
    tone = "failed" if test.main.kind == "harm shown" else tone  # what is shown is not good news
    return f"{_FOUND[test.main.kind]}: {GRADE_WORDS[test.main.grade]}", tone, symbol


def _breakdown_facts(test: OutcomeTest) -> list[tuple[str, str]]:
    """Return the zone's drift before, and the drift that would overturn what is found, in its terms."""
    outcome, found = test.outcome, test.main
    facts = []
    if test.earlier is not None:
        facts.append(("Largest drift at earlier dates", in_unit(outcome, outcome.display(test.earlier))))
    if (drift := test.overturning_drift) is not None:
        known = found.multiple is not None and math.isfinite(found.multiple)
        times = f", {number_text(found.multiple)} times that" if known else ""
        facts.append(("Drift that would overturn it", f"{effect_text(outcome, drift)}{times}"))
    return facts


def _what(design: DesignFindings) -> str:
    if design.zones:
        return f"mean over {len(design.parts)} zones of their mean gaps to the synthetic paths"
    return "mean gap to the synthetic path"


def design_facts(findings: Findings) -> list[tuple[str, str]]:
    """Return the main design, item by item."""
    main = findings.main
    design, verdict = main.effects.design, main.verdict
    named, smallest = basis_facts(verdict)
    ranked = [] if main.ranked is None else [text for facts in basis_facts(main.ranked) for _, text in facts]
    return [
        ("Treated units" if main.zones else "Treated unit", zones_text(findings.panel, main)),
        ("Start", starts_text(main)),
        ("Fitted on", fitted_text(main)),
        ("Anticipation, left out", anticipation_text(findings.panel, main)),
        ("Window of the effect", windows_text(main)),
        ("Donors", str(donor_count(main))),
        *((("Ranked among", _ranked_among(main)),) if design.ranking.among else ()),
        *((("Assignments compared", _assignments(main)),) if main.zones else ()),
        ("Estimator", ESTIMATORS[design.estimator].label),
        *named,
        ("Level of each test", f"{verdict.alpha:g}"),
        ("Allowance, fixed beforehand", _allowance(verdict.allowance)),
        *smallest,
        *((("Placebo ranks beside, no part of the verdict", _beside(ranked)),) if ranked else ()),
        ("Several development outcomes", "all must rise" if verdict.development_rule == "all" else "one has to rise"),
    ]


def _allowance(multiple: float) -> str:
    return f"{multiple:g} times the largest drift at earlier dates" if multiple > 0 else "none: no drift is allowed for"


def _beside(told: Sequence[str]) -> str:
    pools, statistic, smallest = told
    return f"{statistic}; pools {pools}; smallest attainable p {smallest}"


def _ranked_among(design: DesignFindings) -> str:
    count = len(design.joint.draws.units)
    own = ", each compared with all units but its own group" if design.effects.design.ranking.groups else ""
    return f"{count} units, the zone included{own}"


def _assignments(design: DesignFindings) -> str:
    draws = design.joint.draws
    return f"{len(draws.units) - 1:,} drawn at random" if draws.drawn else f"all {len(draws.units):,}"


def path_figures(findings: Findings, design: DesignFindings, prefix: str = "paths") -> list[Figure]:
    """Return actual and synthetic paths, one figure per zone and outcome."""
    panel = findings.panel
    return [
        Figure(
            id=f"{prefix}-{k}",
            title=path_title(panel, effects, fit),
            summary=_with_breaks(path_summary(panel, effects, fit), effects, fit),
            source=short_source_line(panel, fit.outcome),
            citation=source_line(panel, fit.outcome),
            chart=path_chart(effects, fit, panel.label),
            sheet=path_sheet(panel, fit, f"{prefix}-{k}-data"),
            note=break_note(fit_breaks(effects, fit)),
        )
        for k, (effects, fit) in enumerate(design.fits, start=1)
    ]


def _with_breaks(summary: str, effects: FewEffects, fit: OutcomeFit) -> str:
    """Return a chart in words, with the breaks that are marked in it."""
    return " ".join(filter(None, (summary, break_summary(fit_breaks(effects, fit)))))


def gap_figures(findings: Findings, design: DesignFindings, prefix: str = "gaps") -> list[Figure]:
    """Return gaps with all placebos, one figure per zone and outcome; those of another design are named for it."""
    panel = findings.panel
    name = "" if design is findings.main else f"{design.label}. "
    # The tests are of the mean over the zones, where there are several.
    tests = {} if design.zones else {test.outcome.name: test for test in design.verdict.tests}
    return [
        Figure(
            id=f"{prefix}-{k}",
            title=name + gap_title(panel, effects, fit, tests.get(fit.outcome.name)),
            summary=_with_breaks(gap_summary(panel, effects, fit), effects, fit),
            source=short_source_line(panel, fit.outcome),
            citation=source_line(panel, fit.outcome),
            chart=gap_chart(effects, fit, panel.label),
            sheet=gap_sheet(panel, fit, f"{prefix}-{k}-data"),
            note=break_note(fit_breaks(effects, fit)),
        )
        for k, (effects, fit) in enumerate(design.fits, start=1)
    ]


def joint_figures(findings: Findings) -> list[Figure]:
    """Return a joint plot for each pair of a development outcome and a safeguard."""
    panel, main = findings.panel, findings.main
    by_role = {role: [test for test in main.verdict.tests if test.outcome.role == role] for role in _ROLES}
    pairs = [(across, up) for across in by_role["development"] for guard in SAFEGUARDS for up in by_role[guard]]
    what = "a unit treated as if it had been the zone"
    if main.zones:
        what = "an assignment of the dates to units, as if these had been the zones"
    tested = "ranks" if main.ranked is None else "periods"
    figures = []
    for k, pair in enumerate(pairs, start=1):
        short, full = (
            " ".join(dict.fromkeys(line(panel, test.outcome) for test in pair))
            for line in (short_source_line, source_line)
        )
        figures.append(
            Figure(
                id=f"joint-{k}",
                title=joint_title(panel, main, pair),
                summary=joint_summary(panel, main, pair),
                source=short,
                citation=full,
                chart=joint_chart(panel, main, pair),
                sheet=joint_sheet(panel, main, pair, f"joint-{k}-data"),
                note=f"Each mark is {what}. Dotted lines: the margins; the verdict "
                f"tests each outcome by its own {tested}, not by this picture.",
            )
        )
    return figures


_ROLES = ("development", *SAFEGUARDS)
