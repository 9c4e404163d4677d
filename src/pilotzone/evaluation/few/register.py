"""The estimators of effects on a few zones: one record each, the only place where they are told apart by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeVar

from pilotzone.core import kept_by_content
from pilotzone.evaluation.few.predictors.synthetic import fit_on_predictors
from pilotzone.evaluation.few.weights.augmented import fit_augmented
from pilotzone.evaluation.few.weights.completion import complete
from pilotzone.evaluation.few.weights.control import fit_control, fit_shifted
from pilotzone.evaluation.few.weights.sdid import fit_sdid
from pilotzone.evaluation.few.weights.shared import fit_shared

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pilotzone.core import Estimator, PoolRule
    from pilotzone.evaluation.few.weights.material import Completed, Material, Solved

    Rows = NDArray[np.intp]
    Mask = NDArray[np.bool_]
    Fit = Callable[[Material, Rows, Mask], Solved]
    Complete = Callable[[Material, Rows, Mask], Completed]

T = TypeVar("T")

__all__ = ["ESTIMATORS", "ConformalSets", "EstimatorRecord", "estimators_that"]

ConformalSets = Literal["exact", "searched", "none"]
"""Whether the ends of an estimator's conformal sets are solved for, are bracketed by a search over its ridge penalty,
or are not there, since it does not fit one outcome's path alike in all periods."""


@dataclass(frozen=True, kw_only=True)
class EstimatorRecord:
    """What the package knows of one estimator of effects on a few zones.

    Attributes
    ----------
    name
        As in files and options.
    label
        As a reader sees it.
    meaning
        What it does, as the rest of a sentence that begins with its label.
    fit
        Its weights for P targets, given rows of targets and who may carry weight, shapes (P,) and (P, n); ``None`` for
        an estimator without donor weights, which stands beside others only.
    complete
        The effects of an estimator without donor weights; ``None`` for the others.
    shifted
        Whether every path is taken relative to its own mean before, so that donors need not have the zone's level.
    ignores_levels
        Whether no effect, of the zone or of a placebo, changes when each unit's path is moved by a constant of its own:
        only then may levels be arbitrary, as those of a chained index are. Not so for ``mc``: it fits a level of each
        unit, but the groups of units that choose its penalty are formed in the order of their paths.
    needs_predictors
        Whether it is fitted on named series, which no other estimator takes.
    shares_weights
        Whether the outcomes of a design share one set of weights.
    pools
        The only rule for donors of placebos that it can be used with; ``None`` where each can be.
    several_zones
        Whether it has placebos over assignments of several zones, for which a fit must not change when a unit without
        weight leaves.
    conformal
        Which conformal sets it has.
    negative_weights
        Whether weights may be negative, so that the synthetic path can lie outside the donors' hull.
    refitted_by
        Which estimator fits anew at earlier dates and without single donors; itself if ``None``.
    hull_by
        Whose fit before is the distance from the donors' hull; its own if ``None``.
    for_one_outcome
        What it is where there is one outcome; itself if ``None``.
    """

    name: Estimator
    label: str
    meaning: str
    fit: Fit | None = None
    complete: Complete | None = None
    shifted: bool = False
    ignores_levels: bool = False
    needs_predictors: bool = False
    shares_weights: bool = False
    pools: PoolRule | None = None
    several_zones: bool = False
    conformal: ConformalSets = "none"
    negative_weights: bool = False
    refitted_by: Estimator | None = None
    hull_by: Estimator | None = None
    for_one_outcome: Estimator | None = None

    def solve(self, material: Material, targets: Rows, masks: Mask) -> Solved:
        """Fit targets by their donors.

        Parameters
        ----------
        material
            What is fitted.
        targets
            Rows of P targets.
        masks
            Who may carry weight for each, shape (P, n).

        Raises
        ------
        TypeError
            If the estimator has no donor weights; designs refuse it before.
        """
        if self.fit is None:
            message = f"{self.label} has no donor weights"
            raise TypeError(message)
        return _kept(self.name, self.fit, material, targets, masks)

    def completed(self, material: Material, targets: Rows, masks: Mask) -> Completed:
        """Return the effects on targets by an estimator without donor weights; parameters as in `solve`.

        Raises
        ------
        TypeError
            If the estimator has donor weights.
        """
        if self.complete is None:
            message = f"{self.label} has donor weights"
            raise TypeError(message)
        return _kept(self.name, self.complete, material, targets, masks)

    @property
    def sentence(self) -> str:
        """What it is and does, in a sentence."""
        return f"{self.label[0].upper()}{self.label[1:]}: {self.meaning}."

    @property
    def refit(self) -> EstimatorRecord:
        """The estimator that fits anew at earlier dates and without single donors."""
        return self if self.refitted_by is None else ESTIMATORS[self.refitted_by]

    @property
    def alone(self) -> EstimatorRecord:
        """What it is where there is one outcome."""
        return self if self.for_one_outcome is None else ESTIMATORS[self.for_one_outcome]


def _kept(name: str, fit: Callable[[Material, Rows, Mask], T], material: Material, targets: Rows, masks: Mask) -> T:
    """Return what was fitted to the same before, where results are kept: margins and claims are not in a fit."""
    if material.beside is not None:
        return fit(material, targets, masks)
    parts = (name, material.paths, material.periods, material.phases, targets, masks)
    size = 8 * (masks.size + 4 * material.paths.size)
    return kept_by_content("fit", parts, lambda: fit(material, targets, masks), lambda _: size)


_RECORDS = (
    EstimatorRecord(
        name="sc",
        label="synthetic control",
        meaning="weights on donors, none negative, one in sum, whose mean comes nearest to the zone's path before the "
        "start",
        fit=fit_control,
        several_zones=True,
        conformal="exact",
    ),
    EstimatorRecord(
        name="sc_intercept",
        label="synthetic control with intercept shift",
        meaning="weights on donors, none negative, one in sum, fitted on paths relative to each unit's own mean before "
        "the start, so that donors need not have the zone's level",
        fit=fit_shifted,
        shifted=True,
        ignores_levels=True,
        several_zones=True,
        conformal="exact",
    ),
    EstimatorRecord(
        name="sdid",
        label="synthetic difference-in-differences",
        meaning="weights on donors and on periods before the start; the change from these periods is compared",
        fit=fit_sdid,
        shifted=True,
        ignores_levels=True,
        # Time weights move with the treated unit's window, so that other null effects would need new estimates.
        pools="exclude_treated",
        # Time weights belong to one window; the intercept shift is the closest relative without them.
        refitted_by="sc_intercept",
    ),
    EstimatorRecord(
        name="asc",
        label="ridge-augmented synthetic control",
        meaning="synthetic control, corrected by a ridge regression for the gaps it leaves before the start; weights "
        "may be negative",
        fit=fit_augmented,
        conformal="searched",
        negative_weights=True,
        hull_by="sc",
    ),
    EstimatorRecord(
        name="sc_shared",
        label="synthetic control with weights shared over outcomes",
        meaning="one set of weights for all outcomes of the claim, on paths taken relative to each unit's own mean "
        "before the start",
        fit=fit_shared,
        shifted=True,
        ignores_levels=True,
        shares_weights=True,
        for_one_outcome="sc_intercept",
    ),
    EstimatorRecord(
        name="sc_predictors",
        label="synthetic control on predictors",
        meaning="weights fitted on means of named series before the start instead of the outcome's path; how much each "
        "series counts is chosen by how well the later half of the periods before is predicted",
        fit=fit_on_predictors,
        needs_predictors=True,
        hull_by="sc",
    ),
    EstimatorRecord(
        name="mc",
        label="matrix completion",
        meaning="what would have come without the zone is filled in from levels and from factors that units share; it "
        "has no weights on donors, and its fit before the start says little, as it is fitted to the zone's own "
        "outcomes",
        complete=complete,
        shifted=True,
        pools="exclude_treated",
    ),
)

ESTIMATORS: Mapping[Estimator, EstimatorRecord] = MappingProxyType({record.name: record for record in _RECORDS})
"""Each estimator's record by its name, in the order of `Estimator`."""


def estimators_that(holds: Callable[[EstimatorRecord], bool]) -> str:
    """Return the names of estimators of which something holds, quoted, for a sentence on what is allowed.

    Examples
    --------
    >>> estimators_that(lambda record: record.several_zones)
    "'sc' or 'sc_intercept'"
    """
    return " or ".join(repr(name) for name, record in ESTIMATORS.items() if holds(record))
