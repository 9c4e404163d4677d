"""What a study estimates and judges: designs, alternatives, other outcomes, windows and estimators."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pilotzone.core import MethodError
from pilotzone.evaluate.few import (
    DEFAULT_THRESHOLDS,
    FewDesign,
    SeveralEffects,
    compare_estimators,
    conformal_set,
    estimate_few,
    estimate_several,
    estimator_rows,
    exact_conformal,
)
from pilotzone.judge import confidence_set, judge
from pilotzone.report import DesignFindings
from pilotzone.study.material import excluded_units, outcome_of, predictors_of, unused_units
from pilotzone.study.sensitivity import Variations, specification_curve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.core import Outcome, Panel
    from pilotzone.evaluate.few import ConformalSet, EstimatorRow, FewEffects, Permutations, Predictor, Thresholds
    from pilotzone.judge import ConfidenceSet, SpecificationCurve, Verdict
    from pilotzone.report import Limit
    from pilotzone.study.reading import Study
    from pilotzone.study.spec import AlternativeSpec

__all__ = ["StudyContext"]


@dataclass(frozen=True, eq=False)
class StudyContext:
    """A study with its data at hand: what is estimated and judged of it, piece by piece.

    Attributes
    ----------
    study, panel
        The study and its data.
    outcomes
        Of the claim.
    limits
        What the data cannot answer.
    """

    study: Study
    panel: Panel
    outcomes: tuple[Outcome, ...]
    limits: tuple[Limit, ...]

    def design(self, change: AlternativeSpec | None = None) -> FewDesign:
        """Return the main design, or that of an alternative: what it does not change stays."""
        spec = self.study.spec
        changed = {} if change is None else change.model_dump(exclude_none=True)
        estimator = changed.get("estimator", spec.method.estimator)
        return FewDesign(
            spec.zone.unit,
            start=changed.get("start", spec.zone.start),
            window=changed.get("window", spec.window.verdict),
            anticipation=changed.get("anticipation", spec.zone.anticipation),
            pre_from=changed.get("pre_from", spec.method.pre_from),
            estimator=estimator,
            pools=changed.get("pools", spec.method.pools),
            predictors=self.predictors() if estimator == "sc_predictors" else (),
        )

    def predictors(self) -> tuple[Predictor, ...]:
        """Return the predictors that the study names."""
        return predictors_of(self.panel, self.study)

    def thresholds(self) -> Thresholds:
        """Return the thresholds of the identification checks, the study's own where it gives any."""
        return replace(DEFAULT_THRESHOLDS, **self.study.spec.thresholds.model_dump(exclude_none=True))

    def estimate(
        self,
        design: FewDesign,
        name: str,
        *,
        outcomes: tuple[Outcome, ...] | None = None,
        change: AlternativeSpec | None = None,
        shared_with: tuple[Outcome, ...] = (),
    ) -> FewEffects | SeveralEffects:
        """Return the effects of the zone, or of all zones, by a design.

        Parameters
        ----------
        design
            Of the zone named first.
        name
            Name of the design in tables.
        outcomes
            Those of the claim if left out.
        change
            The alternative whose rules on donors hold.
        shared_with
            Further outcomes that weights are shared with.
        """
        excluded = excluded_units(
            self.study,
            self.panel,
            policy_zones=None if change is None else change.policy_zones,
            neighbours=None if change is None else change.neighbours,
        )
        wanted, limits = outcomes or self.outcomes, self.thresholds()
        if self.study.spec.zone.also:
            designs = self.with_others(design, change)
            return estimate_several(self.panel, wanted, designs, name=name, excluded=excluded, thresholds=limits)
        return estimate_few(
            self.panel, wanted, design, name=name, excluded=excluded, thresholds=limits, shared_with=shared_with
        )

    def with_others(self, design: FewDesign, change: AlternativeSpec | None = None) -> list[FewDesign]:
        """Return the designs of all zones: the others keep their dates, and take the rest from the first one's."""
        moved = None if change is None else change.anticipation
        others = []
        for item in self.study.spec.zone.also:
            own = self.study.spec.zone.anticipation if item.anticipation is None else item.anticipation
            anticipation = own if moved is None else moved
            others.append(
                replace(design, unit=item.unit, start=item.start, window=item.window, anticipation=anticipation)
            )
        return [design, *others]

    def found(
        self, name: str, label: str, why: str, effects: FewEffects | SeveralEffects, *orders: Permutations
    ) -> DesignFindings:
        """Return a design with its verdict, and conformal sets by the orders given."""
        verdict = self.judge(effects)
        sets, conformal = self.sets(effects, verdict), self.conformal(effects, *orders)
        zones = effects if isinstance(effects, SeveralEffects) else None
        return DesignFindings(name, label, why, effects.parts[0], verdict, sets, conformal, zones)

    def judge(self, effects: FewEffects | SeveralEffects) -> Verdict:
        """Return the verdict on effects, by the claim of the study."""
        claim = self.study.spec.claim
        return judge(
            effects.joint,
            alpha=claim.alpha,
            statistic=claim.statistic,
            development=claim.development,
            limits=[limit.text for limit in self.limits],
        )

    def alternative(self, change: AlternativeSpec) -> DesignFindings:
        """Return what an alternative design finds."""
        effects = self.estimate(self.design(change), change.name, change=change)
        return self.found(change.name, change.label or change.name, change.why, effects, "moving_block")

    def sets(self, effects: FewEffects | SeveralEffects, verdict: Verdict) -> tuple[ConfidenceSet, ...]:
        """Return the confidence set of each test in a verdict, in its order."""
        return tuple(
            confidence_set(effects.joint, test.outcome.name, alpha=verdict.alpha, statistic=test.statistic)
            for test in (*verdict.tests, *verdict.other_tests)
        )

    def conformal(self, effects: FewEffects | SeveralEffects, *orders: Permutations) -> tuple[ConformalSet, ...]:
        """Return the conformal sets of each outcome, where the estimator has exact ones and there is one zone."""
        if isinstance(effects, SeveralEffects) or not exact_conformal(effects.design.estimator):
            return ()
        alpha = self.study.spec.claim.alpha
        return tuple(
            conformal_set(effects, fit.outcome.name, alpha=alpha, permutations=order)
            for fit in effects.fits
            for order in orders
        )

    def secondary(self) -> Iterator[FewEffects]:
        """Yield the effects on outcomes that are no part of the claim, each with weights of its own."""
        for item in self.study.spec.secondary:
            design = self.design()
            if design.estimator == "sc_shared":  # which is that, for one outcome alone
                design = replace(design, estimator="sc_intercept")
            if item.pre_from is not None:
                design = replace(design, pre_from=item.pre_from)
            # Of several zones each by itself: their mean is judged, and these outcomes are not.
            found = self.estimate(
                design,
                f"outcome {item.name}",
                outcomes=(outcome_of(self.panel, item, unused_units(self.study, self.panel)),),
            )
            yield from found.parts

    def longer(self) -> tuple[tuple[FewEffects, ...], tuple[str, ...]]:
        """Return the main design over longer windows, outcome by outcome, and why some outcomes have none."""
        found: list[FewEffects] = []
        notes = []
        for first, last in self.study.spec.window.longer:
            design = replace(self.design(), window=(first, last))
            for outcome in self.outcomes:
                # Weights stay shared with outcomes that end before this window does: they are fitted before it.
                others = tuple(item for item in self.outcomes if item is not outcome)
                name = f"window {first}-{last}"
                try:
                    found += self.estimate(design, name, outcomes=(outcome,), shared_with=others).parts
                except MethodError as error:
                    notes.append(f"{outcome.title}: no effect over {first} to {last}. {error.what}")
        return tuple(found), tuple(notes)

    def remarks(self) -> tuple[str, ...]:
        """Return what is to be known of outcomes and windows that are no part of the claim."""
        spec = self.study.spec
        if spec.method.estimator != "sc_shared" or not spec.secondary:
            return ()
        what = "Secondary outcomes have weights of their own, with an intercept shift"
        return (f"{what}: weights are shared over the outcomes of the claim alone.",)

    def estimators(self, effects: FewEffects | SeveralEffects) -> tuple[EstimatorRow, ...]:
        """Return the effects by the main estimator and by those it is compared with."""
        others = [item for item in self.study.spec.method.compare if item != effects.joint.estimator]
        if self.study.spec.zone.also:
            variants = [self.estimate(replace(self.design(), estimator=item), item) for item in others]
            return tuple(row for found in (effects, *variants) for row in estimator_rows(found))
        excluded = excluded_units(self.study, self.panel)
        rows = compare_estimators(
            self.panel, self.outcomes, self.design(), others, excluded=excluded, predictors=self.predictors()
        )
        return (*estimator_rows(effects), *rows)

    def curve(self) -> SpecificationCurve | None:
        """Return the main design varied, where the study asks for it."""
        wanted, claim = self.study.spec.sensitivity, self.study.spec.claim
        if wanted is None:
            return None
        return specification_curve(
            self.panel,
            self.outcomes,
            self.design(),
            excluded=excluded_units(self.study, self.panel),
            thresholds=self.thresholds(),
            alpha=claim.alpha,
            statistic=claim.statistic,
            development=claim.development,
            variations=Variations(wanted.donors_out, wanted.anticipation, wanted.last),
        )

    def assumptions(self) -> tuple[tuple[str, str, str], ...]:
        """Return the choices that are neither in the evidence nor in the data: what, value, reason."""
        spec = self.study.spec
        margins = tuple(
            (
                f"Margin of {outcome.title}",
                f"{outcome.margin:g} {outcome.display_unit}",
                item.why_margin or "no reason given",
            )
            for item, outcome in zip(spec.outcomes, self.outcomes, strict=True)
        )
        return margins + tuple((item.what, item.value, item.reason) for item in spec.assumptions)
