"""Estimating effects by dose in a study of many units."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from pilotzone.core import DataError, MethodError, UsageError
from pilotzone.evaluation.dose import dose_panel
from pilotzone.judgement import judge
from pilotzone.study.panel.breaks import heed_breaks
from pilotzone.study.panel.dosed import DosePart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pilotzone.core import JointEffects
    from pilotzone.evaluation.dose import DoseEffects
    from pilotzone.judgement import Verdict
    from pilotzone.store import Engine, PanelColumns
    from pilotzone.study.panel.dosing import DoseSpec
    from pilotzone.study.panel.file import PanelStudySpec

__all__ = ["dose_part", "needed_beside_doses"]


def dose_part(
    spec: PanelStudySpec, opened: Callable[[PanelColumns], tuple[Engine, tuple[str, ...]]], columns: PanelColumns
) -> DosePart | None:
    """Return effects by dose; ``None`` where the study has no doses.

    Parameters
    ----------
    spec
        The study.
    opened
        Opens the panel with other columns.
    columns
        Columns of the panel, that of the dose apart.

    Raises
    ------
    UsageError, DataError, MethodError
        As `pilotzone.evaluation.dose.dose_effects`, in words of the study file.
    """
    dose = spec.dose
    if dose is None:
        return None
    try:
        panel, _ = opened(replace(columns, covariates=(dose.column,), coordinates=()))
        outcomes = [item.outcome() for item in spec.outcomes]
        effects = dose_panel(
            heed_breaks(panel, spec).panel,
            outcomes,
            dose.column,
            dose.design(spec.method.anticipation, spec.method.level, spec.method.seed),
        )
    except (UsageError, DataError) as error:
        raise type(error)(f"dose: {error.what}", allowed=error.allowed, todo=error.todo) from error
    return DosePart(
        effects,
        dose.column,
        dose.what,
        dose.column_unit,
        dose.unit,
        dose.scale,
        dose.source,
        _verdict(effects, dose, spec),
        dose.why_margins,
        bool(dose.margins) and not effects.design.strong,
    )


@contextmanager
def needed_beside_doses(spec: PanelStudySpec) -> Iterator[None]:
    """Explain, where the lowest doses are to be compared with, why the effects without doses cannot be estimated.

    Raises
    ------
    MethodError
        Where the block does: with what such a study needs, if it asks for ``dose.comparison = 'low'``.
    """
    try:
        yield
    except MethodError as error:
        if spec.dose is None or spec.dose.comparison != "low":
            raise
        raise MethodError(
            f"dose.comparison is 'low', and the effects without doses, which are estimated as well, fail: {error.what}",
            allowed="two cohorts or more and method.controls = 'not_yet_treated' (--controls not_yet_treated): the"
            " effects without doses compare a cohort with later ones",
            todo="with one cohort, take pilotzone.evaluation.dose.dose_effects with controls='lowest_dose' in Python",
        ) from error


def _verdict(effects: DoseEffects, dose: DoseSpec, spec: PanelStudySpec) -> Verdict | None:
    """Return the verdict per unit of dose, which has margins of its own."""
    if not dose.margins or not effects.design.strong:
        return None
    own = {
        item.name: item.model_copy(update={"margin": dose.margins[item.name]}).outcome()
        for item in spec.outcomes
        if item.name in dose.margins
    }
    # Diagnostics measure placebo slopes by margins, so that these are set before.
    outcomes = tuple(own.get(item.name, item) for item in effects.outcomes)
    joint: JointEffects = replace(effects, outcomes=outcomes).per(dose.scale, dose.unit)
    claim = spec.claim
    return judge(
        joint,
        alpha=claim.alpha,
        allowance=claim.allowance,
        development=claim.development,
        familywise=claim.familywise,
        limits=[limit.text for limit in spec.limits],
    )
