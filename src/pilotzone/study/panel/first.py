"""What a reader looks at first of a study of many units: the verdict, then effects by time since treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report import Section, first_section, plain_sheet, tone_of
from pilotzone.study.panel.allowed import departures_sheet
from pilotzone.study.panel.answer import panel_answer
from pilotzone.study.panel.curve import curve_figures
from pilotzone.study.panel.dose_told import dose_figures, dose_sheets
from pilotzone.study.panel.map import map_geometries, treatment_map
from pilotzone.study.panel.page import event_charts, summary_sheets
from pilotzone.study.panel.told import treatment_sheets
from pilotzone.study.panel.varied_sheets import variant_sheets

if TYPE_CHECKING:
    from pilotzone.report import Sheet
    from pilotzone.study.panel.findings import EvaluationFindings

__all__ = ["panel_first"]


def panel_first(found: EvaluationFindings, *, charts: bool = True) -> Section:
    """Return the verdict with effects and tests, then the event study, the map and other designs."""
    verdict = found.verdict
    tone, sign = tone_of(None if verdict is None else verdict.label)
    geometries = map_geometries(found) if charts else {}
    drawn = (
        [
            ("By time since treatment", event_charts(found)),
            ("By dose", [] if found.dose is None else dose_figures(found.dose, found.source)),
            ("Who is treated, and from when", treatment_map(found, geometries)),
            ("Other designs", curve_figures(found)),
        ]
        if charts
        else []
    )
    return first_section(
        found.title,
        panel_answer(found),
        tone=tone,
        sign=sign,
        sheets=_without(summary_sheets(found), departures_sheet(found.effects.joint, verdict)),
        charts=drawn,
        rest=_rest(found),
        shapes=geometries,
    )


def _without(sheets: list[Sheet], other: Sheet | None) -> list[Sheet]:
    return [sheet for sheet in sheets if other is None or sheet.id != other.id]


def _rest(found: EvaluationFindings) -> list[Sheet]:
    departures = departures_sheet(found.effects.joint, found.verdict)
    beside = variant_sheets(found)
    return [
        *([] if departures is None else [departures]),
        *beside["secondary"],
        *beside["alternatives"],
        *beside["nulls"],
        *([] if found.dose is None else dose_sheets(found.dose)),
        plain_sheet("cohorts", found.effects.cohorts()),
        *([] if found.treatment is None else treatment_sheets(found.treatment)),
    ]
