"""The front door for one zone: synthetic control on a panel or a table, placebos and checks included."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from warnings import warn

from pilotzone.core import Outcome, Panel, UsageError, in_frequency
from pilotzone.evaluation.few.design import FewDesign, whole_period
from pilotzone.evaluation.few.doubt import left_out_for, refuse_doubts
from pilotzone.evaluation.few.doubts import doubts_of
from pilotzone.evaluation.few.estimate import estimate_few
from pilotzone.evaluation.few.predictors.characteristics import Predictor

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from pilotzone.core import Estimator, PoolRule
    from pilotzone.evaluation.few.predictors.characteristics import Importance
    from pilotzone.evaluation.few.result import FewEffects

__all__ = ["one_name", "reasons_of", "settled", "synthetic_control"]

_KEY = re.compile(r",\s*(role|good|margin|scale|label|unit)\s*=")
"""In a text that says more of an outcome than its name."""


def synthetic_control(  # noqa: PLR0913 - a front door: every choice of the design by its name, all keyword-only
    panel: Panel | Any,  # noqa: ANN401 - any table that the door of `gather` admits
    outcomes: str | Outcome | Sequence[str | Outcome],
    *,
    treated: str,
    start: int | str | dt.date,
    window: tuple[int | str | dt.date, int | str | dt.date] | None = None,
    anticipation: int = 0,
    pre_from: int | str | dt.date | None = None,
    estimator: Estimator = "sc",
    pools: PoolRule = "symmetric",
    predictors: str | Predictor | Sequence[str | Predictor] = (),
    importance: Importance | Sequence[float] = "validation",
    excluded: Mapping[str, str] | Sequence[str] | None = None,
    unit: str = "unit",
    time: str = "period",
    period: str | None = None,
) -> FewEffects:
    """Estimate the effect of one zone by synthetic control, with all placebos and diagnostics.

    Parameters
    ----------
    panel
        A `Panel`, or anything that `read_panel` accepts: the path of a file, or a pandas, polars or Arrow table.
    outcomes
        One or several series that the zone may affect. A name alone means a level: the effect is in the unit of the
        series, and up is good. ``"log_gdp,scale=log"`` means a logarithm: the effect is in percent. A verdict also
        needs role and margin: ``"log_gdp,role=development,margin=5%"``, or `Outcome` objects.
    treated
        The treated unit.
    start
        First treated period: an integer, or a quarter, month, week or day as text or date, such as ``"2016-03"``.
    window
        First and last period over which the effect is averaged. Default: from `start` to the last period.
    anticipation
        Number of observed periods before `start` that count neither as before nor as after.
    pre_from
        First period used for fitting. Default: the first period of the treated unit.
    estimator
        ``sc`` (Abadie, Diamond and Hainmueller 2010, on outcomes alone), ``sc_intercept`` (with a level shift; what a
        study file of a zone takes where it names none), ``sdid`` (Arkhangelsky and others 2021; with
        ``pools="exclude_treated"``), ``asc`` (ridge-augmented, Ben-Michael, Feller and Rothstein 2021; weights may be
        negative), ``sc_shared`` (with a level shift, and one set of weights for all outcomes; Sun, Ben-Michael and
        Feller 2025) or ``sc_predictors`` (Abadie, Diamond and Hainmueller 2015). Matrix completion (``mc``) is refused
        because it has no donor weights; `compare_estimators` reports it beside the others.
    pools
        ``symmetric`` (placebo ranks are exact) or ``exclude_treated`` (approximate).
    predictors
        Series or `Predictor` objects that ``sc_predictors`` is fitted on. Other estimators take none.
    importance
        Weight of each predictor: chosen by ``validation`` or ``in_sample``, or one positive number per predictor (see
        `FewDesign`).
    excluded
        Units that must not be donors, or a mapping from unit to reason.
    unit, time
        Names of the columns of unit and period, if `panel` is a table.
    period
        Former name of `time`; version 0.3 will remove it.

    Returns
    -------
    FewEffects
        Effects, placebos, weights and identification. It prints effect, placebo p and interval; `plot` draws the paths,
        and `to_frame` gives the tidy table. `judge`, `confidence_set` and related functions accept it directly.

    Raises
    ------
    UsageError
        If names or options are unknown or contradict each other.
    DataError
        If the table has a form that cannot be read.
    MethodError
        If the data do not allow the design.

    Notes
    -----
    Figures of the zone that cannot be real measurements also raise `MethodError`: values carried forward into the
    window, interpolated over it, all equal, or a thousand times too large by a slip of units. Donors with such figures
    are left out, counted once, or mentioned in `notes`.

    Examples
    --------
    >>> import numpy as np
    >>> paths = {"unit": [], "period": [], "y": []}
    >>> for k, name in enumerate("ABCDEF"):
    ...     for year in range(2001, 2011):
    ...         paths["unit"].append(name)
    ...         paths["period"].append(year)
    ...         paths["y"].append(k * (year - 2000) + (1.0 if name == "C" and year >= 2008 else 0.0))
    >>> import pandas as pd
    >>> effects = synthetic_control(pd.DataFrame(paths), "y", unit="unit", time="period", treated="C", start=2008)
    >>> round(float(effects.joint.estimate[0]), 6)
    1.0
    """
    given = _listed(predictors, str | Predictor, "predictors", "series names or Predictor specifications, in a list")
    fitted_on = tuple(Predictor(item) if isinstance(item, str) else item for item in given)
    besides = [item.name for item in fitted_on]
    known, specs = settled(panel, outcomes, unit=unit, time=one_name(time, period), besides=besides)
    first = _period(start, known, "start")
    design = FewDesign(
        treated,
        start=first,
        # Where the data end before the start, the window does so too late, and it is said of the data.
        window=(first, max(first, *known.periods)) if window is None else _dated(window, known),
        anticipation=anticipation,
        pre_from=None if pre_from is None else _period(pre_from, known, "pre_from"),
        estimator=estimator,
        pools=pools,
        predictors=fitted_on,
        importance=importance,  # type: ignore[arg-type]  # the design settles it
    )
    reasons = reasons_of(excluded)
    doubts = doubts_of(known, specs, [design], reasons)
    refuse_doubts(doubts, known.label)
    effects = estimate_few(known, specs, design, excluded=reasons | left_out_for(doubts))
    return replace(effects, notes=(*known.told, *effects.notes, *(item.told(known.label) for item in doubts)))


def _period(given: object, panel: Panel, what: str) -> int:
    return in_frequency(whole_period(given, what), panel.frequency, what)


def _dated(window: Any, panel: Panel) -> Any:  # noqa: ANN401 - what is not a pair of periods, the design refuses
    pair = window if isinstance(window, tuple | list) else ()
    return tuple(_period(item, panel, "the window") for item in pair) if len(pair) == 2 else window  # noqa: PLR2004


def settled(
    panel: Panel | Any,  # noqa: ANN401 - any table that the door of `gather` admits
    outcomes: str | Outcome | Sequence[str | Outcome],
    *,
    unit: str,
    time: str,
    besides: Sequence[str] = (),
) -> tuple[Panel, list[Outcome]]:
    """Return what a front door was given as a panel, other series besides, and specifications of its outcomes."""
    given = _listed(outcomes, str | Outcome, "outcomes", "series names or Outcome specifications, in a list or alone")
    named = [Outcome.parse(item) if isinstance(item, str) and _KEY.search(item) else item for item in given]
    if not isinstance(panel, Panel):
        from pilotzone.gather import read_panel

        units = {item.name: item.unit for item in named if isinstance(item, Outcome)}
        names = dict.fromkeys((item for item in named if isinstance(item, str)), "1")
        names |= {item: "1" for item in besides if item not in units}
        panel = read_panel(panel, unit=unit, period=time, units_of_measure=units | names)
    return panel, [item if isinstance(item, Outcome) else _plain(panel, item) for item in named]


def one_name(time: str, period: str | None) -> str:
    """Return the column of periods, which was called `period` in version 0.1."""
    if period is None:
        return time
    warn("period is now called time, as in evaluate; period goes with version 0.3.", DeprecationWarning, stacklevel=3)
    return period


def reasons_of(excluded: Mapping[str, str] | Sequence[str] | None) -> dict[str, str]:
    """Return why each unit is excluded, as a front door was given it."""
    if isinstance(excluded, Mapping):
        return dict(excluded)
    units = () if excluded is None else _listed(excluded, str, "excluded", "units, or a mapping from unit to reason")
    return dict.fromkeys(units, "excluded by the user")


def _listed(given: Any, kind: Any, name: str, allowed: str) -> list[Any]:  # noqa: ANN401 - whatever a caller gave
    """Return one thing or several as a list, or say that they are not of the kind."""
    items = [given] if isinstance(given, kind) else list(given) if isinstance(given, Iterable) else [given]
    odd = [item for item in items if not isinstance(item, kind)]
    if odd:
        raise UsageError(f"{name} holds {odd[0]!r}.", allowed=allowed)
    return items


def _plain(panel: Panel, name: str) -> Outcome:
    """Return an outcome that is not part of a claim, for a series given by name."""
    panel.matrix(name)
    info = panel.series[name]
    return Outcome(name, role=None, good="up", margin=None, scale="level", label=info.label, unit=info.unit)
