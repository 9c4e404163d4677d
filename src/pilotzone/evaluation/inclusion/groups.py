"""Effects by group on many units, jointly: who gains, who loses, and how many people stand behind each effect."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pilotzone.core import (
    NEVER,
    JointEffects,
    MethodError,
    Outcome,
    Result,
    Table,
    UsageError,
    check_choice,
    check_level,
    p_words,
)
from pilotzone.evaluation.inclusion.course import Course, Courses, course_of
from pilotzone.evaluation.inclusion.effects import effect_summary, two_sided_p
from pilotzone.evaluation.inclusion.spread import FEWEST, Spread, spread_of
from pilotzone.evaluation.inclusion.units import UnitEffects
from pilotzone.evaluation.many import sup_t

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["CompareWith", "GroupEffects", "group_effects", "quantile_groups"]

CompareWith = Literal["same group", "all"]
"""Which controls a group is compared with."""

_DIGITS = re.compile(r"(\d+)", re.ASCII)

Finding = Literal["gain", "loss", "not shown", "too few"]
"""What is shown of one group, allowing for the number of groups and outcomes."""


@dataclass(frozen=True, eq=False)
class GroupEffects(Result):
    """Effects on K outcomes in G groups; all arrays go group by group within an outcome.

    Attributes
    ----------
    outcomes
        The K outcomes.
    groups
        The G groups.
    joint
        K G effects with one covariance, each as an outcome named ``OUTCOME in GROUP``.
    spread
        The same covariance.
    treated, controls
        Treated units and controls behind each effect, shape (G,).
    population
        People in the treated units of each group, shape (G,).
    critical
        Standard errors that simultaneous intervals reach to either side.
    equal
        By outcome, how far groups differ: chi-squared, its degrees and p of "the effect is the same in all groups".
    level
        Level of intervals.
    refused
        Why a group has no standard error, shape (G,); empty where it has one.
    before
        By outcome, whether groups moved away from their controls before the start: chi-squared, its degrees and p of
        "no group did". Empty where a cohort has one period before its start.
    """

    outcomes: tuple[Outcome, ...]
    groups: tuple[str, ...]
    joint: JointEffects
    spread: Spread
    treated: NDArray[np.intp]
    controls: NDArray[np.intp]
    population: Floats
    critical: float
    equal: Mapping[str, tuple[float, int, float]]
    level: float
    refused: tuple[str, ...]
    before: Mapping[str, tuple[float, int, float]]

    def summary(self) -> Table:
        """Return one row per outcome and group: the effect, its pointwise interval, standard error and p."""
        return effect_summary(self.joint, self.spread, self.level, "", title="Effects by group")

    def findings(self) -> list[Finding]:
        """Return what is shown of each effect by simultaneous intervals, in the order of `joint`."""
        reach = self.critical * self.spread.se
        found: list[Finding] = []
        for k, outcome in enumerate(self.joint.outcomes):
            effect = float(self.joint.estimate[k]) * outcome.sign
            if self.joint.refusal(outcome.name):
                found.append("too few")
            else:
                found.append("gain" if effect > reach[k] else "loss" if -effect > reach[k] else "not shown")
        return found

    def plot(self) -> alt.LayerChart | alt.FacetChart:
        """Return a chart: effects by group with simultaneous intervals."""
        from pilotzone.evaluation.inclusion.drawing import groups_figure, plotted

        return plotted(groups_figure(self))

    def to_table(self) -> Table:
        """Return winners and losers: one row per outcome and group, with the people behind every effect."""
        rows = []
        for k, (outcome, finding) in enumerate(zip(self.joint.outcomes, self.findings(), strict=True)):
            effect, se, g = float(self.joint.estimate[k]), float(self.spread.se[k]), k % len(self.groups)
            known = finding != "too few"
            ends = [outcome.display(effect + sign * self.critical * se) if known else None for sign in (-1, 1)]
            rows.append(
                (
                    self.outcomes[k // len(self.groups)].name,
                    self.groups[g],
                    float(self.population[g]),
                    int(self.treated[g]),
                    int(self.controls[g]),
                    outcome.display(effect),
                    *ends,
                    outcome.display_unit,
                    finding,
                )
            )
        names = ("outcome", "group", "people", "treated", "controls", "effect", "low", "high", "effect_unit", "finding")
        table = Table.from_rows(names, rows, title="Winners and losers")
        note = (
            f"low, high: {self.level:.0%} intervals that hold for all rows together. People: those who live in the "
            "treated units of the group. The effect is the mean over these units, not one on every person in them."
        )
        for name, (_, _, p) in self.before.items():
            note += f" Test that groups moved as their controls did before the start, outcome {name}: {p_words(p)}."
        return Table(table.columns, title=table.title, note=note)


def quantile_groups(values: ArrayLike, count: int = 4, *, weights: ArrayLike | None = None) -> list[str]:
    """Return the quartile (or another part) of each unit by a covariate, such as initial income.

    Parameters
    ----------
    values
        One value per unit, shape (N,), from before the start.
    count
        Number of parts.
    weights
        People in each unit, shape (N,): parts then hold as many people each; without, as many units.

    Returns
    -------
    list of str
        ``1 of 4`` for the lowest. Units with equal values are in one part.

    Raises
    ------
    MethodError
        If the covariate does not vary, or has too few values for so many parts.

    Examples
    --------
    >>> quantile_groups([1.0, 2.0, 3.0, 4.0], 2)
    ['1 of 2', '1 of 2', '2 of 2', '2 of 2']
    """
    given = np.asarray(values, dtype=np.float64)
    sizes = np.ones(len(given)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not np.isfinite(given).all() or sizes.shape != given.shape or not (sizes > 0).all():
        raise MethodError("the covariate misses values, or weights are not positive.", allowed="one number per unit")
    if np.ptp(given) == 0:
        raise MethodError(
            f"the covariate does not vary: all {len(given)} units have {given[0]:.4g}.",
            allowed="a covariate with variation",
        )
    order = np.argsort(given, kind="stable")
    middle = np.empty(len(given))
    middle[order] = np.cumsum(sizes[order]) - sizes[order] / 2
    # Equal values share a part: the middle of all of them decides.
    _, same = np.unique(given, return_inverse=True)
    middle = (np.bincount(same, middle * sizes) / np.bincount(same, sizes))[same]
    part = np.minimum((middle / sizes.sum() * count).astype(np.intp), count - 1)
    if len(np.unique(part)) < count:
        raise MethodError(
            f"the covariate has too few values for {count} parts.", allowed=f"fewer parts than {count}, or own groups"
        )
    return [f"{k + 1} of {count}" for k in part.tolist()]


def group_effects(
    units: UnitEffects,
    groups: Sequence[str],
    *,
    compare_with: CompareWith = "same group",
    population: ArrayLike | None = None,
    level: float = 0.95,
) -> GroupEffects:
    """Return effects by group with one covariance over all groups and outcomes.

    Parameters
    ----------
    units
        Changes of treated units and controls, from `unit_effects`.
    groups
        Group of every unit, by the order of `units.units`; known before the start.
    compare_with
        ``same group``: with controls of the group, so that groups may have trends of their own. ``all``: with all
        controls, which needs one trend for all groups.
    population
        People in each unit, shape (N,); they weight nothing, and are added up for the table. Without, the weights of
        the units stand for them.
    level
        Level of intervals.

    Returns
    -------
    GroupEffects

    Raises
    ------
    MethodError
        If there is only one group, or a group without treated units or controls.

    Notes
    -----
    Groups share draws: controls, with ``all``, and clusters that hold units of several groups. The covariance has it.
    Fewer than five treated draws or controls give a group no standard error.
    """
    check_choice(compare_with, CompareWith, "compare_with")
    check_level(level, name="level", such=0.95)
    names, codes = _checked_groups(groups, units)
    people = units.weights if population is None else np.asarray(population, dtype=np.float64)
    if people.shape != units.weights.shape or not np.isfinite(people).all():
        raise MethodError(f"population has shape {people.shape}.", allowed=f"{len(units.units)} numbers")
    treated = units.starts != NEVER
    parted = _Parted(units, names, codes, compare_with)
    counts = [(units.draws_in(own), units.draws_in(beside)) for own, beside in parted.sides()]
    refused = tuple(_why(min(count), units.drawn) for count in counts)
    effects, spread, kept = parted.estimated(units, refused)
    joint = _joint(parted, effects, spread, refused)
    degrees = spread.degrees
    critical = sup_t(spread.matrix[np.ix_(kept, kept)], level, degrees=_known(degrees)) if kept.any() else float("nan")
    number = np.array([[int((codes == g)[part].sum()) for g in range(len(names))] for part in (treated, ~treated)])
    return GroupEffects(
        units.outcomes,
        tuple(map(str, names)),
        joint,
        spread,
        number[0],
        number[1] if compare_with == "same group" else np.full(len(names), (~treated).sum()),
        np.array([float(people[(codes == g) & treated].sum()) for g in range(len(names))]),
        critical,
        _tested(units.outcomes, effects, spread, kept, len(names), _differences),
        level,
        refused,
        _before(parted, refused),
    )


@dataclass(frozen=True, eq=False)
class _Parted:
    """Units in groups, each with those it is compared with."""

    units: UnitEffects
    names: NDArray[np.str_]
    codes: NDArray[np.intp]
    compare_with: CompareWith

    def sides(self) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
        """Yield the treated units and the controls of each group.

        Raises
        ------
        MethodError
            If a group has none of them.
        """
        treated = self.units.starts != NEVER
        for g, name in enumerate(self.names):
            own = self.codes == g
            beside = ~treated & (own if self.compare_with == "same group" else True)
            if not (own & treated).any() or not beside.any():
                lacks = "treated units" if beside.any() else "controls"
                raise MethodError(
                    f"group {name!s} has no {lacks}.",
                    allowed="treated units and controls in every group",
                    todo='join groups, or compare_with="all"',
                )
            yield own & treated, beside

    def estimated(self, units: UnitEffects, refused: Sequence[str]) -> tuple[Floats, Spread, NDArray[np.bool_]]:
        """Return means of the changes of some units, outcome by outcome and in it by group, and which have an SE."""
        found = [units.averaged(own, beside) for own, beside in self.sides()]
        effects = np.stack([effect for effect, _ in found], axis=1).ravel()
        contributions = np.stack([part for _, part in found], axis=2).reshape(len(units.units), -1)
        spread, kept = _spread(units, contributions, _strata(units, self.codes, self.compare_with), refused)
        return effects, spread, kept

    def courses(self, outcomes: Sequence[Outcome], refused: Sequence[str]) -> Courses | None:
        """Return what the course of each outcome and group before the start says; ``None`` where moves are not kept."""
        units, early = self.units, self.units.early
        if early is None:
            return None
        strata, sides = _strata(units, self.codes, self.compare_with), list(self.sides())
        reaches = [float(self._shares(own) @ early.reach) for own, _ in sides]
        orders = tuple(range(-early.moves.shape[3] - 1, -1))
        found: list[Course] = []
        for k in range(len(units.outcomes)):
            columns = np.concatenate([units.change[:, :, k : k + 1], early.before(k)], axis=2)
            for g, (own, beside) in enumerate(sides):
                # Clusters are counted over all rows; units only where they say something.
                rows = own | beside if units.clusters is None else np.ones_like(own)
                some = replace(units, change=columns[:, rows], starts=units.starts[rows], weights=units.weights[rows])
                estimate, parts = some.averaged(own[rows], beside[rows])
                spread = spread_of(parts, units.clusters, strata[rows])
                found.append(course_of(outcomes[len(found)], orders, reaches[g], estimate, spread, refused[g]))
        return Courses(tuple(found))

    def _shares(self, own: NDArray[np.bool_]) -> Floats:
        """Return the shares of cohorts in some treated units, shape (C,)."""
        sizes = np.array([self.units.weights[own & (self.units.starts == start)].sum() for start in self.units.cohorts])
        return np.asarray(sizes / sizes.sum(), dtype=np.float64)


def _before(parted: _Parted, refused: Sequence[str]) -> dict[str, tuple[float, int, float]]:
    """Return a test of trends before the start for every outcome."""
    earlier = parted.units.before_start()
    if earlier is None:
        return {}
    effects, spread, kept = parted.estimated(earlier, refused)
    return _tested(earlier.outcomes, effects, spread, kept, len(parted.names), np.eye)


def _checked_groups(groups: Sequence[str], units: UnitEffects) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
    given = [str(group) for group in groups]
    if len(given) != len(units.units):
        raise UsageError(f"there are {len(given)} groups for {len(units.units)} units.", allowed="one per unit")
    # Part 2 of 12 stands before part 10. Names are looked up, as sorting a million texts takes longer than all else.
    names = np.array(sorted(set(given), key=lambda name: (_in_order(name), name)), dtype=np.str_)
    places = {name: k for k, name in enumerate(names.tolist())}
    codes = np.fromiter((places[name] for name in given), dtype=np.intp, count=len(given))
    if len(names) < 2:  # noqa: PLR2004 - a comparison of groups
        raise MethodError(f"there is only one group, {names[0]!s}.", allowed="two groups or more")
    return names, codes


def _in_order(name: str) -> list[tuple[int, str]]:
    """Return what names are sorted by: numbers in them by their size."""
    return [(int(part), "") if k % 2 else (-1, part) for k, part in enumerate(_DIGITS.split(name))]


def _why(fewest: int, drawn: str) -> str:
    if fewest >= FEWEST:
        return ""
    one = drawn.removesuffix("s") if fewest == 1 else drawn
    return f"too few: {fewest} {one} on one side of the group, {FEWEST} needed"


def _strata(units: UnitEffects, codes: NDArray[np.intp], compare_with: CompareWith) -> NDArray[np.intp]:
    """Return what is drawn apart: cohorts by group; controls by group only where they are compared by group."""
    treated = units.starts != NEVER
    group = codes if compare_with == "same group" else np.where(treated, codes, 0)
    starts = np.unique(units.starts, return_inverse=True)[1]
    return units.apart(starts * (int(codes.max()) + 1) + group)


def _spread(
    units: UnitEffects, contributions: Floats, strata: NDArray[np.intp], refused: Sequence[str]
) -> tuple[Spread, NDArray[np.bool_]]:
    """Return the covariance, with degrees of freedom of effects that have a standard error, and which these are."""
    whole = spread_of(contributions, units.clusters, strata)
    kept = np.array([not refused[k % len(refused)] and whole.se[k] > 0 for k in range(len(whole.se))])
    if kept.all():
        return whole, kept
    degrees = spread_of(contributions[:, kept], units.clusters, strata).degrees if kept.any() else 1.0
    return Spread(whole.matrix, degrees, whole.fewest, whole.counts), kept


def _known(degrees: float) -> float | None:
    return degrees if np.isfinite(degrees) else None


def _joint(parted: _Parted, effects: Floats, spread: Spread, refused: Sequence[str]) -> JointEffects:
    units, names = parted.units, parted.names
    outcomes = [
        Outcome(
            f"{outcome.name} in {name}",
            outcome.role,
            outcome.good,
            outcome.margin,
            outcome.scale,
            f"{outcome.title} ({name})",
            outcome.unit,
        )
        for outcome in units.outcomes
        for name in names.tolist()
    ]
    why = {outcome.name: refused[k % len(names)] for k, outcome in enumerate(outcomes) if refused[k % len(names)]}
    courses = parted.courses(outcomes, refused)
    return units.joint(outcomes, effects, spread, why, "influence functions, effects by group", courses)


def _differences(count: int) -> Floats:
    """Return contrasts of each effect with the first, shape (G - 1, G): all zero where effects are equal."""
    found: Floats = np.eye(count)[1:] - np.eye(count)[:1]
    return found


def _tested(
    outcomes: Sequence[Outcome],
    effects: Floats,
    spread: Spread,
    kept: NDArray[np.bool_],
    count: int,
    contrasts: Callable[[int], Floats],
) -> dict[str, tuple[float, int, float]]:
    """Return a Wald test that contrasts of the effects by group are zero, for every outcome."""
    from scipy.stats import f as fisher

    found = {}
    for k, outcome in enumerate(outcomes):
        at = k * count + np.flatnonzero(kept[k * count : (k + 1) * count])
        contrast = contrasts(len(at))
        number = len(contrast)
        if number == 0:
            continue
        off = contrast @ effects[at]
        matrix = contrast @ spread.matrix[np.ix_(at, at)] @ contrast.T
        statistic = float(off @ np.linalg.pinv(matrix, hermitian=True) @ off)
        p = (
            two_sided_p(float(np.sqrt(statistic)), spread.degrees)
            if number == 1
            else float(fisher.sf(statistic / number, number, spread.degrees))
        )
        found[outcome.name] = (statistic, number, p)
    return found
