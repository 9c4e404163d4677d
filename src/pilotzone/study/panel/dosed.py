"""Effects by dose as part of the findings on many units."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotzone.evaluation.dose import DoseScale

if TYPE_CHECKING:
    from pilotzone.core import JointEffects
    from pilotzone.evaluation.dose import DoseEffects
    from pilotzone.judgement import Verdict

__all__ = ["DosePart"]


@dataclass(frozen=True, eq=False)
class DosePart:
    """Effects by dose, and how they are told.

    Attributes
    ----------
    effects
        What was estimated.
    column
        Column of the dose.
    what, column_unit
        What the dose is, and the unit of the column; may be empty.
    unit, scale
        What effects are told per, and how many units of the column that is.
    source
        Where doses come from; may be empty.
    verdict
        Verdict per unit of dose; ``None`` where there are no margins for it, or doses may not be compared.
    why_margins
        Reason for these margins.
    unused_margins
        Whether margins are given and doses may not be compared, so that no verdict uses the margins.
    """

    effects: DoseEffects
    column: str
    what: str
    column_unit: str
    unit: str
    scale: float
    source: str
    verdict: Verdict | None = field(default=None, repr=False)
    why_margins: str = ""
    unused_margins: bool = False

    @property
    def joint(self) -> JointEffects:
        """Effects per unit of dose where doses may be compared; else the mean effect of the doses that units got."""
        return self.effects.per(self.scale, self.unit) if self.effects.design.strong else self.effects.joint

    @property
    def told(self) -> DoseScale:
        """How charts and tables tell doses."""
        what = self.what or f"dose ({self.column})"
        return DoseScale(f"{what}{f', {self.column_unit}' if self.column_unit else ''}", self.scale, self.unit)
