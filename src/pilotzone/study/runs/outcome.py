"""An outcome as a study file declares it."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from pilotzone.core import Direction, Outcome, Role, Scale, StudyError
from pilotzone.study.runs.fields import Margin, StrictModel, Text

__all__ = ["DeclaredOutcome", "check_why"]


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

    @model_validator(mode="after")
    def _of_a_piece(self) -> Self:
        check_why(self.name, self.margin, self.why_margin)
        return self

    def outcome(self) -> Outcome:
        """Return it as an outcome."""
        return Outcome.written(self.name, self.role, self.good, self.margin, self.scale, self.label, self.unit)


def check_why(name: str, margin: float | str | None, why: str) -> None:
    """Refuse the reason for a margin that is not given.

    Raises
    ------
    StudyError
        Naming the outcome.
    """
    if why and margin is None:
        raise StudyError(
            f"outcome {name!r} has why_margin, and no margin.", todo="give the margin, or leave why_margin out"
        )
