"""What a study of a zone compares over time, design by design: the figures that breaks are looked for in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotzone.core import MethodError
from pilotzone.evaluation.few import used_span
from pilotzone.study.runs.breaks import Use, left_out, reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pilotzone.core import Outcome, Panel
    from pilotzone.evaluation.few import FewDesign
    from pilotzone.study.runs.fields import AcceptedSpec

__all__ = ["donors_hit", "refusing", "uses_of"]


def uses_of(
    panel: Panel,
    outcomes: Sequence[Outcome],
    designs: Sequence[FewDesign],
    excluded: Collection[str] = (),
    name: str = "",
    main: Sequence[FewDesign] = (),
    *,
    complete: bool = False,
) -> Iterator[Use]:
    """Yield what a design compares over time: each outcome, and each predictor, from the fit to the window's end.

    Parameters
    ----------
    panel, outcomes
        What effects are estimated on. What cannot be estimated for want of figures is compared with nothing.
    designs
        One for each zone.
    excluded
        Units that are not donors.
    name
        Name of the design, for messages; empty for the main one.
    main
        The main design of each zone, where this one may have other dates.
    complete
        Whether outcomes without figures in the whole window are passed over.
    """
    zones = [design.unit for design in designs]
    dates = tuple((design.unit, design.start) for design in (*main, *designs))
    donors = tuple(unit for unit in panel.units if unit not in excluded and unit not in zones)
    for design in designs:
        spans = {item.name: used_span(panel, item.name, design, zones, complete=complete) for item in outcomes}
        for outcome, span in spans.items():
            if span is not None:
                what = f"outcome {outcome!r}"
                fitted = _fitted(panel, outcome, design, zones)
                about = (design.unit,)
                yield Use(what, panel.series[outcome], *span, about, donors, design.start, name, dates, fitted)
        begins = [span[0] for span in spans.values() if span is not None]
        for item in design.predictors if begins else ():
            # Each half whose periods are not named is one of the fitted periods.
            named = (*item.fitted, *item.training)
            ends = () if item.fitted and item.training else (min(begins), _last_fitted(panel, design))
            periods = (*named, *ends)
            what = f"predictor {item.name!r}"
            info = panel.series[item.name]
            yield Use(what, info, min(periods), max(periods), (design.unit,), donors, design.start, name, dates)


def _fitted(panel: Panel, outcome: str, design: FewDesign, zones: Sequence[str]) -> tuple[int, ...]:
    """Return the periods that are fitted: those before the start in which every zone has a figure."""
    rows = panel.matrix(outcome)[[panel.unit_index(unit) for unit in zones]]
    phases = design.phases(panel.periods)
    return tuple(
        period
        for k, (period, phase) in enumerate(zip(panel.periods, phases, strict=True))
        if phase == "pre" and not any(math.isnan(value) for value in rows[:, k])
    )


def _last_fitted(panel: Panel, design: FewDesign) -> int:
    return max(
        period for period, phase in zip(panel.periods, design.phases(panel.periods), strict=True) if phase == "pre"
    )


def donors_hit(
    panel: Panel,
    outcomes: Sequence[Outcome],
    designs: Sequence[FewDesign],
    excluded: Mapping[str, str],
    accepted: Sequence[AcceptedSpec],
) -> dict[str, str]:
    """Return the units that are not donors, with the reasons: the study's, and severe breaks that they alone have."""
    return {**left_out(uses_of(panel, outcomes, designs, excluded), accepted), **excluded}


def refusing(
    panel: Panel,
    outcomes: Sequence[Outcome],
    design: FewDesign,
    excluded: Mapping[str, str],
    accepted: Sequence[AcceptedSpec],
) -> dict[str, str]:
    """Return the same for one variation of a design.

    Raises
    ------
    MethodError
        If it compares across a severe break: a variation is then not estimated, and said not to be.
    """
    taken = {item.break_ for item in accepted}
    for use in uses_of(panel, outcomes, [design], excluded):
        for item in use.breaks():
            if item.severity == "severe" and item.name not in taken and not use.hit(item):
                raise MethodError(f"{use.what} would be compared across the {reason(item)}.")
    return donors_hit(panel, outcomes, [design], excluded, accepted)
