"""What a plan answers: what can be detected with a sample, and which sample is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.core import Result, Table

if TYPE_CHECKING:
    from pilotzone.core import Outcome
    from pilotzone.judgement.power import VerdictPower

__all__ = ["Detectable", "DetectableEffects", "SampleNeeded"]


@dataclass(frozen=True)
class Detectable:
    """What can be detected on one outcome.

    Attributes
    ----------
    outcome
        The outcome.
    alone
        For a development outcome, the smallest true effect that its test shows with the power asked for; for a
        safeguard the smallest margin beyond which its test excludes harm. In readable units.
    whole
        The same where all parts of the claim are to reject together, other outcomes as planned; ``None`` where none
        is large enough.
    limit
        The probability that the rest of the claim rejects, which no size of this outcome can raise.
    """

    outcome: Outcome
    alone: float
    whole: float | None
    limit: float

    @property
    def what(self) -> str:
        """Whether a gain or a margin is meant."""
        return "gain" if self.outcome.role == "development" else "margin"


@dataclass(frozen=True)
class DetectableEffects(Result):
    """The smallest gains that can be shown, and the smallest margins beyond which harm can be excluded.

    Attributes
    ----------
    rows
        One per outcome of the claim, development first.
    power
        Probability with which that is so.
    treated, controls
        Units, or clusters, on either side.
    """

    rows: tuple[Detectable, ...]
    power: float
    treated: int
    controls: int

    def of(self, outcome: str) -> Detectable:
        """Return the row of an outcome, which must be one of the claim."""
        return next(row for row in self.rows if row.outcome.name == outcome)

    def to_table(self) -> Table:
        """Return one row per outcome, in readable units."""
        names = ("outcome", "role", "what", "alone", "whole_verdict", "unit", "limit")
        rows = [
            (
                row.outcome.name,
                row.outcome.role,
                row.what,
                row.alone,
                row.whole,
                row.outcome.display_unit,
                row.limit,
            )
            for row in self.rows
        ]
        title = f"Detectable with power {self.power:g}: {self.treated:,} treated, {self.controls:,} controls"
        return Table.from_rows(names, rows, title=title)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data for JSON."""
        return {
            "power": self.power,
            "treated": self.treated,
            "controls": self.controls,
            "outcomes": self.to_table().records(),
        }


@dataclass(frozen=True)
class SampleNeeded(Result):
    """The smallest sample with which the whole verdict has the power asked for.

    Attributes
    ----------
    treated, controls
        How many are needed on either side.
    drawn
        What is drawn: units or clusters.
    expected
        How often each verdict comes out with them.
    """

    treated: int
    controls: int
    drawn: str
    expected: VerdictPower

    def to_table(self) -> Table:
        """Return one row: how many are needed on either side, of what, and the power with them."""
        names = ("drawn", "treated", "controls", "power", "development", "safeguards")
        told = self.expected
        row = (self.drawn, self.treated, self.controls, told.power, told.development, told.safeguards)
        return Table.from_rows(
            names, [row], title=f"Smallest sample: {self.treated:,} treated, {self.controls:,} controls"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data for JSON."""
        return {"drawn": self.drawn, **self.expected.to_dict()}
