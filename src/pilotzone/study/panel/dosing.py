"""The table of a panel study that says how large each unit's treatment was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from pilotzone.core import StudyError
from pilotzone.study.runs.fields import LARGEST, Margin, Number, StrictModel, Text, Whole

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pilotzone.evaluation.dose import DoseDesign

__all__ = ["DoseSpec", "check_dose"]

_CUBIC = 3


class DoseSpec(StrictModel):
    """How large treatment was for each unit: a column of the panel, and what is assumed to tell its effect.

    `unit` and `scale` say what effects are told per: with doses in USD million, ``unit = "USD 1 bn"`` and
    ``scale = 1000``.
    """

    column: Text
    what: str = ""
    unit: Text = "unit of dose"
    scale: Number = Field(default=1.0, gt=0, le=LARGEST)
    column_unit: str = ""
    source: str = ""
    assumption: Literal["parallel", "strong"] = "parallel"
    basis: Literal["spline", "bins"] = "spline"
    degree: Whole = Field(default=_CUBIC, ge=1, le=5)
    knots: Whole = Field(default=0, ge=0, le=20)
    bins: Whole | None = Field(default=None, ge=1, le=50)
    comparison: Literal["none", "low", "rising"] = "none"
    lowest: Number | None = Field(default=None, gt=0, le=LARGEST)
    margins: dict[str, Margin] = Field(default_factory=dict)
    why_margins: str = ""

    @model_validator(mode="after")
    def _of_a_piece(self) -> Self:
        if self.bins is not None and self.basis != "bins":
            raise StudyError("dose.bins goes with dose.basis = 'bins', and only with it.")
        if self.knots and self.basis != "spline":
            raise StudyError("dose.knots goes with dose.basis = 'spline', and only with it.")
        if self.degree != _CUBIC and self.basis != "spline":
            raise StudyError("dose.degree goes with dose.basis = 'spline', and only with it.")
        if self.lowest is not None and self.comparison != "low":
            raise StudyError("dose.lowest goes with dose.comparison = 'low', and only with it.")
        if self.why_margins and not self.margins:
            raise StudyError("dose.why_margins goes with dose.margins, and only with them.")
        return self

    def design(self, anticipation: int, level: float, seed: int) -> DoseDesign:
        """Return the design, with anticipation, level and seed of the study."""
        from pilotzone.evaluation.dose import DoseDesign, DoseWords

        return DoseDesign(
            "strong_parallel_trends" if self.assumption == "strong" else "parallel_trends",
            basis=self.basis,
            degree=self.degree,
            knots=self.knots,
            bins=self.bins,
            controls=_CONTROLS[self.comparison],
            lowest=self.lowest,
            anticipation=anticipation,
            level=level,
            seed=seed,
            words=DoseWords(
                never="dose.comparison = 'none'",
                rising="dose.comparison = 'rising'",
                lowest="dose.comparison = 'low'",
                bins="dose.basis = 'bins'",
                fewer="take fewer bins (dose.bins)",
                simpler="lower dose.degree or leave out dose.knots",
                without="leave [dose] out",
                divide="leave [dose] out and divide the effect by the dose",
            ),
        )


_CONTROLS: dict[str, Literal["never_treated", "lowest_dose", "not_yet_treated"]] = {
    "none": "never_treated",
    "low": "lowest_dose",
    "rising": "not_yet_treated",
}


def check_dose(
    dose: DoseSpec, others: Mapping[str, bool], taken: Collection[str | None], claimed: Sequence[str]
) -> None:
    """Refuse what effects by dose do not go with.

    Parameters
    ----------
    dose
        The table.
    others
        Keys that it does not go with, each with whether it is given.
    taken
        Columns that are something else.
    claimed
        Outcomes that have a role.

    Raises
    ------
    StudyError
        Naming what is at fault.
    """
    given = next((key for key, there in others.items() if there), None)
    if given is not None:
        raise StudyError(
            f"dose.column is given, and {given} is as well.",
            allowed="effects by dose of a panel in a file, over all cohorts and periods, with clusters",
            todo="leave one of the two out",
        )
    if dose.column in taken:
        raise StudyError(
            f"dose.column is {dose.column!r}, which is a column of something else.",
            allowed="a column with the dose of each unit, the same in all its periods; zero if never treated",
        )
    stray = [name for name in dose.margins if name not in claimed]
    missing = [name for name in claimed if dose.margins and name not in dose.margins]
    if stray or missing:
        names = ", ".join(repr(name) for name in stray or missing)
        raise StudyError(
            f"dose.margins {'names' if stray else 'lacks'} {names}.",
            allowed="a margin per unit of dose for each outcome that has a role, or none at all",
        )
