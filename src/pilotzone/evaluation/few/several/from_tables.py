"""The front door for two or three zones: a synthetic control each, placebos over assignments, checks of every zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pilotzone.core import MethodError, UsageError, in_frequency
from pilotzone.evaluation.few.design import FewDesign, whole_number, whole_period
from pilotzone.evaluation.few.doubt import left_out_for, refuse_doubts
from pilotzone.evaluation.few.doubts import doubts_of
from pilotzone.evaluation.few.from_tables import one_name, reasons_of, settled
from pilotzone.evaluation.few.several.estimate import DRAWS, estimate_several

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from pilotzone.core import Estimator, Outcome, Panel, PoolRule
    from pilotzone.evaluation.few.several.result import SeveralEffects

__all__ = ["synthetic_controls"]


def synthetic_controls(  # noqa: PLR0913 - a front door: every choice of the design by its name, all keyword-only
    panel: Panel | Any,  # noqa: ANN401 - any table that the door of `gather` admits
    outcomes: str | Outcome | Sequence[str | Outcome],
    *,
    treated: Mapping[str, int | str | dt.date],
    length: int | None = None,
    anticipation: int = 0,
    pre_from: int | None = None,
    estimator: Estimator = "sc",
    pools: PoolRule = "symmetric",
    excluded: Mapping[str, str] | Sequence[str] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    unit: str = "unit",
    time: str = "period",
    period: str | None = None,
) -> SeveralEffects:
    """Estimate the mean effect of two or three zones, with the same date or different dates, with placebos and checks.

    Parameters
    ----------
    panel, outcomes, anticipation, pre_from, excluded, unit, time, period
        As in `synthetic_control`.
    treated
        Zone to its first treated period.
    length
        Number of observed periods, from each zone's start, over which its effect is averaged. Default: the number that
        the zone with the latest start has, so all zones count equally.
    estimator
        ``sc`` or ``sc_intercept``.
    pools
        ``symmetric`` (placebo ranks are exact) or ``exclude_treated`` (approximate).
    draws, seed
        Number of random assignments if there are more than a million possible ones, and seed of their draw.

    Returns
    -------
    SeveralEffects
        Mean effects and the effects of each zone. `judge` uses its attribute `joint`.

    Raises
    ------
    UsageError
        If names or options are unknown or contradict each other.
    DataError
        If the table has a form that cannot be read.
    MethodError
        If the data do not allow the design, or figures of a zone are not credible (as in `synthetic_control`).

    Examples
    --------
    >>> import numpy as np
    >>> from pilotzone import Panel
    >>> from pilotzone.core import SeriesInfo
    >>> paths = np.outer(np.arange(6.0), np.arange(8.0))
    >>> paths[2, 5:] += 1.0
    >>> paths[3, 6:] += 2.0
    >>> panel = Panel(tuple("ABCDEF"), tuple(range(2001, 2009)), {"y": paths}, {"y": SeriesInfo("y", "y", "1")})
    >>> effects = synthetic_controls(panel, "y", treated={"C": 2006, "D": 2007})
    >>> round(float(effects.joint.estimate[0]), 6), len(effects.joint.draws.units)
    (1.5, 30)
    """
    given: object = treated
    if not isinstance(given, Mapping):
        raise UsageError(f"treated is {given!r}.", allowed="a mapping from zone to its first treated period")
    known, specs = settled(panel, outcomes, unit=unit, time=one_name(time, period))
    starts = {
        zone: in_frequency(whole_period(start, f"the start of {zone!r}"), known.frequency, f"the start of {zone!r}")
        for zone, start in treated.items()
    }
    after = {zone: [item for item in known.periods if item >= start] for zone, start in starts.items()}
    count = _length(length, after)
    designs = [
        FewDesign(
            zone,
            start=start,
            window=(after[zone][0], after[zone][count - 1]),
            anticipation=anticipation,
            pre_from=pre_from,
            estimator=estimator,
            pools=pools,
        )
        for zone, start in starts.items()
    ]
    reasons = reasons_of(excluded)
    doubts = doubts_of(known, specs, designs, reasons)
    refuse_doubts(doubts, known.label)
    effects = estimate_several(known, specs, designs, excluded=reasons | left_out_for(doubts), draws=draws, seed=seed)
    return replace(effects, notes=(*effects.notes, *(item.told(known.label) for item in doubts)))


def _length(length: int | None, after: Mapping[str, Sequence[int]]) -> int:
    """Return over how many periods effects are averaged, or say which zone has not so many."""
    fewest = min((len(periods) for periods in after.values()), default=0)
    wanted = max(1, fewest) if length is None else whole_number(length, "length")
    if wanted < 1:
        raise UsageError(f"length is {length}.", allowed="1, 2, 3, ... observed periods from each zone's start")
    for zone, periods in after.items():
        if len(periods) < wanted:
            raise MethodError(
                f"the data have {len(periods)} of {wanted} periods from the start of {zone!r} on.",
                allowed="a length that every zone has",
                todo="shorten it, bring later figures, or leave the zone out",
            )
    return wanted
