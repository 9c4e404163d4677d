"""The main design varied: donors left out one and two at a time, other windows and anticipations, both statistics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from pilotzone.core import MethodError, PValues, UsageError, check_choice, one_thread
from pilotzone.evaluation.few import DEFAULT_THRESHOLDS, estimate_few
from pilotzone.judgement import OTHER_STATISTIC, Specification, SpecificationCurve, default_statistic, judge
from pilotzone.study.zone.deciding import deciding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pilotzone.core import Combine, Outcome, Panel, Statistic
    from pilotzone.evaluation.few import FewDesign, FewEffects, Thresholds
    from pilotzone.judgement import Family, Verdict

__all__ = ["MOST_PAIRS", "MOST_SINGLES", "Variations", "specification_curve"]

MOST_PAIRS = 300
"""Pairs of donors that are tried at most; beyond it, only pairs of donors that carry weight."""
MOST_SINGLES = 60
"""Donors that are tried one at a time at most; beyond it, only donors that carry weight."""


@dataclass(frozen=True)
class Variations:
    """What is varied.

    Attributes
    ----------
    donors_out
        Donors left out at a time: up to none, one or two.
    anticipation
        Numbers of anticipation periods; ``None`` for none up to one more than the design's, at least two.
    last
        Last periods of the window; ``None`` for every one that the treated unit has figures for.
    """

    donors_out: int = 2
    anticipation: tuple[int, ...] | None = None
    last: tuple[int, ...] | None = None


@dataclass(frozen=True)
class _Variant:
    family: Family
    design: FewDesign
    left_out: tuple[str, ...] = ()


@one_thread()
def specification_curve(  # noqa: PLR0913 - the parts of a study, all but three by name
    panel: Panel,
    outcomes: Sequence[Outcome],
    design: FewDesign,
    *,
    excluded: Mapping[str, str] | None = None,
    ruled_out: Callable[[FewDesign], Mapping[str, str]] | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    alpha: float = 0.05,
    p_values: PValues = "placebo",
    statistic: Statistic | None = None,
    development: Combine = "all",
    allowance: float | None = None,
    variations: Variations = Variations(),
    progress: Callable[[int, int], None] | None = None,
) -> SpecificationCurve:
    """Judge the claim under many specifications.

    Parameters
    ----------
    panel, outcomes, design, excluded, thresholds
        The main design, as in `estimate_few`.
    ruled_out
        Function from a design to its excluded units and reasons, instead of `excluded`. If it raises `MethodError`, the
        specification is listed as skipped.
    alpha, statistic, development, allowance
        Options of the verdict, as in `judge`.
    p_values
        P-values that decide: ``placebo`` ranks or ``conformal``. Conformal p-values take no statistic.
    variations
        Choices to vary. All windows are combined with all anticipations, and donors are left out of the main design one
        by one. With placebo ranks, every specification is judged by both statistics.
    progress
        Function called with the number of finished specifications and their total number.

    Returns
    -------
    SpecificationCurve

    Raises
    ------
    MethodError
        If the data do not allow the main design. Other specifications that the data do not allow are listed as skipped.
    UsageError
        If `p_values` is unknown, or a statistic is given for conformal p-values.

    Notes
    -----
    The specifications are not independent, so the frequency of a label is not a p-value. A donor that is left out is
    also not used as a placebo: with J donors left, the smallest rank p is 1 / (J + 1). The smallest conformal p-value
    is one over the number of periods; a window for which it exceeds alpha is listed as skipped.
    """
    check_choice(p_values, PValues, "p_values")
    if p_values == "conformal" and statistic is not None:
        raise UsageError(f"statistic is {statistic!r}.", allowed="no statistic: conformal p-values do not rank units")

    def rules_of(varied: FewDesign) -> dict[str, str]:
        return dict(excluded or {}) if ruled_out is None else dict(ruled_out(varied))

    of_main = rules_of(design)  # once for all that differ by donors alone: figures are searched for it

    def estimate(variant: _Variant) -> FewEffects:
        rules = of_main if variant.design is design else rules_of(variant.design)
        without = rules | dict.fromkeys(variant.left_out, "left out to see whether it matters")
        return estimate_few(panel, outcomes, variant.design, excluded=without, thresholds=thresholds)

    main = estimate(_Variant("main", design))
    by: tuple[Statistic | None, ...] = (None,)
    if p_values == "placebo":
        fixed: Statistic = default_statistic(main.joint.draws) if statistic is None else statistic
        by = (fixed, OTHER_STATISTIC[fixed])
    donors, notes = _donor_sets(main, variations.donors_out)
    variants = [
        _Variant("main", design),
        *(_Variant("one donor out" if len(item) == 1 else "two donors out", design, item) for item in donors),
        *(_Variant("window and anticipation", item) for item in _dated(panel, outcomes, design, variations)),
    ]
    found: list[Specification] = []
    skipped: list[tuple[str, str]] = []
    for done, variant in enumerate(variants):
        if progress is not None:
            progress(done, len(variants))
        try:
            effects = main if variant.family == "main" else estimate(variant)
            joint = deciding(effects, p_values, alpha)
        except MethodError as error:
            if variant.family == "main":
                raise
            skipped.append((_words(variant), error.what))
            continue
        found += [
            _judged(
                variant,
                judge(joint, alpha=alpha, statistic=which, development=development, allowance=allowance),
                effects,
            )
            for which in by
        ]
    return SpecificationCurve(tuple(outcomes), tuple(found), tuple(skipped), notes)


def _donor_sets(main: FewEffects, most: int) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """Return the sets of donors to leave out, and a note where not all pairs are tried."""
    units = [decision.unit for decision in main.donors if decision.admitted]
    carrying = {unit for fit in main.fits for unit, weight in fit.donor_weights().items() if weight != 0}
    notes: tuple[str, ...] = ()
    if most and len(units) > MOST_SINGLES:
        text = f"Of {len(units)} donors the {len(carrying)} that carry weight were left out one at a time: more than"
        notes = (f"{text} {MOST_SINGLES} are not tried.",)
        units = [unit for unit in units if unit in carrying]
    sets: list[tuple[str, ...]] = [(unit,) for unit in units] if most else []
    if most < 2:  # noqa: PLR2004 - pairs
        return sets, notes
    pairs = list(combinations(units, 2))
    if len(pairs) <= MOST_PAIRS:
        return [*sets, *pairs], notes
    kept = [pair for pair in pairs if set(pair) <= carrying]
    note = (
        f"Of {len(pairs)} pairs of donors the {len(kept)} were left out whose donors both carry weight: more than "
        f"{MOST_PAIRS} pairs are not tried."
    )
    return [*sets, *kept], (*notes, note)


def _dated(panel: Panel, outcomes: Sequence[Outcome], design: FewDesign, variations: Variations) -> Iterator[FewDesign]:
    """Yield the design with every other combination of the window's end and of anticipation."""
    first, last = design.window
    row = panel.unit_index(design.unit)
    seen = [
        period
        for k, period in enumerate(panel.periods)
        if period >= first
        and all(panel.matrix(item.name)[row, k] == panel.matrix(item.name)[row, k] for item in outcomes)
    ]
    ends = seen if variations.last is None else variations.last
    spans = variations.anticipation
    counts = range(max(2, design.anticipation + 1) + 1) if spans is None else spans
    for end in ends:
        for count in counts:
            if (end, count) != (last, design.anticipation):
                yield replace(design, window=(first, end), anticipation=count)


def _judged(variant: _Variant, verdict: Verdict, effects: FewEffects) -> Specification:
    return Specification(
        family=variant.family,
        left_out=variant.left_out,
        window=variant.design.window,
        anticipation=variant.design.anticipation,
        statistic=verdict.statistic,
        label=verdict.label,
        grade=verdict.grade,
        p_claim=verdict.p_claim,
        p_development=verdict.p_development,
        p_safeguards=verdict.p_safeguards,
        effects=tuple(float(value) for value in effects.joint.estimate),
        states=tuple(effects.joint.identification_of(item.name).state for item in effects.joint.outcomes),
    )


def _words(variant: _Variant) -> str:
    if variant.left_out:
        return f"without {' and '.join(variant.left_out)}"
    first, last = variant.design.window
    return f"window {first} to {last}, anticipation {variant.design.anticipation}"
