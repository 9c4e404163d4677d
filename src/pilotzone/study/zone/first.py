"""What a reader looks at first of a study of a zone: the verdict, and the charts that it is seen in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pilotzone.core import kept_by_content
from pilotzone.report import Section, fragment, tone_of
from pilotzone.study.zone import contents, maps, tested
from pilotzone.study.zone.answer import zone_answer
from pilotzone.study.zone.sheets import designs_sheet, estimator_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pilotzone.report import Figure, Sheet
    from pilotzone.study.zone.findings import Findings

__all__ = ["answer_words", "first_section", "main_figures"]


def first_section(findings: Findings, *, charts: bool = True) -> Section:
    """Return the verdict with its reasons, map, paths, gaps, both outcomes together, and what was tried besides.

    Parameters
    ----------
    findings
        Everything that the study found.
    charts
        Whether charts are made, which takes longer than the study.
    """
    main = findings.main
    shapes = maps.map_shapes(findings) if charts else {}
    groups = main_figures(findings, shapes) if charts else {}
    body = fragment(
        __package__,
        "zone_first.html.jinja",
        groups=groups,
        tests=tested.tests_sheets(main.verdict, main.sets, zones=len(main.parts))[0],
        beside=_beside(findings),
        limits=findings.limits,
        **answer_words(findings),
    )
    drawn = [figure for group in groups.values() for figure in group]
    return Section("verdict", findings.title, body, drawn, shapes)


def answer_words(findings: Findings) -> dict[str, Any]:
    """Return what `zone_answer.html.jinja` shows: the verdict and its words."""
    main = findings.main
    tone, sign = tone_of(main.verdict.label)
    return {
        "verdict": main.verdict,
        "answer": zone_answer(findings),
        "tone": tone,
        "sign": sign,
    }


def main_figures(findings: Findings, shapes: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Figure]]:
    """Return the charts of the main design; `shapes` are those of `map_shapes`."""
    main = findings.main

    def drawn() -> dict[str, list[Figure]]:
        return {
            "paths": contents.path_figures(findings, main),
            "maps": maps.map_figures(findings, shapes),
            "gaps": contents.gap_figures(findings, main),
            "joint": contents.joint_figures(findings),
        }

    # Of effects by what they are, since they hold functions; of the verdict all but the limits, which no chart shows.
    verdicts = [None if item is None else replace(item, limits=()) for item in (main.verdict, main.ranked)]
    judged = (findings.panel, findings.map, verdicts, main.sets, main.ranked_sets, bool(shapes))
    return kept_by_content(("main figures", main.zones, main.effects), judged, drawn, _bytes)


def _bytes(groups: Mapping[str, Sequence[Figure]]) -> int:
    """Return about how much memory charts take."""
    rows = (rows for group in groups.values() for figure in group for rows in figure.chart.data.values())
    return 1_000 * sum(map(len, rows))


def _beside(findings: Findings) -> list[Sheet]:
    """Return the tables of other designs and estimators, where any were tried."""
    found = []
    if findings.alternatives:
        found.append(designs_sheet(findings.panel, [findings.main, *findings.alternatives]))
    if len({row.estimator for row in findings.estimators}) > 1:
        ranked = findings.main.ranked is not None
        found.append(estimator_sheet(findings.estimators, [*findings.main.joint.outcomes], ranked=ranked))
    return found
