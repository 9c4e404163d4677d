"""What stands in a report, in order: figures, tables and texts, ready for the templates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.report.charts import gap_chart, joint_chart, path_chart
from pilotzone.report.drawn import gap_sheet, joint_sheet, path_sheet
from pilotzone.report.figure import Figure
from pilotzone.report.formatting import (
    CHECK_SYMBOLS,
    ESTIMATORS,
    POOLS,
    STATISTICS,
    bare_title,
    bound_text,
    effect_text,
    margin_text,
    p_text,
    share_text,
)
from pilotzone.report.map import map_chart, places
from pilotzone.report.sheet import Cell, Column, Sheet, number
from pilotzone.report.wording import (
    gap_summary,
    gap_title,
    joint_summary,
    joint_title,
    map_summary,
    map_title,
    path_summary,
    path_title,
    short_source_line,
    source_line,
    weights_note,
)
from pilotzone.report.zones import (
    anticipation_text,
    donor_count,
    fitted_text,
    parts_text,
    starts_text,
    windows_text,
    zones_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.core import Panel
    from pilotzone.judge import OutcomeTest
    from pilotzone.report.findings import DesignFindings, Findings

__all__ = [
    "Card",
    "audit_sheet",
    "cards",
    "design_facts",
    "gap_figures",
    "joint_figures",
    "map_figures",
    "path_figures",
]


@dataclass(frozen=True)
class Card:
    """One outcome of the claim at a glance."""

    title: str
    role: str
    effect: str
    what: str
    state: str
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
        ("p, improvement shown", f"{p_text(test.p_improved)} (rank {test.rank_improved} of {verdict.unit_count})"),
        ("p, harm beyond the margin excluded", p_text(test.p_harm_excluded)),
        ("p, harm beyond the margin shown", p_text(test.p_harm_shown)),
        ("Harm, at the level of the test", bound_text(outcome, test.smallest_excluded_margin)),
    )
    return Card(
        title=bare_title(outcome),
        role=f"{outcome.role}; {good}",
        effect=effect_text(outcome, test.estimate),
        what=f"{_what(design)}, {windows_text(design)}",
        state=test.identification,
        symbol=CHECK_SYMBOLS[test.identification],
        not_passed=tuple(f"{check.label} ({check.state})" for check in identification.not_passed())
        or (() if identification.checks else ("no check was run",)),
        facts=facts,
    )


def _what(design: DesignFindings) -> str:
    if design.zones:
        return f"mean over {len(design.parts)} zones of their mean gaps to the synthetic paths"
    return "mean gap to the synthetic path"


def design_facts(findings: Findings) -> list[tuple[str, str]]:
    """Return the main design, item by item."""
    main = findings.main
    design, verdict = main.effects.design, main.verdict
    ranks = verdict.ranks
    return [
        ("Treated units" if main.zones else "Treated unit", zones_text(findings.panel, main)),
        ("Start", starts_text(main)),
        ("Fitted on", fitted_text(main)),
        ("Anticipation, left out", anticipation_text(findings.panel, main)),
        ("Window of the effect", windows_text(main)),
        ("Donors", str(donor_count(main))),
        *((("Assignments compared", _assignments(main)),) if main.zones else ()),
        ("Estimator", ESTIMATORS[design.estimator]),
        ("Placebo pools", POOLS[ranks.pool_rule]),
        ("Statistic, fixed beforehand", STATISTICS[ranks.statistic]),
        ("Level of each test", f"{verdict.alpha:g}"),
        ("Smallest attainable p", f"1/{ranks.unit_count} = {p_text(ranks.smallest_p)}"),
        ("Several development outcomes", "all must rise" if verdict.development_rule == "all" else "one has to rise"),
    ]


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
            summary=path_summary(panel, effects, fit),
            source=short_source_line(panel, fit.outcome),
            citation=source_line(panel, fit.outcome),
            chart=path_chart(panel, effects, fit),
            sheet=path_sheet(panel, fit, f"{prefix}-{k}-data"),
        )
        for k, (effects, fit) in enumerate(design.fits, start=1)
    ]


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
            summary=gap_summary(panel, effects, fit),
            source=short_source_line(panel, fit.outcome),
            citation=source_line(panel, fit.outcome),
            chart=gap_chart(panel, effects, fit),
            sheet=gap_sheet(panel, fit, f"{prefix}-{k}-data"),
        )
        for k, (effects, fit) in enumerate(design.fits, start=1)
    ]


def joint_figures(findings: Findings) -> list[Figure]:
    """Return a joint plot for each pair of a development and an environment outcome."""
    panel, main = findings.panel, findings.main
    by_role = {role: [test for test in main.verdict.tests if test.outcome.role == role] for role in _ROLES}
    pairs = [(across, up) for across in by_role["development"] for up in by_role["environment"]]
    what = "a unit treated as if it had been the zone"
    if main.zones:
        what = "an assignment of the dates to units, as if these had been the zones"
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
                "tests each outcome by its own ranks, not by this picture.",
            )
        )
    return figures


_ROLES = ("development", "environment")


def map_figures(findings: Findings, geometries: Mapping[str, Mapping[str, Any]]) -> list[Figure]:
    """Return a map of zones and donors for each outcome; none without shapes."""
    if findings.map is None or not geometries:
        return []
    panel = findings.panel
    figures = []
    for k, (effects, fit) in enumerate(findings.main.fits, start=1):
        shown = places(panel, effects, fit, findings.map)
        rows = tuple(
            (
                Cell(place.label),
                Cell(place.unit),
                Cell(place.part),
                number(share_text(place.weight), place.weight) if place.is_donor else Cell(""),
                Cell(place.about),
            )
            for place in shown
        )
        columns = (
            Column("Unit"),
            Column("Code"),
            Column("Part"),
            Column("Weight", "share", numeric=True),
            Column("Note"),
        )
        figures.append(
            Figure(
                id=f"map-{k}",
                title=map_title(panel, effects, fit),
                summary=map_summary(panel, effects, fit),
                source=short_source_line(panel, fit.outcome),
                citation=source_line(panel, fit.outcome),
                chart=map_chart(shown, geometries),
                sheet=Sheet(f"map-{k}-data", f"{bare_title(fit.outcome)}: units on the map", columns, rows),
                note=" ".join(filter(None, ("Numbers on donors are weights in percent.", weights_note([fit])))),
                credit=findings.map.credit,
            )
        )
    return figures


def audit_sheet(audit: Mapping[str, Any]) -> Sheet:
    """Return the audit trail as one row per entry, nested names joined by dots."""
    rows = tuple((Cell(name), Cell(text)) for name, text in _flat("", audit))
    caption = "Hashes, versions and the resolved study"
    return Sheet("audit", caption, (Column("Entry"), Column("Value")), rows)


def _flat(prefix: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, dict) and value:
        items = sorted(value.items(), key=lambda item: str(item[0]))
        return [row for key, inner in items for row in _flat(f"{prefix}.{key}" if prefix else str(key), inner)]
    if isinstance(value, list | tuple) and any(isinstance(item, dict | list | tuple) for item in value):
        return [row for k, inner in enumerate(value, start=1) for row in _flat(f"{prefix}.{k}", inner)]
    if isinstance(value, list | tuple):
        return [(prefix, ", ".join(_plain(item) for item in value) or "none")]
    return [(prefix, _plain(value))]


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)
