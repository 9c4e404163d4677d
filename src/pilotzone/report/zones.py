"""One zone or several in words: who, since when, over which window, with how many donors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.report.formatting import and_list, effect_text, period_text, phase_periods, window_text

if TYPE_CHECKING:
    from pilotzone.core import Outcome, Panel
    from pilotzone.report.findings import DesignFindings

__all__ = ["anticipation_text", "donor_count", "fitted_text", "parts_text", "starts_text", "windows_text", "zones_text"]


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
    """Return the fitted periods, or those of all zones where they differ."""
    return and_list(list(dict.fromkeys(period_text(phase_periods(part.fits[0], "pre")) for part in design.parts)))


def windows_text(design: DesignFindings) -> str:
    """Return the window of the effect, or those of all zones where they differ."""
    return and_list(list(dict.fromkeys(window_text(part.design) for part in design.parts)))
