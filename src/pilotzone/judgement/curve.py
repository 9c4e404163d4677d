"""One verdict under many specifications: how often each label comes out (Simonsohn, Simmons and Nelson 2020)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pilotzone.core import Glance, Result, Table

if TYPE_CHECKING:
    from pilotzone.core import Cell, CheckState, Grade, Outcome, Statistic, VerdictLabel

__all__ = ["Family", "Specification", "SpecificationCurve"]

Family = Literal["main", "one donor out", "two donors out", "window and anticipation"]
"""What a specification changes of the main design; each is judged by both statistics, or by conformal p-values."""


@dataclass(frozen=True)
class Specification:
    """One specification and its verdict.

    Attributes
    ----------
    family
        What is changed.
    left_out
        Donors left out, who then are not placebos either.
    window, anticipation
        First and last period of the effect; periods before the start that belong to neither side.
    statistic
        Placebo statistic behind the ranks; ``None`` where conformal p-values decide.
    label, grade
        The verdict, and how it holds.
    p_claim, p_development, p_safeguards
        p-values of the whole claim and of its parts.
    effects
        Mean gap of each outcome, in its own scale.
    states
        State of the diagnostics of each outcome, which decide nothing.
    """

    family: Family
    left_out: tuple[str, ...]
    window: tuple[int, int]
    anticipation: int
    statistic: Statistic | None
    label: VerdictLabel
    grade: Grade | None
    p_claim: float
    p_development: float
    p_safeguards: float
    effects: tuple[float, ...]
    states: tuple[CheckState, ...]


@dataclass(frozen=True)
class SpecificationCurve(Result):
    """Verdicts over all specifications that could be estimated.

    Attributes
    ----------
    outcomes
        Outcomes of the claim, in the order of each specification's effects.
    specifications
        The main one first, by the statistic that was fixed; each specification stands there once per statistic, and
        once where conformal p-values decide.
    skipped
        What could not be estimated, and why.
    notes
        What a reader should know, such as pairs of donors that were not tried.
    """

    outcomes: tuple[Outcome, ...]
    specifications: tuple[Specification, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def counts(self) -> dict[VerdictLabel, int]:
        """Return how often each label comes out, the most frequent first."""
        return dict(Counter(item.label for item in self.specifications).most_common())

    @property
    def same_as_main(self) -> float:
        """Share of the other specifications whose label is the main one's."""
        main, *others = self.specifications
        return sum(item.label == main.label for item in others) / len(others) if others else 1.0

    def label_table(self) -> Table:
        """Return labels by what was changed and by statistic, with how often each came out."""
        counted = Counter((item.family, item.statistic, item.label) for item in self.specifications)
        totals = Counter((item.family, item.statistic) for item in self.specifications)
        rows: list[tuple[Cell, ...]] = [
            (family, statistic, label, count, count / totals[family, statistic])
            for (family, statistic, label), count in counted.items()
        ]
        return Table.from_rows(
            ("family", "statistic", "label", "count", "share"), rows, title="Verdicts over specifications"
        )

    def to_table(self) -> Table:
        """Return one row per specification, with the effect on and the diagnostics of each outcome."""
        names = ["family", "left_out", "window_first", "window_last", "anticipation", "statistic", "label", "grade"]
        names += ["p_claim", "p_development", "p_safeguards"]
        names += [f"effect_{outcome.name}" for outcome in self.outcomes]
        names += [f"diagnostics_{outcome.name}" for outcome in self.outcomes]
        rows: list[tuple[Cell, ...]] = [
            (
                item.family,
                ", ".join(item.left_out),
                *item.window,
                item.anticipation,
                item.statistic,
                item.label,
                item.grade,
                item.p_claim,
                item.p_development,
                item.p_safeguards,
                *item.effects,
                *item.states,
            )
            for item in self.specifications
        ]
        return Table.from_rows(names, rows, title="Specification curve")

    def summary(self) -> Table:
        """Return `label_table`."""
        return self.label_table()

    def glance(self) -> Glance:
        """Return how often the main verdict comes out again, and the verdicts."""
        count = len(self.specifications)
        title = f"{count:,} specifications; {self.same_as_main:.0%} of the others have the main verdict"
        return Glance(title, self.notes, self.label_table())

    def to_dict(self) -> dict[str, Any]:
        """Return the curve as plain data for JSON."""
        return {
            "labels": dict(self.counts()),
            "same_as_main": self.same_as_main,
            "specifications": self.to_table().records(),
            "skipped": [{"what": what, "why": why} for what, why in self.skipped],
            "notes": list(self.notes),
        }
