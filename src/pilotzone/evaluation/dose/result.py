"""What an evaluation by dose found: effects, tests before treatment, and joint effects for a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import (
    EffectCovariance,
    Glance,
    JointEffects,
    Outcome,
    Result,
    Table,
    UsageError,
    check_choice,
    listing,
)
from pilotzone.evaluation.dose.design import ASSUMPTION_WORDS
from pilotzone.evaluation.dose.pretrends import identified
from pilotzone.evaluation.dose.rows import Quantity, curves_before
from pilotzone.evaluation.dose.spread import degrees_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import altair as alt

    from pilotzone.evaluation.dose.design import DoseAssumption, DoseDesign
    from pilotzone.evaluation.dose.fit import DoseFit
    from pilotzone.evaluation.dose.pretrends import DosePreTrends
    from pilotzone.evaluation.dose.rows import DoseEffect, Sums
    from pilotzone.evaluation.dose.spread import Spread

__all__ = ["DoseEffects", "DoseView", "check_per"]

DoseView = Literal["curve", "events", "before"]
"""Effects over doses or over time since treatment, or placebo effects over doses."""

_WHAT = {
    "level": "effect of the doses that units got",
    "per_dose": "mean effect over mean dose",
    "slope": "rise of the effect with the dose",
}


@dataclass(frozen=True, eq=False)
class DoseEffects(Result):
    """Effects of a treatment with doses, on all outcomes jointly.

    Attributes
    ----------
    design
        How they were estimated.
    outcomes
        K outcomes.
    rows
        Effects with intervals and bands: means, curves over doses, and events.
    pre_trends
        Tests in placebo periods by outcome; none where there is only one period before treatment.
    start, window
        First treated period, and the periods of treatment.
    cohorts
        How many cohorts effects are the mean of.
    notes
        What a reader has to know, a sentence each.
    fit, spread, sums
        Estimates, their covariance, and effects as sums of them.
    """

    design: DoseDesign
    outcomes: tuple[Outcome, ...]
    rows: tuple[DoseEffect, ...]
    pre_trends: tuple[DosePreTrends, ...]
    start: int
    window: tuple[int, ...]
    cohorts: int
    notes: tuple[str, ...]
    fit: DoseFit = field(repr=False)
    spread: Spread = field(repr=False)
    sums: Sums = field(repr=False)

    @property
    def assumption(self) -> DoseAssumption:
        """What effects are causal under."""
        return self.design.assumption

    @property
    def assumption_words(self) -> str:
        """The same in words, as labels print it."""
        return ASSUMPTION_WORDS[self.assumption]

    @cached_property
    def before(self) -> tuple[DoseEffect, ...]:
        """Mean placebo effects before treatment, by outcome and dose; empty with one period before treatment only."""
        grid = [row.dose for row in self.select(self.outcomes[0].name, "level", "curve") if row.dose is not None]
        return curves_before(self.fit, self.spread, np.array(grid), self.outcomes, self.design)

    @property
    def joint(self) -> JointEffects:
        """The mean effect of the doses that units got, for a verdict (`per` gives others)."""
        return self._joint("level", 1.0, "")

    def per(self, units: float = 1.0, unit: str = "unit of dose", quantity: Quantity = "slope") -> JointEffects:
        """Return effects per so many units of dose on all outcomes jointly, for a verdict.

        Parameters
        ----------
        units
            How many units of dose: 1000 for "per USD 1 bn" where doses are in USD million.
        unit
            What so many are called, for labels: ``USD 1 bn``.
        quantity
            ``slope``, the mean rise of the effect with the dose, which needs ``strong_parallel_trends``; or
            ``per_dose``, the mean effect over the mean dose, which says what was had for each unit of dose and nothing
            on more or less of it.

        Returns
        -------
        JointEffects
            Margins of outcomes are taken to be per as many units as well.

        Raises
        ------
        UsageError
            If slopes are asked for where only ``parallel_trends`` are assumed, or `units` is not a number above zero.
        """
        check_choice(quantity, Quantity, "quantity")
        if quantity == "level":
            raise UsageError("quantity is 'level'.", allowed="'slope' or 'per_dose'", todo="take .joint for levels")
        if quantity == "slope" and not self.design.strong:
            raise UsageError(
                "effects per unit of dose by slopes are asked for, and the assumption is 'parallel_trends'.",
                allowed="assumption='strong_parallel_trends', or quantity='per_dose'",
                todo="decide whether units that got other doses would have gained alike; no test can tell",
            )
        return self._joint(quantity, check_per(units), unit)

    def _joint(self, quantity: Quantity, per: float, unit: str) -> JointEffects:
        at = [self.sums.where(outcome=k, quantity=quantity)["mean"][0] for k in range(len(self.outcomes))]
        rows = self.sums.rows[at] * per
        degrees = degrees_of(self.fit, self.spread, rows, [self.sums.kinds[r] for r in at])
        least = float(degrees.min())
        words = f"{_WHAT[quantity]}{f', per {unit}' if unit else ''}, {self.assumption_words}"
        covariance = EffectCovariance(
            rows @ self.spread.covariance @ rows.T,
            drawn=self.fit.units.drawn,
            treated=self.spread.treated,
            controls=self.spread.controls,
            degrees=None if math.isinf(least) else least,
            method=f"{words}; influence functions of {self.fit.units.drawn}",
        )
        tests = {item.outcome: item for item in self.pre_trends}
        treated = sum(len(self.fit.groups[g].units) for g in self.fit.regressions)
        outcomes = tuple(
            replace(item, label=f"{item.title} per {unit}" if unit else item.label) for item in self.outcomes
        )
        return JointEffects(
            unit=f"{treated:,} units in {self.cohorts} {'cohort' if self.cohorts == 1 else 'cohorts'}: {words}",
            start=self.start,
            window=self.window,
            estimator="continuous_dose",
            outcomes=outcomes,
            estimate=np.asarray(self.sums.estimate[at] * per, dtype=np.float64),
            covariance=covariance,
            identification=tuple(
                identified(self.sums, self.spread, (k, item), quantity, per, tests.get(item.name))
                for k, item in enumerate(outcomes)
            ),
        )

    def select(
        self, outcome: str | None = None, quantity: Quantity | None = None, of: str | None = None
    ) -> tuple[DoseEffect, ...]:
        """Return some effects: of an outcome, a quantity, and of ``mean``, ``curve`` or ``events``.

        Raises
        ------
        UsageError
            If there are no such effects.
        """
        kinds = {"mean": (True, True), "curve": (False, True), "events": (True, False)}
        if of is not None and of not in kinds:
            raise UsageError(f"of is {of!r}.", allowed=listing([repr(kind) for kind in kinds]))
        found = tuple(
            row
            for row in self.rows
            if outcome in {None, row.outcome.name}
            and quantity in {None, row.quantity}
            and (of is None or (row.dose is None, row.event is None) == kinds[of])
        )
        if not found:
            given = sorted({repr(row.quantity) for row in self.rows})
            raise UsageError(
                f"there is no effect on {outcome!r} of quantity {quantity!r}.",
                allowed=f"outcomes {listing([item.name for item in self.outcomes])}; quantities {listing(given)};"
                " slopes need assumption='strong_parallel_trends'",
            )
        return found

    def to_table(self, *others: Sequence[DoseEffect]) -> Table:
        """Return one row per effect, in readable units, with its assumption; `others` come last, such as `before`."""
        rows = (*self.rows, *(row for part in others for row in part))
        return _table(rows, f"Effects by dose, {self.assumption_words}")

    def summary(self) -> Table:
        """Return the means over the treated units."""
        return _table(self.select(of="mean"), f"Effects by dose, {self.assumption_words}")

    def plot(
        self, outcome: str | None = None, of: DoseView = "curve", quantity: Quantity = "level"
    ) -> alt.LayerChart | alt.FacetChart:
        """Return a chart of the effects on one outcome.

        Parameters
        ----------
        outcome
            Name of the outcome, the first if left out.
        of
            ``curve``, over doses; ``events``, over time since treatment; or ``before``, placebo effects over doses.
        quantity
            ``level`` or, but not before treatment, ``slope``, which needs ``strong_parallel_trends``.

        Returns
        -------
        altair.LayerChart or altair.FacetChart
            It shows itself in a notebook, and ``.save("chart.png")`` writes it.

        Raises
        ------
        UsageError
            If there are no such effects.
        """
        from pilotzone.evaluation.dose.drawing import dose_figure
        from pilotzone.report import drawn

        check_choice(of, DoseView, "of")
        named = self.outcomes[0].name if outcome is None else outcome
        if of == "before":
            self.select(named, "level")  # names what there is
            rows = tuple(row for row in self.before if row.outcome.name == named)
            if not rows or quantity != "level":
                raise UsageError(
                    "there are no such effects before treatment.",
                    allowed="quantity='level', with two periods or more before treatment",
                )
        else:
            rows = self.select(named, quantity, of)
        figure = dose_figure(rows, self.design)
        return drawn(figure.chart, figure.title, (figure.note,))

    def glance(self) -> Glance:
        """Return what `repr` and a notebook show."""
        table = self.summary()
        return Glance(table.title, self.notes, table)


def _table(rows: tuple[DoseEffect, ...], title: str) -> Table:
    names = ("outcome", "quantity", "dose", "event", "effect", "low", "high", "band_low", "band_high", "effect_unit")
    cells = [
        (
            row.outcome.title,
            row.quantity,
            row.dose,
            row.event,
            *(None if value is None else row.outcome.display(value) for value in _ends(row)),
            row.outcome.display_unit if row.quantity == "level" else _per_unit(row.outcome),
            row.estimate,
            row.se,
            row.p,
            row.label,
        )
        for row in rows
    ]
    return Table.from_rows((*names, "estimate", "se", "p", "label"), cells, title=title)


def _ends(row: DoseEffect) -> tuple[float | None, ...]:
    return row.estimate, row.low, row.high, row.band_low, row.band_high


def _per_unit(outcome: Outcome) -> str:
    return "per unit of dose" if outcome.display_unit == "1" else f"{outcome.display_unit} per unit of dose"


def check_per(units: object, name: str = "units") -> float:
    """Return an amount of dose; anything else than a number above zero is refused."""
    number = isinstance(units, int | float) and not isinstance(units, bool)
    if not number or not isinstance(units, int | float) or not 0 < units < math.inf:
        raise UsageError(f"{name} is {units!r}.", allowed="an amount of dose above zero, such as 1000")
    return float(units)
