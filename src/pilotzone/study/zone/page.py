"""The report of a zone study: figures, tables and texts, ready for its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilotzone.core import Outcome
from pilotzone.evaluation.few import ESTIMATORS
from pilotzone.report import (
    Figure,
    Section,
    Sheet,
    assembled,
    assumption_sheet,
    audit_sheet,
    rests_sheet,
)
from pilotzone.study.runs.breaks_told import breaks_sheet
from pilotzone.study.runs.protocol import protocol_told
from pilotzone.study.runs.terms import terms_of, terms_sheet
from pilotzone.study.zone import contents, curve, estimators, maps, sheets, tested
from pilotzone.study.zone.control_errors import control_errors_sheet
from pilotzone.study.zone.controls import control_sheet
from pilotzone.study.zone.dose_told import dose_sheet
from pilotzone.study.zone.doubts import doubts_sheet
from pilotzone.study.zone.findings import Findings
from pilotzone.study.zone.first import answer_words, main_figures
from pilotzone.study.zone.levels import level_notes
from pilotzone.study.zone.meanings import design_note, estimator_meanings
from pilotzone.study.zone.wording import fit_loss_text, weights_note

__all__ = ["render_report"]


def render_report(findings: Findings, audit: Mapping[str, Any] | None = None, sections: Sequence[Section] = ()) -> str:
    """Return a study's report as the text of one HTML file.

    Parameters
    ----------
    findings
        Everything that the study found; nothing is computed here but how to show it.
    audit
        Hashes, versions and settings, as plain data.
    sections
        What stands beside it.

    Returns
    -------
    str
        HTML to be written as UTF-8. The same findings give the same text.
    """
    geometries = maps.map_shapes(findings)
    groups = _figures(findings, geometries)
    return assembled(
        __package__,
        "zone.html.jinja",
        findings.name,
        [figure for group in groups.values() for figure in group],
        shapes=geometries,
        findings=findings,
        panel=findings.panel,
        groups=groups,
        sections=sections,
        audit_sheet=audit_sheet(audit) if audit else None,
        protocol=protocol_told(audit),
        **_texts(findings),
        **_sheets(findings),
    )


def _figures(findings: Findings, geometries: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Figure]]:
    return {
        **main_figures(findings, geometries),
        "alternatives": [
            figure
            for k, item in enumerate(findings.alternatives, start=1)
            for figure in contents.gap_figures(findings, item, f"other-{k}")
        ],
        "estimators": estimators.estimator_figures(findings),
        "curve": [] if findings.curve is None else curve.curve_figures(findings, findings.curve),
    }


def _texts(findings: Findings) -> dict[str, Any]:
    verdict = findings.main.verdict
    told = {limit.text for limit in findings.limits}
    return {
        **answer_words(findings),
        "rests_sheet": rests_sheet(verdict.assumptions()),
        "cards": contents.cards(findings),
        "facts": contents.design_facts(findings),
        "weights_note": weights_note([fit for _, fit in findings.main.fits]),
        "design_note": design_note(findings.main),
        "level_notes": level_notes(findings),
        "main_estimator": ESTIMATORS[findings.main.effects.design.estimator].sentence,
        "estimator_meanings": estimator_meanings(findings.estimators, told=findings.main.effects.design.estimator),
        "derived": _derived(findings),
        "limits": [*findings.limits],
        "more_limits": [text for text in verdict.limits if text not in told],
    }


def _derived(findings: Findings) -> set[str]:
    """Return the series all of whose sources and caveats stand at those it is computed from."""
    published = [info for info in findings.panel.series.values() if not info.formula]
    sources = {source for info in published for source in info.sources}
    caveats = {caveat for info in published for caveat in info.caveats}
    return {
        info.name
        for info in findings.panel.series.values()
        if info.formula and sources.issuperset(info.sources) and caveats.issuperset(info.caveats)
    }


def _estimator_sheet(findings: Findings, outcomes: Sequence[Outcome]) -> Sheet:
    return sheets.estimator_sheet(findings.estimators, outcomes, ranked=findings.main.ranked is not None)


def _sheets(findings: Findings) -> dict[str, Any]:
    main, panel = findings.main, findings.panel
    outcomes = [
        *main.joint.outcomes,
        *(fit.outcome for effects in findings.secondary for fit in effects.fits),
    ]
    # What the main design loses stands among its own notes.
    own = main.effects.design.estimator
    by_name = {row.outcome: row.losses for row in findings.estimators if row.losses and row.estimator != own}
    return {
        "tests_sheets": (
            *tested.tests_sheets(main.verdict, main.sets, zones=len(main.parts)),
            *tested.ranked_sheets(main),
        ),
        "sets_sheet": tested.sets_sheet(main) if main.conformal else None,
        "control_errors_sheet": control_errors_sheet(panel, main),
        "check_sheets": [
            sheets.checks_sheet(main, outcome, f"checks-{k}") for k, outcome in enumerate(main.joint.outcomes, start=1)
        ],
        "donor_sheets": sheets.donor_sheets(panel, main),
        "balance_sheets": [
            sheets.balance_sheet(panel, fit, f"balance-{k}")
            for k, fit in enumerate(main.effects.fits, start=1)
            if fit.importance is not None
        ],
        "designs_sheet": sheets.designs_sheet(panel, [main, *findings.alternatives]) if findings.alternatives else None,
        "secondary_sheet": sheets.effects_sheet(
            "secondary", "Outcomes that are not part of the claim", panel, findings.secondary
        )
        if findings.secondary
        else None,
        "longer_sheet": sheets.effects_sheet("longer", "The main design over longer windows", panel, findings.longer)
        if findings.longer
        else None,
        "estimator_sheet": _estimator_sheet(findings, outcomes) if findings.estimators else None,
        "fit_loss": fit_loss_text((fit.outcome, by_name.get(fit.outcome.name)) for fit in main.effects.fits),
        "design_losses": [
            f"{item.label}: {text}"
            for item in findings.alternatives
            if (text := fit_loss_text((fit.outcome, fit.fit_loss_beside) for fit in item.effects.fits))
        ],
        "curve_label_sheet": curve.label_sheet(findings.curve) if findings.curve else None,
        "curve_summary": curve.summary(findings.curve) if findings.curve else "",
        "dose_sheet": dose_sheet(findings.dose),
        "control_sheet": control_sheet(findings.controls) if findings.controls else None,
        "breaks_sheet": breaks_sheet(findings.breaks, panel.label),
        "terms_sheet": terms_sheet(terms_of(panel.series.values())),
        "doubts_sheet": doubts_sheet(findings.doubts, panel.label),
        "assumption_sheet": assumption_sheet(findings.assumptions) if findings.assumptions else None,
    }
