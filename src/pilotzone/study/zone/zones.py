"""One zone or several in words: who, since when, over which window, with how many donors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import span_text
from pilotzone.report import EN_DASH, and_list, bare_title, effect_text, period_text

if TYPE_CHECKING:
    from pilotzone.core import Outcome, Panel
    from pilotzone.evaluation.few import FewDesign, FewEffects, OutcomeFit
    from pilotzone.study.zone.findings import DesignFindings

__all__ = [
    "anticipation_text",
    "donor_count",
    "fitted_text",
    "parts_text",
    "phase_periods",
    "starts_text",
    "window_text",
    "windows_text",
    "zones_text",
]


def zones_text(panel: Panel, design: DesignFindings) -> str:
    """Return the treated unit, or all of them."""
    return and_list([panel.label(part.design.unit) for part in design.parts])


def starts_text(design: DesignFindings) -> str:
    """Return the start, or those of all zones where they differ."""
    return and_list(list(dict.fromkeys(str(part.design.start) for part in design.parts)))


def anticipation_text(panel: Panel, design: DesignFindings) -> str:
    """Return the periods of anticipation, or those of each zone by its name where they differ."""
    each = [period_text(phase_periods(part.fits[0], "anticipation")) for part in design.parts]
    if len(set(each)) == 1:
        return each[0]
    named = zip(each, design.parts, strict=True)
    return and_list([f"{text} ({panel.label(part.design.unit)})" for text, part in named])


def parts_text(panel: Panel, design: DesignFindings, outcome: Outcome) -> str:
    """Return the effect in each zone by its name."""
    fits = [next(fit for fit in part.fits if fit.outcome.name == outcome.name) for part in design.parts]
    named = zip(design.parts, fits, strict=True)
    each = [
        f"{panel.label(part.design.unit)} {effect_text(outcome, float(fit.mean_gap[fit.treated]))}"
        for part, fit in named
    ]
    # The mean of percentages is another number than the mean effect in percent.
    return and_list(each) + (", averaged as logarithms" if outcome.scale == "log" else "")


def donor_count(design: DesignFindings) -> int:
    """Return how many units may carry weight."""
    return sum(item.admitted for item in design.donors)


def fitted_text(design: DesignFindings) -> str:
    """Return the fitted periods: those of each outcome where they differ, those of all zones where these differ."""
    each = list(dict.fromkeys(_fitted(part) for part in design.parts))
    return "; ".join(each) if any(" for " in text for text in each) else and_list(each)


def _fitted(part: FewEffects) -> str:
    spans: dict[tuple[int, ...], list[str]] = {}
    for fit in part.fits:
        spans.setdefault(tuple(phase_periods(fit, "pre")), []).append(bare_title(fit.outcome))
    if len(spans) == 1:
        return period_text(next(iter(spans)))
    each = [
        f"{period_text(span)} for {and_list(titles)} ({len(span)} period{'s' if len(span) > 1 else ''})"
        for span, titles in spans.items()
    ]
    return and_list(each)


def windows_text(design: DesignFindings) -> str:
    """Return the window of the effect, or those of all zones where they differ."""
    return and_list(list(dict.fromkeys(window_text(part.design) for part in design.parts)))


def phase_periods(fit: OutcomeFit, phase: str) -> list[int]:
    """Return the periods of a phase."""
    return [period for period, item in zip(fit.periods, fit.phases, strict=True) if item == phase]


def window_text(design: FewDesign) -> str:
    """Return the window of a design."""
    first, last = design.window
    return span_text(first, last, EN_DASH)
