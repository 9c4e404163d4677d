"""Who pays and who gains, on one page: every line of the account at its present value, a column for each party."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.appraisal.burdens import Burdens
from pilotzone.appraisal.cashflow import PARTIES, CashFlows, Party
from pilotzone.appraisal.rates import npv
from pilotzone.core import Result, Table, check_choice

if TYPE_CHECKING:
    import altair as alt

__all__ = ["Payers", "who_pays"]


@dataclass(frozen=True, eq=False)
class Payers(Result):
    """Present values by line and party.

    Attributes
    ----------
    flows
        The account.
    rate
        Real, a year.
    burdens
        What others bear beside it; not added up, since years and standing differ.
    """

    flows: CashFlows
    rate: float
    burdens: Burdens | None = None

    def to_table(self) -> Table:
        """Return a row for each line, and the net present values; gains are above zero."""
        rows = []
        for line in self.flows.lines:
            value = npv(self.rate, self.flows.amounts(line))
            # Zero added, so that nobody who is not concerned has a minus zero.
            parts = [line.sign(party) * value + 0.0 for party in PARTIES]
            rows.append(
                (line.name, "transfer" if line.transfer else "resource", *parts, 0.0 if line.transfer else value)
            )
        totals = [self.flows.npv(party, self.rate) for party in PARTIES]
        rows.append(("net present value", "", *totals, self.flows.npv(None, self.rate)))
        names = ["line", "nature", *PARTIES, "country"]
        money = str(self.flows.prices)
        beside = [line.name for line in self.burdens.lines if not line.in_accounts] if self.burdens else []
        note = f"Present values at {self.rate:.2%} real, {money}; gains above zero, costs below."
        if beside:
            note += f" Beside it, not added up: {', '.join(beside)}."
        found = Table.from_rows(names, rows)
        return Table(
            found.columns, title="Who pays and who gains", units=dict.fromkeys((*PARTIES, "country"), money), note=note
        )

    def waterfall(self, party: Party = "operator", *, most: int = 12) -> Table:
        """Return the steps from nothing to a party's net present value: gains first, then costs, the largest first.

        Parameters
        ----------
        party
            Whose.
        most
            Steps at most: smaller ones become one, of gains and of costs apart.

        Raises
        ------
        UsageError
            If there is no such party.
        """
        check_choice(party, Party, "the party")
        values = [
            (line.name, line.sign(party) * npv(self.rate, self.flows.amounts(line)))
            for line in self.flows.lines
            if line.sign(party)
        ]
        ordered = sorted((item for item in values if item[1]), key=lambda item: -abs(item[1]))
        shown, small = ordered[:most], ordered[most:]
        for name, sign in (("smaller gains", 1), ("smaller costs", -1)):
            left = sum(value for _, value in small if value * sign > 0)
            if left:
                shown.append((name, left))
        shown.sort(key=lambda item: (item[1] < 0, -abs(item[1])))
        rows, at = [], 0.0
        for name, value in shown:
            rows.append((name, value, at, at + value))
            at += value
        rows.append(("net present value", self.flows.npv(party, self.rate), 0.0, self.flows.npv(party, self.rate)))
        found = Table.from_rows(["line", "value", "from", "to"], rows)
        money = str(self.flows.prices)
        title = f"From nothing to the {party}'s net present value"
        return Table(found.columns, title=title, units=dict.fromkeys(("value", "from", "to"), money))

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return the operator's waterfall of money; ``.save("chart.png")`` writes it."""
        from pilotzone.appraisal.drawing import plot_figure, waterfall_figure

        return plot_figure(waterfall_figure(self))


def who_pays(flows: CashFlows, rate: float, burdens: Burdens | None = None) -> Payers:
    """Return the one-page account.

    Parameters
    ----------
    flows
        The project's cash flows, real.
    rate
        Real, a year, more than -1.
    burdens
        What others bear beside it.
    """
    npv(rate, flows.resource)  # a rate that is out of range is told here, and not where the table is drawn
    return Payers(flows, float(rate), burdens)
