"""What a study estimates and judges: designs, alternatives, other outcomes, windows and estimators."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pilotzone.core import MethodError
from pilotzone.evaluation.few import (
    DEFAULT_THRESHOLDS,
    ESTIMATORS,
    FewDesign,
    SeveralEffects,
    compare_estimators,
    conformal_set,
    doubts_of,
    estimate_few,
    estimate_several,
    estimator_rows,
    left_out_for,
    refuse_doubts,
)
from pilotzone.judgement import ConfidenceSet, Interval, confidence_set, judge
from pilotzone.study.runs.breaks import spanned
from pilotzone.study.zone.accepted import accepted_figures
from pilotzone.study.zone.breaks import donors_hit, refusing, uses_of
from pilotzone.study.zone.deciding import deciding, refuse_few_periods
from pilotzone.study.zone.file import SecondarySpec
from pilotzone.study.zone.findings import ControlFindings, DesignFindings
from pilotzone.study.zone.groups import ranking_of
from pilotzone.study.zone.material import excluded_units, known_breaks, outcome_of, predictors_of, unused_units
from pilotzone.study.zone.variations import Variations, specification_curve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pilotzone.core import Estimator, JointEffects, Outcome, Panel
    from pilotzone.evaluation.few import (
        AcceptedFigures,
        ConformalSet,
        EstimatorRow,
        FewEffects,
        Permutations,
        Predictor,
        Thresholds,
    )
    from pilotzone.judgement import SpecificationCurve, Verdict
    from pilotzone.report import Limit
    from pilotzone.study.runs.breaks import Spanned, Use
    from pilotzone.study.zone.file import AlternativeSpec, NegativeControlSpec, ZoneStudy

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

    study: ZoneStudy
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
            predictors=self.predictors() if ESTIMATORS[estimator].needs_predictors else (),
            ranking=ranking_of(self.study, self.panel, changed.get("ranked_among", spec.method.ranked_among)),
        )

    def predictors(self) -> tuple[Predictor, ...]:
        """Return the predictors that the study names."""
        return predictors_of(self.panel, self.study)

    def thresholds(self) -> Thresholds:
        """Return the thresholds of the diagnostics, the study's own where it gives any."""
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
        wanted, limits = outcomes or self.outcomes, self.thresholds()
        designs = self.with_others(design, change)
        excluded = self.ruled_out(wanted, designs, change)
        if shared_with and ESTIMATORS[design.estimator].shares_weights:
            # Weights are fitted to these as well: whoever has a break in them in the main window is no donor here.
            short = self.with_others(replace(design, window=self.study.spec.window.verdict), change)
            excluded = {**self.ruled_out(shared_with, short, change), **excluded}
        if len(designs) > 1:
            return estimate_several(self.panel, wanted, designs, name=name, excluded=excluded, thresholds=limits)
        return estimate_few(
            self.panel, wanted, design, name=name, excluded=excluded, thresholds=limits, shared_with=shared_with
        )

    def ruled_out(
        self, outcomes: Sequence[Outcome], designs: Sequence[FewDesign], change: AlternativeSpec | None = None
    ) -> dict[str, str]:
        """Return the units that are no donors, with the reasons: the study's own, their own breaks, and doubts."""
        excluded = donors_hit(self.panel, outcomes, designs, self.excluded(change), self.study.spec.accepted)
        doubts = doubts_of(self.panel, outcomes, designs, excluded, self.accepted_figures())
        return {**left_out_for(doubts), **excluded}

    def accepted_figures(self) -> tuple[AcceptedFigures, ...]:
        """Return the figures that the study knows to be right although they look as if they were not measured."""
        return accepted_figures(self.study, self.panel)

    def excluded(self, change: AlternativeSpec | None = None) -> dict[str, str]:
        """Return the units that the study rules out as donors, or an alternative does, each with its reason."""
        return excluded_units(
            self.study,
            self.panel,
            policy_zones=None if change is None else change.policy_zones,
            neighbours=None if change is None else change.neighbours,
        )

    def planned(self) -> list[tuple[str, tuple[Outcome, ...], FewDesign, AlternativeSpec | None]]:
        """Return all that is estimated: name (empty for the main design), outcomes, design, and what it changes."""
        spec, main = self.study.spec, self.design()
        return [
            ("", self.outcomes, main, None),
            *((item.name, self.outcomes, self.design(item), item) for item in spec.alternatives),
            *((f"estimator {item}", self.outcomes, self.compared(item), None) for item in spec.method.compare),
            *(("", (outcome,), design, None) for outcome, design in self.secondary_designs()),
            *((f"negative control {item.name}", *self.controlled(item), None) for item in spec.negative_controls),
            *(
                (f"window {first} to {last}", self.outcomes, replace(main, window=(first, last)), None)
                for first, last in spec.window.longer
            ),
        ]

    def uses(self) -> Iterator[Use]:
        """Yield all that the study compares over time, in designs, outcomes and windows."""
        main = self.design()
        dated = self.with_others(main)
        for name, outcomes, design, change in self.planned():
            designs = self.with_others(design, change)
            # Longer windows are there for the outcomes that reach so far.
            longer = design.window != main.window and change is None
            yield from uses_of(self.panel, outcomes, designs, self.excluded(change), name, dated, complete=longer)

    def breaks(self) -> tuple[Spanned, ...]:
        """Return the breaks that the study compares across, and what follows from each.

        Raises
        ------
        StudyError
            If it accepts a break that is not known.
        """
        return spanned(tuple(self.uses()), self.panel.series, self.study.spec.accepted, known_breaks(self.study))

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
        claim = self.study.spec.claim
        joint = deciding(effects, claim.p_values, claim.alpha)
        verdict = self.judge(joint)
        sets, conformal = self.sets(joint, verdict), self.conformal(effects, *orders)
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
        """Yield the effects on outcomes that are no part of the claim, each with weights of its own."""
        for outcome, design in self.secondary_designs():
            # Of several zones each by itself: their mean is judged, and these outcomes are not.
            yield from self.estimate(design, f"outcome {outcome.name}", outcomes=(outcome,)).parts

    def secondary_designs(self) -> Iterator[tuple[Outcome, FewDesign]]:
        """Yield the outcomes that are no part of the claim, each with its design."""
        unused = unused_units(self.study, self.panel)
        for item in self.study.spec.secondary:
            design = self.design()
            design = replace(design, estimator=ESTIMATORS[design.estimator].alone.name)
            if item.pre_from is not None:
                design = replace(design, pre_from=item.pre_from)
            yield outcome_of(self.panel, item, unused), design

    def controlled(self, item: NegativeControlSpec) -> tuple[tuple[Outcome, ...], FewDesign]:
        """Return the outcomes of a negative control and its design: the main one, or that at an earlier date."""
        design = self.design()
        if item.outcome is not None:
            spec = SecondarySpec(name=item.outcome, good=item.good, scale=item.scale, label=item.label)
            alone = ESTIMATORS[design.estimator].alone.name
            unused = unused_units(self.study, self.panel)
            return (outcome_of(self.panel, spec, unused),), replace(design, estimator=alone)
        # The file's check sees to it that both are there.
        start, window = item.start or design.start, item.window or design.window
        return self.outcomes, replace(design, start=start, window=window, anticipation=item.anticipation or 0)

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
                name = f"window {first}-{last}"
                try:
                    found += self.estimate(design, name, outcomes=(outcome,), shared_with=others).parts
                except MethodError as error:
                    notes.append(f"{outcome.title}: no effect over {first} to {last}. {error.what}")
        return tuple(found), tuple(notes)

    def remarks(self) -> tuple[str, ...]:
        """Return what is to be known of outcomes and windows that are no part of the claim."""
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

    def compared(self, estimator: Estimator) -> FewDesign:
        """Return the main design, with predictors if an estimator that it is compared with is fitted on them."""
        if not ESTIMATORS[estimator].needs_predictors:
            return self.design()
        return replace(self.design(), estimator=estimator, predictors=self.predictors())

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
        """Return the units that are no donors in a variation.

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
                f"{outcome.margin:g} {outcome.display_unit}",
                item.why_margin or "no reason given",
            )
            for item, outcome in zip(spec.outcomes, self.outcomes, strict=True)
        )
        return margins + tuple((item.what, item.value, item.reason) for item in spec.assumptions)
