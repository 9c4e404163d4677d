"""Negative controls: the design where the zone can have no effect, at an earlier date or on another outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.judgement import default_statistic, one_sided_p
from pilotzone.report import Cell, Column, Sheet, bare_title, effect_cell, effect_text, number, p_text
from pilotzone.study.zone.zones import window_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Outcome, Statistic
    from pilotzone.evaluation.few import FewEffects

__all__ = ["ControlFindings", "control_lines", "control_records", "control_sheet"]


@dataclass(frozen=True, eq=False)
class ControlFindings:
    """What the design finds where the zone can have no effect.

    Attributes
    ----------
    name, label, why
        Identifier, words for it, and why there can be no effect.
    kind
        ``date`` or ``outcome``.
    effects
        By the main design, but for the date or the outcome.
    statistic, alpha
        As the claim has them.
    """

    name: str
    label: str
    why: str
    kind: str
    effects: FewEffects
    statistic: Statistic | None
    alpha: float

    def tests(self) -> list[tuple[Outcome, float, float, float]]:
        """Return each outcome with its mean gap, and p of an effect in the good and in the bad direction."""
        draws = self.effects.joint.draws
        which = self.statistic or default_statistic(draws)
        return [
            (
                outcome,
                float(self.effects.joint.estimate[k]),
                one_sided_p(draws, k, which, outcome.sign),
                one_sided_p(draws, k, which, -outcome.sign),
            )
            for k, outcome in enumerate(self.effects.joint.outcomes)
        ]

    def found(self, good: float, bad: float) -> bool:
        """Whether an effect is found, in either direction."""
        return min(good, bad) <= self.alpha


def control_records(controls: Sequence[ControlFindings]) -> list[dict[str, Any]]:
    """Return negative controls as plain data, one record for each and outcome."""
    return [
        {
            "name": item.name,
            "label": item.label,
            "why": item.why,
            "kind": item.kind,
            "start": item.effects.design.start,
            "window": list(item.effects.design.window),
            "outcome": outcome.name,
            "mean_gap": estimate,
            "effect": outcome.worded(estimate, signed=True),
            "p_good": good,
            "p_bad": bad,
            "units": len(item.effects.joint.draws.units),
            "found": item.found(good, bad),
        }
        for item in controls
        for outcome, estimate, good, bad in item.tests()
    ]


def control_sheet(controls: Sequence[ControlFindings]) -> Sheet:
    """Return negative controls as a table of a report."""
    columns = (
        Column("Negative control"),
        Column("Outcome"),
        Column("Window"),
        Column("Mean gap", numeric=True),
        Column("p better", numeric=True),
        Column("p worse", numeric=True),
        Column("Found"),
    )
    rows = tuple(
        (
            Cell(item.label),
            Cell(bare_title(outcome)),
            Cell(window_text(item.effects.design)),
            effect_cell(outcome, estimate),
            number(p_text(good), good),
            number(p_text(bad), bad),
            Cell("an effect" if item.found(good, bad) else "no effect"),
        )
        for item in controls
        for outcome, estimate, good, bad in item.tests()
    )
    note = (
        "The same estimator, donors, ranks and statistic where the zone can have no effect. An effect that is found "
        "here is made by the design itself, or the stated reason is wrong. Where none is found, one may be missed."
    )
    return Sheet("controls", "Negative controls", columns, rows, note)


def control_lines(controls: Sequence[ControlFindings]) -> list[str]:
    """Return one line of a terminal for each."""
    return [
        f"Negative control, {item.label}: {bare_title(outcome)} {effect_text(outcome, estimate)}, "
        f"{'an effect is found' if item.found(good, bad) else 'no effect is found'} "
        f"(p better {p_text(good)}, worse {p_text(bad)})."
        for item in controls
        for outcome, estimate, good, bad in item.tests()
    ]
