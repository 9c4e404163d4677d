"""What an evaluation of several zones leaves: the effects of each, and their mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import JointEffects, Table

if TYPE_CHECKING:
    import pandas as pd

    from pilotzone.core import Cell
    from pilotzone.evaluate.few.design import FewDesign
    from pilotzone.evaluate.few.result import DonorDecision, FewEffects, OutcomeFit

__all__ = ["SeveralEffects"]


@dataclass(frozen=True, eq=False)
class SeveralEffects:
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
        """Every unit that is no zone, admitted or not and why; one pool serves all zones."""
        zones = {design.unit for design in self.designs}
        return tuple(decision for decision in self.parts[0].donors if decision.unit not in zones)

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

    def to_frame(self) -> pd.DataFrame:
        """Return `to_table` as a pandas data frame."""
        return self.to_table().to_frame()

    def summary(self) -> Table:
        """Return one row per outcome and zone, and one for the mean over the zones."""
        rows: list[tuple[Cell, ...]] = []
        draws = self.joint.draws
        for k, outcome in enumerate(self.joint.outcomes):
            for design, part in zip(self.designs, self.parts, strict=True):
                effect = float(part.joint.estimate[k])
                fit = float(part.joint.draws.pre_rmspe[part.joint.draws.treated, k])
                state = part.joint.identification[k].state
                row = (
                    outcome.title,
                    design.unit,
                    design.start,
                    effect,
                    outcome.worded(effect, signed=True),
                    fit,
                    state,
                )
                rows.append(row)
            effect, fit = float(self.joint.estimate[k]), float(draws.pre_rmspe[draws.treated, k])
            state = self.joint.identification[k].state
            rows.append((outcome.title, "mean", None, effect, outcome.worded(effect, signed=True), fit, state))
        names = ("outcome", "zone", "start", "mean_gap", "effect", "pre_rmspe", "identification")
        title = f"Effects of {len(self.designs)} zones and their mean, {len(draws.units)} assignments"
        return Table.from_rows(names, rows, title=title)

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()
