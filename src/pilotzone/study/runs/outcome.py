"""An outcome as a study file declares it."""

from __future__ import annotations

from pilotzone.core import Direction, Outcome, Role, Scale
from pilotzone.study.runs.fields import Margin, StrictModel, Text

__all__ = ["DeclaredOutcome"]


class DeclaredOutcome(StrictModel):
    """What is affected, with role and margin where it is part of the claim."""

    name: Text
    role: Role | None = None
    good: Direction = "up"
    margin: Margin | None = None
    scale: Scale | None = None
    label: str = ""
    unit: Text | None = None
    why_margin: str = ""

    def outcome(self) -> Outcome:
        """Return it as an outcome."""
        return Outcome.written(self.name, self.role, self.good, self.margin, self.scale, self.label, self.unit)
