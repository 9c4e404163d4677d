"""What a report shows: everything a study found, handed over by the room above.

A report computes nothing. All figures in it come from these results, and what they mean stands in the results' own
documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pilotzone.judgement import default_statistic, one_sided_p
from pilotzone.report import Limit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pilotzone.core import JointEffects, Outcome, Panel, Statistic
    from pilotzone.evaluation.few import (
        ConformalSet,
        DonorDecision,
        Doubt,
        EstimatorRow,
        FewEffects,
        OutcomeFit,
        SeveralEffects,
    )
    from pilotzone.judgement import ConfidenceSet, SpecificationCurve, Verdict
    from pilotzone.study.runs.breaks import Spanned
    from pilotzone.study.zone.dosed import ZoneDose

__all__ = ["ControlFindings", "DesignFindings", "Findings", "MapMaterial"]


@dataclass(frozen=True, eq=False)
class DesignFindings:
    """One design: what was estimated and what it says.

    Attributes
    ----------
    name, label
        Identifier and words for it.
    why
        Why the study has this design.
    effects, verdict
        Results; where there are several zones, the effects of the first one, and the verdict on their mean.
    sets
        Two-sided confidence sets of the tests in the verdict, first those by the statistic that was fixed.
    conformal_sets
        Returns sets by rearranging residuals over time, outcome by outcome; none for estimators without exact ones.
        They are computed when they are read: no verdict rests on them.
    zones
        Effects of several zones and their mean, which the verdict is about; ``None`` for one zone.
    ranked, ranked_sets
        Where conformal p-values decide, what placebo ranks say beside them, as no part of the verdict: their tests and
        confidence sets; else ``None`` and empty.
    """

    name: str
    label: str
    why: str
    effects: FewEffects
    verdict: Verdict
    sets: tuple[ConfidenceSet, ...] = ()
    conformal_sets: Callable[[], tuple[ConformalSet, ...]] = tuple
    zones: SeveralEffects | None = None
    ranked: Verdict | None = None
    ranked_sets: tuple[ConfidenceSet, ...] = ()

    @property
    def conformal(self) -> tuple[ConformalSet, ...]:
        """Sets by rearranging residuals over time, outcome by outcome."""
        return self.conformal_sets()

    @property
    def placebo(self) -> Verdict:
        """The placebo ranks, with what they rest on, whether they decide or stand beside."""
        return self.verdict if self.ranked is None else self.ranked

    @property
    def placebo_sets(self) -> tuple[ConfidenceSet, ...]:
        """Confidence sets by placebo ranks."""
        return self.sets if self.ranked is None else self.ranked_sets

    @property
    def joint(self) -> JointEffects:
        """What the verdict is about."""
        return self.effects.joint if self.zones is None else self.zones.joint

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the estimation."""
        return self.effects.notes if self.zones is None else self.zones.notes

    @property
    def parts(self) -> tuple[FewEffects, ...]:
        """The effects of each zone by itself."""
        return (self.effects,) if self.zones is None else self.zones.parts

    @property
    def fits(self) -> tuple[tuple[FewEffects, OutcomeFit], ...]:
        """The fits of all zones and outcomes, each with the effects it belongs to."""
        return tuple((part, fit) for part in self.parts for fit in part.fits)

    @property
    def donors(self) -> tuple[DonorDecision, ...]:
        """Every unit that is not a zone, admitted as a donor or not and why."""
        return self.effects.donors if self.zones is None else self.zones.donors


@dataclass(frozen=True, eq=False)
class ControlFindings:
    """What the design finds where the zone can have no effect.

    Attributes
    ----------
    name, label, why
        Identifier, words for it, and why there can be no effect.
    kind
        ``date`` or ``outcome``.
    effects
        Effects by the main design, but for the date or the outcome.
    statistic, alpha
        As the claim has them.
    """

    name: str
    label: str
    why: str
    kind: str
    effects: FewEffects
    statistic: Statistic | None
    alpha: float

    def tests(self) -> list[tuple[Outcome, float, float, float]]:
        """Return each outcome with its mean gap, and p of an effect in the good and in the bad direction."""
        draws = self.effects.joint.draws
        which = self.statistic or default_statistic(draws)
        return [
            (
                outcome,
                float(self.effects.joint.estimate[k]),
                one_sided_p(draws, k, which, outcome.sign),
                one_sided_p(draws, k, which, -outcome.sign),
            )
            for k, outcome in enumerate(self.effects.joint.outcomes)
        ]

    def found(self, good: float, bad: float) -> bool:
        """Whether an effect is found, in either direction."""
        return min(good, bad) <= self.alpha


@dataclass(frozen=True)
class MapMaterial:
    """Shapes for the map, and points where units have no shapes.

    Attributes
    ----------
    geojson
        A FeatureCollection; each feature's ``id`` is the unit code, or where there are points, that of land below them.
    credit
        Line that has to stand on every map.
    zones
        Unit code to a short text such as "second batch, 2016-10", for all units of the policy.
    projection
        The projection that the shapes ask for, by Vega's name; empty where an ordinary one will do.
    points
        Unit code to latitude and longitude in degrees, for units that are drawn as points; empty where the shapes
        are the units.
    chosen
        Units that the study file leaves out, whatever their figures.
    """

    geojson: Mapping[str, Any]
    credit: str
    zones: Mapping[str, str] = field(default_factory=dict)
    projection: str = ""
    points: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    chosen: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything a report shows.

    Attributes
    ----------
    name, title, question
        Name, title and question of the study.
    panel
        Evidence as used, derived series included, each with unit, sources and caveats.
    main
        The design the verdict rests on.
    alternatives
        Other designs, such as another date, each with a verdict of its own.
    secondary
        Outcomes that are not part of the claim.
    longer
        The main design over longer windows.
    estimators
        Other estimators beside the main one.
    curve
        The main design varied, or ``None`` where that was not asked for.
    limits
        What these data cannot answer.
    programmes
        Other programmes in the zone, as sentences.
    notes
        What could not be done, such as a longer window that an outcome does not reach.
    assumptions
        Choices that are neither in the evidence nor the data: (what, value, reason).
    map
        Shapes, or ``None`` where no shapes are known for the units.
    breaks
        Breaks that figures are compared across, and what follows from each.
    doubts
        Figures that cannot be taken as measured, and what follows from each.
    controls
        Negative controls: the design where the zone can have no effect.
    dose
        The zone's dose with averages per unit of it; ``None`` where the study has no dose.
    """

    name: str
    title: str
    question: str
    panel: Panel
    main: DesignFindings
    alternatives: tuple[DesignFindings, ...] = ()
    secondary: tuple[FewEffects, ...] = ()
    longer: tuple[FewEffects, ...] = ()
    estimators: tuple[EstimatorRow, ...] = ()
    curve: SpecificationCurve | None = None
    limits: tuple[Limit, ...] = ()
    programmes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    assumptions: tuple[tuple[str, str, str], ...] = ()
    map: MapMaterial | None = None
    breaks: tuple[Spanned, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    controls: tuple[ControlFindings, ...] = ()
    dose: ZoneDose | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict of the main design."""
        return self.main.verdict

    @property
    def effects(self) -> FewEffects:
        """The effects of the main design; of the first zone, where there are several (`zones`)."""
        return self.main.effects

    @property
    def zones(self) -> SeveralEffects | None:
        """The effects of several zones and their mean, by the main design; ``None`` for one zone."""
        return self.main.zones

    def all_effects(self) -> tuple[FewEffects | SeveralEffects, ...]:
        """Return the effects of every design, outcome and window, the main one first."""
        designs = [item.zones or item.effects for item in (self.main, *self.alternatives)]
        return (*designs, *self.secondary, *self.longer, *(item.effects for item in self.controls))

    def units_in_use(self) -> frozenset[str]:
        """Return the zones, and every unit that some design, outcome or window has as a donor."""
        parts = [part for effects in self.all_effects() for part in effects.parts]
        donors = {item.unit for effects in self.all_effects() for item in effects.donors if item.admitted}
        return frozenset({part.design.unit for part in parts} | donors)
