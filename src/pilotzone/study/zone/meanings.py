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
    told = f"a p-value is the share of {shares}."
    if design.ranked is not None:
        told = (
            f"a placebo rank p is the share of {shares}. It is not part of this verdict. A conformal p-value, which "
            "decides here, fits the synthetic path on all periods, those of the window too, with the tested effect "
            "taken off, and is the share of cyclic shifts of the periods that bring a mean residual as far in the "
            "tested direction to the place of the window."
        )
    return (
        "A synthetic path is a weighted mean of donors that ran like the treated unit before the start. A placebo is "
        f"the same calculation for a donor, as if it had been the zone; {told}"
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
