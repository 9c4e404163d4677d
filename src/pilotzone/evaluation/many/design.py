"""The design of an evaluation of many units: who is compared with whom, by which estimator, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pilotzone.core import Brief, ManyEstimator, PanelEstimator, UsageError, check_choice
from pilotzone.evaluation.many.cells.cells import Comparison
from pilotzone.evaluation.many.estimators.aggregates import AggregateKind
from pilotzone.evaluation.many.estimators.covariates import Adjustment
from pilotzone.evaluation.many.space.conley import Conley
from pilotzone.evaluation.many.space.exposure import Neighbours, Rings

__all__ = ["ManyDesign"]


@dataclass(frozen=True)
class ManyDesign(Brief):
    """How effects on many units are estimated; fixed before they are.

    Parameters
    ----------
    comparison
        Whom to compare with whom, and when.
    estimator
        ``callaway_santanna``, ``sun_abraham`` or ``imputation``; what each takes of the comparison stands with
        `estimate_moments`.
    summary
        The average that stands for the whole effect on an outcome and that a verdict is on. By cohort, ``group``, each
        treated unit counts once, however long it has been treated (Callaway and Sant'Anna 2021, section 3.2).
    cross_sections
        Whether each row is a unit of its own, drawn anew in each period.
    adjustment
        How covariates are used, where the panel has any: ``dr``, ``reg`` or ``ipw``.
    spillovers
        Which untreated units are exposed to treatment nearby: they leave the controls, and have effects of their own.
    conley
        How far units vary together, for Conley's standard errors.
    level
        Level of intervals and bands.
    seed
        Seed of the draws behind bands.

    Raises
    ------
    UsageError
        If an option is unknown, or the level is not between one half and one.
    """

    comparison: Comparison = field(default_factory=Comparison)
    estimator: ManyEstimator = "callaway_santanna"
    summary: AggregateKind = "group"
    cross_sections: bool = False
    adjustment: Adjustment = "dr"
    spillovers: Rings | Neighbours | None = None
    conley: Conley | None = None
    level: float = 0.95
    seed: int = 20160

    def __post_init__(self) -> None:
        check_choice(self.estimator, PanelEstimator, "estimator")
        check_choice(self.summary, AggregateKind, "summary")
        check_choice(self.adjustment, Adjustment, "adjustment")
        if self.spillovers is not None and self.comparison.controls != "never_treated":
            raise UsageError(
                f"there are spillovers, and controls are {self.comparison.controls!r}.",
                allowed="'never_treated': units that are neither treated nor exposed",
            )
        # Asked of both, which says so where they do not agree.
        _ = self.coordinates
        if isinstance(self.level, bool) or not 0.5 <= self.level <= 0.999999:  # noqa: PLR2004
            raise UsageError(f"level is {self.level!r}.", allowed="from 0.5 to 0.999999, such as 0.95")
        if type(self.seed) is not int or self.seed < 0:
            raise UsageError(f"seed is {self.seed!r}.", allowed="a whole number from zero")

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Columns that say where units are, where that is needed.

        Raises
        ------
        UsageError
            If spillovers and Conley's standard errors name different coordinates.
        """
        named = [self.spillovers.coordinates] if isinstance(self.spillovers, Rings) else []
        named += [] if self.conley is None else [self.conley.coordinates]
        if len(set(named)) > 1:
            raise UsageError("spillovers and Conley's errors name other coordinates.", allowed="the same for both")
        return named[0].columns if named else ()
