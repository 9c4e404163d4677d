"""The designs of a study: what is estimated, on which outcomes, with which donors, and what it compares over time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pilotzone.core import kept_by_content
from pilotzone.evaluation.few import (
    DEFAULT_THRESHOLDS,
    ESTIMATORS,
    FewDesign,
    SeveralEffects,
    doubts_of,
    estimate_few,
    estimate_several,
    left_out_for,
)
from pilotzone.study.runs.breaks import spanned
from pilotzone.study.zone.accepted import accepted_figures
from pilotzone.study.zone.breaks import donors_hit, uses_of
from pilotzone.study.zone.file import SecondarySpec
from pilotzone.study.zone.groups import ranking_of
from pilotzone.study.zone.material import excluded_units, known_breaks, outcome_of, predictors_of, unused_units

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pilotzone.core import Estimator, Outcome, Panel
    from pilotzone.evaluation.few import AcceptedFigures, FewEffects, Predictor, Thresholds
    from pilotzone.report import Limit
    from pilotzone.study.runs.breaks import Spanned, Use
    from pilotzone.study.zone.file import AlternativeSpec, NegativeControlSpec, ZoneStudy

__all__ = ["StudyDesigns"]


def _bytes(effects: FewEffects | SeveralEffects) -> int:
    """Return about how much memory effects take: paths and weights of the treated unit and of all placebos."""
    return sum(4 * (fit.actual.nbytes + fit.weights.nbytes) for part in effects.parts for fit in part.fits)


@dataclass(frozen=True, eq=False)
class StudyDesigns:
    """A study with its data at hand: its designs, and effects by them.

    Attributes
    ----------
    study, panel
        The study and its data.
    outcomes
        Outcomes of the claim.
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
            Design of the zone named first.
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
            # Weights are fitted to these as well: whoever has a break in them in the main window is not a donor here.
            short = self.with_others(replace(design, window=self.study.spec.window.verdict), change)
            excluded = {**self.ruled_out(shared_with, short, change), **excluded}

        def estimated() -> FewEffects | SeveralEffects:
            if len(designs) > 1:
                return estimate_several(self.panel, wanted, designs, name=name, excluded=excluded, thresholds=limits)
            return estimate_few(
                self.panel, wanted, design, name=name, excluded=excluded, thresholds=limits, shared_with=shared_with
            )

        parts = (self.panel, wanted, designs, name, excluded, limits, shared_with)
        return kept_by_content("effects", parts, estimated, _bytes)

    def ruled_out(
        self, outcomes: Sequence[Outcome], designs: Sequence[FewDesign], change: AlternativeSpec | None = None
    ) -> dict[str, str]:
        """Return the units that are not donors, with the reasons: the study's own, their own breaks, and doubts."""
        excluded = donors_hit(self.panel, outcomes, designs, self.excluded(change), self.study.spec.accepted)
        doubts = doubts_of(self.panel, outcomes, designs, excluded, self.accepted_figures())
        return {**left_out_for(doubts), **excluded}

    def accepted_figures(self) -> tuple[AcceptedFigures, ...]:
        """Return the figures that the study knows to be right although they look as if they were not measured."""
        return accepted_figures(self.study, self.panel)

    def excluded(self, change: AlternativeSpec | None = None) -> dict[str, str]:
        """Return the units that the study rules out as donors, or an alternative does, each with its reason."""
        return excluded_units(self.study, self.panel, change)

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

    def secondary_designs(self) -> Iterator[tuple[Outcome, FewDesign]]:
        """Yield the outcomes that are not part of the claim, each with its design."""
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

    def compared(self, estimator: Estimator) -> FewDesign:
        """Return the main design, with predictors if an estimator that it is compared with is fitted on them."""
        if not ESTIMATORS[estimator].needs_predictors:
            return self.design()
        return replace(self.design(), estimator=estimator, predictors=self.predictors())
