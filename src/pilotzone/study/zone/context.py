"""What a study finds, piece by piece: verdicts, alternatives, other outcomes, windows and estimators, variations."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

from pilotzone.core import MethodError, span_text
from pilotzone.evaluation.few import (
    ESTIMATORS,
    SeveralEffects,
    compare_estimators,
    conformal_set,
    doubts_of,
    estimator_rows,
    left_out_for,
    refuse_doubts,
)
from pilotzone.judgement import ConfidenceSet, Interval, confidence_set, judge
from pilotzone.study.zone.breaks import refusing
from pilotzone.study.zone.deciding import deciding, refuse_few_periods
from pilotzone.study.zone.designs import StudyDesigns
from pilotzone.study.zone.findings import ControlFindings, DesignFindings
from pilotzone.study.zone.variations import Variations, specification_curve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.core import JointEffects
    from pilotzone.evaluation.few import ConformalSet, EstimatorRow, FewDesign, FewEffects, Permutations
    from pilotzone.judgement import SpecificationCurve, Verdict
    from pilotzone.study.zone.file import AlternativeSpec

__all__ = ["StudyContext"]


@dataclass(frozen=True, eq=False)
class StudyContext(StudyDesigns):
    """A study with its data at hand: what is estimated and judged of it, piece by piece."""

    def found(
        self, name: str, label: str, why: str, effects: FewEffects | SeveralEffects, *orders: Permutations
    ) -> DesignFindings:
        """Return a design with its verdict, and conformal sets by the orders given."""
        claim = self.study.spec.claim
        joint = deciding(effects, claim.p_values, claim.alpha)
        verdict = self.judge(joint)
        sets, conformal = self.sets(joint, verdict), cache(partial(self.conformal, effects, *orders))
        zones = effects if isinstance(effects, SeveralEffects) else None
        ranked = None if joint is effects.joint else self.judge(effects.joint)
        beside = () if ranked is None else self.sets(effects.joint, ranked)
        return DesignFindings(name, label, why, effects.parts[0], verdict, sets, conformal, zones, ranked, beside)

    def refuse_few_periods(self) -> None:
        """Refuse conformal p-values that can never be small enough to decide, in any design that is judged.

        Raises
        ------
        StudyError
            Naming the design, the outcome and its periods.
        """
        spec = self.study.spec
        if spec.claim.p_values == "conformal":
            others = ((f"the alternative {item.name!r}", self.design(item)) for item in spec.alternatives)
            designs = (("the main design", self.design()), *others)
            refuse_few_periods(self.panel, self.outcomes, designs, spec.claim.alpha)

    def judge(self, joint: JointEffects) -> Verdict:
        """Return the verdict on joint effects, by the claim of the study."""
        claim = self.study.spec.claim
        return judge(
            joint,
            alpha=claim.alpha,
            statistic=claim.statistic,
            development=claim.development,
            allowance=claim.allowance,
            limits=[limit.text for limit in self.limits],
        )

    def alternative(self, change: AlternativeSpec) -> DesignFindings:
        """Return what an alternative design finds."""
        effects = self.estimate(self.design(change), change.name, change=change)
        return self.found(change.name, change.label or change.name, change.why, effects, "moving_block")

    def sets(self, joint: JointEffects, verdict: Verdict) -> tuple[ConfidenceSet, ...]:
        """Return the confidence set of each test in a verdict, in its order; of what has no test, the whole line."""
        anything = (Interval(-math.inf, math.inf),)
        return tuple(
            ConfidenceSet(test.outcome, test.statistic, "two-sided", verdict.alpha, 1.0, anything)
            if test.why_none
            else confidence_set(joint, test.outcome.name, alpha=verdict.alpha, statistic=test.statistic)
            for test in (*verdict.tests, *verdict.other_tests)
        )

    def conformal(self, effects: FewEffects | SeveralEffects, *orders: Permutations) -> tuple[ConformalSet, ...]:
        """Return the conformal sets of each outcome, where the estimator has exact ones and there is one zone."""
        if isinstance(effects, SeveralEffects) or ESTIMATORS[effects.design.estimator].conformal != "exact":
            return ()
        alpha = self.study.spec.claim.alpha
        return tuple(
            conformal_set(effects, fit.outcome.name, alpha=alpha, permutations=order)
            for fit in effects.fits
            for order in orders
        )

    def secondary(self) -> Iterator[FewEffects]:
        """Yield the effects on outcomes that are not part of the claim, each with weights of its own."""
        for outcome, design in self.secondary_designs():
            # Of several zones each by itself: their mean is judged, and these outcomes are not.
            yield from self.estimate(design, f"outcome {outcome.name}", outcomes=(outcome,)).parts

    def controls(self) -> Iterator[ControlFindings]:
        """Yield what is found where the zone can have no effect."""
        claim = self.study.spec.claim
        for item in self.study.spec.negative_controls:
            outcomes, design = self.controlled(item)
            kind, name = "date" if item.outcome is None else "outcome", f"negative control {item.name}"
            for effects in self.estimate(design, name, outcomes=outcomes).parts:
                yield ControlFindings(
                    item.name, item.label or item.name, item.why, kind, effects, claim.statistic, claim.alpha
                )

    def longer(self) -> tuple[tuple[FewEffects, ...], tuple[str, ...]]:
        """Return the main design over longer windows, outcome by outcome, and why some outcomes have none."""
        found: list[FewEffects] = []
        notes = []
        for first, last in self.study.spec.window.longer:
            design = replace(self.design(), window=(first, last))
            for outcome in self.outcomes:
                # Weights stay shared with outcomes that end before this window does: they are fitted before it.
                others = tuple(item for item in self.outcomes if item is not outcome)
                name = f"window {span_text(first, last)}"
                try:
                    found += self.estimate(design, name, outcomes=(outcome,), shared_with=others).parts
                except MethodError as error:
                    notes.append(f"{outcome.title}: no effect over {first} to {last}. {error.what}")
        return tuple(found), tuple(notes)

    def remarks(self) -> tuple[str, ...]:
        """Return what is to be known of outcomes and windows that are not part of the claim."""
        spec = self.study.spec
        if not (ESTIMATORS[spec.method.estimator].shares_weights and spec.secondary):
            return ()
        what = "Secondary outcomes have weights of their own, with an intercept shift"
        return (f"{what}: weights are shared over the outcomes of the claim alone.",)

    def estimators(self, effects: FewEffects | SeveralEffects) -> tuple[EstimatorRow, ...]:
        """Return the effects by the main estimator and by those it is compared with."""
        others = [item for item in self.study.spec.method.compare if item != effects.joint.estimator]
        if self.study.spec.zone.also:
            variants = [self.estimate(replace(self.design(), estimator=item), item) for item in others]
            return tuple(row for found in (effects, *variants) for row in estimator_rows(found))
        rows = [
            row
            for item in dict.fromkeys(others)
            for row in compare_estimators(
                self.panel,
                self.outcomes,
                self.design(),
                [item],
                excluded=self.ruled_out(self.outcomes, [self.compared(item)]),
                predictors=self.predictors(),
            )
        ]
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
            ruled_out=self.ruled_out_when_varied,
            thresholds=self.thresholds(),
            alpha=claim.alpha,
            p_values=claim.p_values,
            statistic=claim.statistic,
            development=claim.development,
            allowance=claim.allowance,
            variations=Variations(wanted.donors_out, wanted.anticipation, wanted.last),
        )

    def ruled_out_when_varied(self, design: FewDesign) -> dict[str, str]:
        """Return the units that are not donors in a variation.

        Raises
        ------
        MethodError
            If it spans a severe break, or rests on figures of the zone that cannot be believed.
        """
        excluded = refusing(self.panel, self.outcomes, design, self.excluded(), self.study.spec.accepted)
        doubts = doubts_of(self.panel, self.outcomes, [design], excluded, self.accepted_figures())
        refuse_doubts(doubts, self.panel.label)
        return {**left_out_for(doubts), **excluded}

    def assumptions(self) -> tuple[tuple[str, str, str], ...]:
        """Return the choices that are neither in the evidence nor in the data: what, value, reason."""
        spec = self.study.spec
        margins = tuple(
            (
                f"Margin of {outcome.title}",
                f"{outcome.margin:g} {outcome.display_unit}".removesuffix(" 1"),
                item.why_margin or "no reason given",
            )
            for item, outcome in zip(spec.outcomes, self.outcomes, strict=True)
        )
        return margins + tuple((item.what, item.value, item.reason) for item in spec.assumptions)
