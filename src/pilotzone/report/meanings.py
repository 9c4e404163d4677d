"""What a reader has to know of words that stand in a report: estimators, placebos, p-values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import Estimator
from pilotzone.report.formatting import ESTIMATORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.evaluate.few import EstimatorRow
    from pilotzone.report.findings import DesignFindings

__all__ = ["ESTIMATOR_MEANINGS", "design_note", "estimator_meaning", "estimator_meanings", "placebo_meaning"]

ESTIMATOR_MEANINGS: dict[Estimator, str] = {
    "sc": "weights on donors, none negative, one in sum, whose mean comes nearest to the zone's path before the start",
    "sc_intercept": "weights on donors, none negative, one in sum, fitted on paths relative to each unit's own mean "
    "before the start, so that donors need not have the zone's level",
    "sdid": "weights on donors and on periods before the start; the change from these periods is compared",
    "asc": "synthetic control, corrected by a ridge regression for the gaps it leaves before the start; weights may be "
    "negative",
    "sc_shared": "one set of weights for all outcomes of the claim, on paths taken relative to each unit's own mean "
    "before the start",
    "sc_predictors": "weights fitted on means of named series before the start instead of the outcome's path; how much "
    "each series counts is chosen by how well the later half of the periods before is predicted",
    "mc": "what would have come without the zone is filled in from levels and from factors that units share; it has no "
    "weights on donors, and its fit before the start says little, as it is fitted to the zone's own outcomes",
}
"""What each estimator does, as the rest of a sentence that begins with its name."""


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
    return [estimator_meaning(item) for item in dict.fromkeys(row.estimator for row in rows) if item != told]


def estimator_meaning(estimator: Estimator) -> str:
    """Return what an estimator does, in a sentence.

    Examples
    --------
    >>> estimator_meaning("sdid")
    'Synthetic difference-in-differences: weights on donors and on periods before the start; the change from these \
periods is compared.'
    """
    name = ESTIMATORS[estimator]
    return f"{name[0].upper()}{name[1:]}: {ESTIMATOR_MEANINGS[estimator]}."
