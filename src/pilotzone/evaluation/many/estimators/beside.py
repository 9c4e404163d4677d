"""All estimators of a panel's effects beside one another, after one pass over the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import MethodError, Result, Table
from pilotzone.evaluation.many.cells.cells import Comparison
from pilotzone.evaluation.many.estimators.register import estimate_moments, estimators_of_panels
from pilotzone.evaluation.many.estimators.side import side_by_side
from pilotzone.evaluation.many.estimators.two_way import two_way, two_way_events
from pilotzone.evaluation.many.moments.kernels import MomentsKernel, stacked_columns_of
from pilotzone.evaluation.many.moments.prepared import prepared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.evaluation.many.cells.stacked import StackedColumns
    from pilotzone.evaluation.many.estimators.aggregates import AggregateKind, Shares
    from pilotzone.evaluation.many.estimators.coefficients import EventCoefficients
    from pilotzone.evaluation.many.estimators.effects import GroupTimeEffects
    from pilotzone.evaluation.many.estimators.two_way import TwoWayWarning
    from pilotzone.evaluation.many.moments.moments import CohortMoments
    from pilotzone.store import Engine

__all__ = ["Beside", "beside_of", "estimators_beside"]


@dataclass(frozen=True, eq=False)
class Beside(Result):
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
    kernel = MomentsKernel(stacked_columns_of(facts), facts.periods)
    return beside_of(panel.carry(kernel), kernel.layout, comparison)


def beside_of(moments: CohortMoments, layout: StackedColumns, comparison: Comparison) -> Beside:
    """Return what `estimators_beside` does, from moments that are there already."""
    effects: dict[str, GroupTimeEffects] = {}
    missing: dict[str, str] = {}
    for record in estimators_of_panels():
        try:
            effects[record.label] = estimate_moments(moments, layout, comparison, record.name)
        except MethodError as error:
            missing[record.label] = error.what
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
        missing["two-way fixed effects"] = error.what
    return Beside(effects, warning, events, missing)
