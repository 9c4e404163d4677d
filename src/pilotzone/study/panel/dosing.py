"""The table of a panel study that says how large each unit's treatment was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from pilotzone.core import StudyError
from pilotzone.study.runs.fields import Margin, Number, StrictModel, Text, Whole

if TYPE_CHECKING:
    from pilotzone.evaluation.dose import DoseDesign
    from pilotzone.study.panel.file import PanelMethodSpec, PanelStudySpec

__all__ = ["DoseSpec", "check_dose"]


class DoseSpec(StrictModel):
    """How large treatment was for each unit: a column of the panel, and what is assumed to tell its effect.

    `unit` and `scale` say what effects are told per: with doses in USD million, ``unit = "USD 1 bn"`` and
    ``scale = 1000``.
    """

    column: Text
    what: str = ""
    unit: Text = "unit of dose"
    scale: Number = Field(default=1.0, gt=0)
    column_unit: str = ""
    source: str = ""
    assumption: Literal["parallel", "strong"] = "parallel"
    basis: Literal["spline", "bins"] = "spline"
    degree: Whole = Field(default=3, ge=1, le=5)
    knots: Whole = Field(default=0, ge=0, le=20)
    bins: Whole | None = Field(default=None, ge=1, le=50)
    comparison: Literal["none", "low", "rising"] = "none"
    lowest: Number | None = Field(default=None, gt=0)
    margins: dict[str, Margin] = Field(default_factory=dict)
    why_margins: str = ""

    @model_validator(mode="after")
    def _of_a_piece(self) -> Self:
        if self.bins is not None and self.basis != "bins":
            raise StudyError("dose.bins goes with dose.basis = 'bins', and only with it.")
        if self.knots and self.basis != "spline":
            raise StudyError("dose.knots goes with dose.basis = 'spline', and only with it.")
        if self.lowest is not None and self.comparison != "low":
            raise StudyError("dose.lowest goes with dose.comparison = 'low', and only with it.")
        return self

    def design(self, method: PanelMethodSpec) -> DoseDesign:
        """Return the design, with anticipation, level and seed of the study."""
        from pilotzone.evaluation.dose import DoseDesign

        return DoseDesign(
            "strong_parallel_trends" if self.assumption == "strong" else "parallel_trends",
            basis=self.basis,
            degree=self.degree,
            knots=self.knots,
            bins=self.bins,
            controls=_CONTROLS[self.comparison],
            lowest=self.lowest,
            anticipation=method.anticipation,
            level=method.level,
            seed=method.seed,
        )


_CONTROLS: dict[str, Literal["never_treated", "lowest_dose", "not_yet_treated"]] = {
    "none": "never_treated",
    "low": "lowest_dose",
    "rising": "not_yet_treated",
}


def check_dose(dose: DoseSpec, spec: PanelStudySpec) -> None:
    """Refuse what effects by dose do not go with.

    Raises
    ------
    StudyError
        Naming it.
    """
    panel, method, space = spec.panel, spec.method, spec.space
    idle = {
        "panel.source = 'bundled'": panel.source == "bundled",
        "panel.weight": panel.weight is not None,
        "panel.covariates": bool(panel.covariates),
        "panel.cross_sections": panel.cross_sections,
        "space.rings": bool(space.rings),
        "space.neighbours": space.neighbours is not None,
        "space.conley": space.conley is not None,
        "method.last_cohort": method.last_cohort is not None,
        "method.horizon": method.horizon is not None,
    }
    given = next((key for key, there in idle.items() if there), None)
    if given is not None:
        raise StudyError(
            f"dose.column is given, and {given} is as well.",
            allowed="effects by dose of a panel in a file, over all cohorts and periods, with clusters",
            todo="leave one of the two out",
        )
    taken = {panel.unit, panel.time, panel.cohort, *(item.name for item in spec.outcomes)}
    if dose.column in taken:
        raise StudyError(
            f"dose.column is {dose.column!r}, which is a column of something else.",
            allowed="a column with the dose of each unit, the same in all its periods; zero if never treated",
        )
    _check_margins(dose, spec)


def _check_margins(dose: DoseSpec, spec: PanelStudySpec) -> None:
    claimed = [item.name for item in spec.outcomes if item.role is not None]
    stray = [name for name in dose.margins if name not in claimed]
    missing = [name for name in claimed if dose.margins and name not in dose.margins]
    if stray or missing:
        names = ", ".join(repr(name) for name in stray or missing)
        raise StudyError(
            f"dose.margins {'names' if stray else 'lacks'} {names}.",
            allowed="a margin per unit of dose for each outcome that has a role, or none at all",
        )
    for item in spec.outcomes:
        if item.name in dose.margins:
            item.model_copy(update={"margin": dose.margins[item.name]}).outcome()
