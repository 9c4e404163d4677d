"""What a report of many units shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotzone.core import Table
    from pilotzone.evaluation.many import ManyEffects
    from pilotzone.gather import Treatment
    from pilotzone.judgement import Verdict
    from pilotzone.report import Limit
    from pilotzone.study.panel.dosed import DosePart
    from pilotzone.study.panel.placed import Placed
    from pilotzone.study.panel.varied import Variant
    from pilotzone.study.runs.breaks import Spanned
    from pilotzone.study.runs.terms import Terms

__all__ = ["EvaluationFindings"]


@dataclass(frozen=True, eq=False)
class EvaluationFindings:
    """Everything that a report of an evaluation shows.

    Attributes
    ----------
    name, title, question
        Name, title and question of the evaluation; the question may be empty.
    effects
        What was estimated.
    verdict
        What it comes to; ``None`` where outcomes have no roles and margins.
    source
        Where the figures come from.
    others
        Further tables, such as estimators side by side.
    limits
        What the data cannot answer.
    assumptions
        Choices that are neither in the evidence nor the data: (what, value, reason).
    treatment
        The state of every region, where it follows from a programme of the evidence.
    breaks
        Breaks that figures are compared across, and what follows from each.
    terms
        On what terms the figures may be used; empty for figures of one's own.
    variants
        What the study declares beside its claim: further outcomes, other designs, and what should show nothing.
    dose
        Effects by dose; ``None`` where the study has no doses.
    placed
        Shapes of the user's own for the map, with units of a panel in a file; ``None`` where the study names none.
    """

    name: str
    title: str
    effects: ManyEffects
    verdict: Verdict | None
    source: str
    question: str = ""
    others: tuple[Table, ...] = ()
    limits: tuple[Limit, ...] = ()
    assumptions: tuple[tuple[str, str, str], ...] = ()
    treatment: Treatment | None = None
    breaks: tuple[Spanned, ...] = ()
    terms: tuple[Terms, ...] = ()
    variants: tuple[Variant, ...] = ()
    dose: DosePart | None = None
    placed: Placed | None = None
