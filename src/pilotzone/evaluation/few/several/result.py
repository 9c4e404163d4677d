"""What an evaluation of several zones leaves: the effects of each, and their mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import Glance, JointEffects, Result, SummaryRow, Table
from pilotzone.evaluation.few.result import ranked_summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    import altair as alt

    from pilotzone.core import Cell
    from pilotzone.evaluation.few.design import FewDesign
    from pilotzone.evaluation.few.outcome_fit import OutcomeFit
    from pilotzone.evaluation.few.pool import DonorDecision
    from pilotzone.evaluation.few.result import FewEffects

__all__ = ["SeveralEffects"]


@dataclass(frozen=True, eq=False)
class SeveralEffects(Result):
    """Effects of several zones, each by itself and their mean.

    Attributes
    ----------
    name
        Name of the design.
    designs
        One per zone, by date.
    joint
        The mean effects over the zones, with placebos over assignments; what `judge` reads.
    parts
        The effects of each zone by itself, in the order of `designs`, the other zones kept out of its pool; each named
        for its zone.
    notes
        What a reader should know of the assignments and of periods left out.
    """

    name: str
    designs: tuple[FewDesign, ...]
    joint: JointEffects
    parts: tuple[FewEffects, ...]
    notes: tuple[str, ...] = ()

    @property
    def fits(self) -> tuple[OutcomeFit, ...]:
        """The fits of all zones, zone by zone."""
        return tuple(fit for part in self.parts for fit in part.fits)

    @property
    def donors(self) -> tuple[DonorDecision, ...]:
        """Every unit that is not a zone, admitted or not and why; one pool serves all zones."""
        zones = {design.unit for design in self.designs}
        return tuple(decision for decision in self.parts[0].donors if decision.unit not in zones)

    def plot(
        self, outcome: str | None = None, *, labels: Mapping[str, str] | None = None
    ) -> alt.LayerChart | alt.FacetChart:
        """Return the gaps of all zones by periods since each one's start, and their mean.

        Parameters
        ----------
        outcome
            Name of the outcome, the first if left out. For a single zone see the ``plot`` of one of `parts`.
        labels
            Zone to the words for it.

        Returns
        -------
        altair.LayerChart or altair.FacetChart
            It shows itself in a notebook, and ``.save("chart.png")`` writes it.

        Raises
        ------
        UsageError
            If there is no such outcome.
        """
        from pilotzone.evaluation.few.drawing import plot_zones

        name = self.joint.outcomes[0].name if outcome is None else outcome
        return plot_zones(self, self.joint.outcomes[self.joint.index(name)], dict(labels or {}))

    def to_table(self) -> Table:
        """Return the tidy table of every zone's paths, gaps and weights (see `FewEffects.to_table`).

        The mean over the zones stands in rows of its own, with the measures ``mean_gap`` and ``pre_rmspe``.
        """
        tables = [part.to_table() for part in self.parts]
        draws = self.joint.draws
        rows: list[tuple[Cell, ...]] = []
        for k, outcome in enumerate(self.joint.outcomes):
            head = (self.name, self.joint.estimator, outcome.name, self.joint.unit, True, None, None)
            rows += [
                (*head, "mean_gap", None, float(self.joint.estimate[k]), outcome.unit),
                (*head, "pre_rmspe", None, float(draws.pre_rmspe[draws.treated, k]), outcome.unit),
            ]
        return Table.from_rows(tuple(tables[0].columns), [*rows, *(row for table in tables for row in table.rows())])

    def summary(self) -> Table:
        """Return one row per outcome and zone, and one for the mean over the zones: see `FewEffects.summary`.

        `n` of a zone is how many units were ranked, that of the mean how many assignments. With treatment at different
        dates the mean's interval needs estimates under many null effects, which takes its time.
        """
        return self._summary(intervals=True)

    def glance(self) -> Glance:
        """Return the summary, without the mean's interval where that takes long."""
        table = self._summary(intervals=self.joint.draws.restate is None)
        return Glance(table.title, (), table)

    def _summary(self, *, intervals: bool) -> Table:
        from pilotzone.judgement import confidence_set

        rows: list[SummaryRow] = []
        draws = self.joint.draws
        for k, outcome in enumerate(self.joint.outcomes):
            rows += [
                part.row(outcome.name, (("zone", design.unit), ("start", design.start)))
                for design, part in zip(self.designs, self.parts, strict=True)
            ]
            interval = confidence_set(self.joint, outcome.name).span if intervals else (None, None)
            more = (
                ("pre_rmspe", float(draws.pre_rmspe[draws.treated, k])),
                ("largest_weight", None),
                ("identification", self.joint.identification[k].state),
            )
            effect, whose = float(self.joint.estimate[k]), (("zone", "mean"), ("start", None))
            count = len(draws.units)
            rows.append(SummaryRow(outcome, effect, None, self.joint.rank_p(k), interval, count, whose, more))
        title = f"Effects of {len(self.designs)} zones and their mean, {len(draws.units)} assignments"
        return ranked_summary(rows, self.joint, title)
