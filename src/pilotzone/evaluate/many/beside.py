"""All estimators of a panel's effects beside one another, after one pass over the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import MethodError, Table
from pilotzone.evaluate.many.cells import Comparison
from pilotzone.evaluate.many.choice import estimate_moments
from pilotzone.evaluate.many.kernels import MomentsKernel, layout_of
from pilotzone.evaluate.many.prepared import prepared
from pilotzone.evaluate.many.side import side_by_side
from pilotzone.evaluate.many.two_way import two_way, two_way_events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.core import ManyEstimator
    from pilotzone.evaluate.many.aggregates import AggregateKind, Shares
    from pilotzone.evaluate.many.coefficients import EventCoefficients
    from pilotzone.evaluate.many.effects import GroupTimeEffects
    from pilotzone.evaluate.many.layout import Layout
    from pilotzone.evaluate.many.moments import CohortMoments
    from pilotzone.evaluate.many.two_way import TwoWayWarning
    from pilotzone.store import Engine

__all__ = ["Beside", "beside_of", "estimators_beside"]

_NAMES: dict[ManyEstimator, str] = {
    "callaway_santanna": "Callaway and Sant'Anna",
    "sun_abraham": "Sun and Abraham",
    "imputation": "imputation",
}


@dataclass(frozen=True, eq=False)
class Beside:
    """What each estimator says of the same panel.

    Attributes
    ----------
    effects
        Estimator's name to effects.
    two_way, two_way_events
        What two-way fixed effects would have said: a warning, no estimate; ``None`` where even that has no coefficient.
    missing
        What cannot be estimated from this panel, by name, and why.
    """

    effects: Mapping[str, GroupTimeEffects]
    two_way: TwoWayWarning | None
    two_way_events: EventCoefficients | None
    missing: Mapping[str, str]

    def to_table(self, *kinds: AggregateKind, shares: Shares = "estimated") -> Table:
        """Return the estimators side by side (see `side_by_side`); what is missing stands in the note.

        Parameters
        ----------
        kinds
            Which averages; `simple` and `dynamic` if none is given.
        shares
            Whether cohorts' shares are estimated or given.
        """
        table = side_by_side(
            self.effects, *kinds, two_way=self.two_way, two_way_events=self.two_way_events, shares=shares
        )
        said = [f"{name} cannot be estimated: {why}" for name, why in self.missing.items()]
        return Table(table.columns, title=table.title, units=table.units, note=" ".join([table.note, *said]))

    def _repr_html_(self) -> str:
        return self.to_table().to_html()


def estimators_beside(panel: Engine, comparison: Comparison | None = None) -> Beside:
    """Estimate the effects in a panel by Callaway and Sant'Anna, Sun and Abraham, and imputation, side by side.

    The data are read once. What two-way fixed effects would have said stands beside them as a warning.

    Parameters
    ----------
    panel
        What `open_panel` returns: balanced, without weights and clusters.
    comparison
        Whom to compare with whom, and when; what each estimator takes of it stands with `estimate_moments`.

    Returns
    -------
    Beside
        Effects by estimator.

    Raises
    ------
    MethodError
        If the panel is not balanced, has weights or clusters, or no estimator can estimate anything.
    """
    comparison = comparison or Comparison()
    panel = prepared(panel, comparison.anticipation)
    facts, columns = panel.facts(), panel.columns
    if not facts.balanced or columns.weight is not None or columns.cluster is not None:
        raise MethodError(
            "the panel is not balanced, or has weights or clusters.",
            allowed="each outcome for all units in each of its periods, and units drawn one by one, all alike",
            todo="evaluate such a panel by Callaway and Sant'Anna's estimator alone.",
        )
    kernel = MomentsKernel(layout_of(facts), facts.periods)
    return beside_of(panel.carry(kernel), kernel.layout, comparison)


def beside_of(moments: CohortMoments, layout: Layout, comparison: Comparison) -> Beside:
    """Return what `estimators_beside` does, from moments that are there already."""
    effects: dict[str, GroupTimeEffects] = {}
    missing: dict[str, str] = {}
    for estimator, name in _NAMES.items():
        try:
            effects[name] = estimate_moments(moments, layout, comparison, estimator)
        except MethodError as error:
            missing[name] = str(error).splitlines()[0]
    if not effects:
        raise MethodError(
            f"no estimator has an effect: {'; '.join(dict.fromkeys(missing.values()))}",
            allowed="a cohort with a period before treatment, and units to compare it with",
        )
    warning: TwoWayWarning | None = None
    events: EventCoefficients | None = None
    try:
        warning = two_way(moments, layout)
        events = two_way_events(moments, layout, anticipation=comparison.anticipation)
    except MethodError as error:
        missing["two-way fixed effects"] = str(error).splitlines()[0]
    return Beside(effects, warning, events, missing)
