"""What a reader has to know of words that stand in a report: estimators, placebos, p-values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.evaluation.few import ESTIMATORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.core import Estimator
    from pilotzone.evaluation.few import EstimatorRow
    from pilotzone.study.zone.findings import DesignFindings

__all__ = ["design_note", "estimator_meanings", "placebo_meaning"]


def design_note(design: DesignFindings) -> str:
    """Return what the main words of a design mean."""
    shares = "units, the treated one included, that did at least as well"
    if design.zones:
        shares = "assignments of the zones' dates to units, the actual one included, whose mean is at least as good"
    return (
        "A synthetic path is a weighted mean of donors that ran like the treated unit before the start. A placebo is "
        f"the same calculation for a donor, as if it had been the zone; a p-value is the share of {shares}."
    )


def placebo_meaning(design: DesignFindings) -> str:
    """Return what a placebo of the chart of estimators is."""
    if design.zones:
        return (
            "an assignment of the zones' dates to units, put through the same estimator as if these had been the zones"
        )
    return "a donor put through the same estimator as if it had been the zone"


def estimator_meanings(rows: Sequence[EstimatorRow], told: Estimator) -> list[str]:
    """Return one sentence for each estimator of a table, in its order, but for one that was told of before."""
    return [ESTIMATORS[item].sentence for item in dict.fromkeys(row.estimator for row in rows) if item != told]
